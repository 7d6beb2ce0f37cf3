import { z } from 'zod';
import { cleanTyped } from '../../core/parse/clean-text.ts';
import type { FieldDescription } from '../../core/parse/describe-field.ts';
import { splitList } from '../../core/parse/list-text.ts';
import type { ArgumentTarget } from './argument-input.ts';
import { widgetOf } from './argument-input.ts';

const option = z.looseObject({ value: z.string().max(3000) });

/**
 * What one element holds, as `view.state.values[block_id][action_id]` has it; the parts that are used:
 * https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
const elementState = z.looseObject({
  value: z.string().max(10_000).nullish(),
  selected_option: option.nullish(),
  selected_options: z.array(option).max(100).nullish(),
  selected_date: z.string().max(20).nullish(),
  selected_date_time: z.number().nullish(),
  selected_user: z.string().max(80).nullish(),
  selected_users: z.array(z.string().max(80)).nullish(),
  selected_conversation: z.string().max(80).nullish(),
  selected_conversations: z.array(z.string().max(80)).nullish(),
});

/** A text or texts as if they had been typed; a boolean; undefined when the person left the field empty. */
export type Entered = string | readonly string[] | boolean | undefined;

/** What the person entered for one argument. State that is not Slack's reads as empty, never as a guess. */
export function enteredIn(
  field: FieldDescription,
  elementStates: unknown,
  targets: readonly ArgumentTarget[],
): Entered {
  const parsed = z.record(z.string(), elementState).safeParse(elementStates);
  const state = parsed.success ? Object.values(parsed.data)[0] : undefined;
  if (!state) return undefined;
  switch (widgetOf(field, targets)) {
    case 'checkbox':
      return (state.selected_options ?? []).length > 0;
    case 'multi_select':
      return some((state.selected_options ?? []).map(({ value }) => value));
    case 'multi_users':
      return some(state.selected_users ?? []);
    case 'multi_channels':
      return some(state.selected_conversations ?? []);
    case 'select':
    case 'search':
      return state.selected_option?.value;
    case 'date':
      return state.selected_date ?? undefined;
    case 'time':
      return typeof state.selected_date_time === 'number' ? isoOf(state.selected_date_time) : undefined;
    case 'user':
      return state.selected_user ?? undefined;
    case 'channel':
      return state.selected_conversation ?? undefined;
    case 'list_text':
      return some(splitList(cleanTyped(state.value ?? '')));
    case 'number':
    case 'text':
      return cleanTyped(state.value ?? '').trim() === '' ? undefined : cleanTyped(state.value ?? '');
    case 'hidden':
      return undefined;
  }
}

function some(items: readonly string[]): readonly string[] | undefined {
  return items.length > 0 ? items : undefined;
}

function isoOf(seconds: number): string | undefined {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString().replace('.000Z', 'Z');
}
