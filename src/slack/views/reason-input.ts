import type { InputBlock } from '@slack/types';
import { z } from 'zod';
import { cleanTyped } from '../../core/parse/clean-text.ts';
import { plainTextObject } from './rich-text.ts';

/** How many characters a reason has; the least keeps "x" and "ok" out. */
export interface ReasonLength {
  readonly least: number;
  readonly most: number;
}

export const reasonBlockId = 'reason';
const actionId = 'value';

export function reasonInput({ least, most }: ReasonLength, label: string, hint: string): InputBlock {
  return {
    type: 'input',
    block_id: reasonBlockId,
    label: plainTextObject(label, 150),
    hint: plainTextObject(hint, 150),
    optional: false,
    element: {
      type: 'plain_text_input',
      action_id: actionId,
      multiline: true,
      min_length: least,
      max_length: most,
      focus_on_load: true,
    },
  };
}

const entered = z.looseObject({
  [reasonBlockId]: z.looseObject({ [actionId]: z.looseObject({ value: z.string().max(3_000).nullish() }) }),
});

export type ReadReason =
  | { readonly reason: string }
  /** By block id, for `response_action: errors`. */
  | { readonly errors: Readonly<Record<string, string>> };

/** The reason a submitted form holds, trimmed; Slack counts spaces towards its length, people do not. */
export function readReasonInput({ least, most }: ReasonLength, values: unknown): ReadReason {
  const parsed = entered.safeParse(values);
  const typed = parsed.success ? (parsed.data[reasonBlockId]?.[actionId]?.value ?? '') : '';
  const reason = cleanTyped(typed).trim();
  if (reason === '') return problem('This is needed: a reason in words.');
  if (reason.length < least) return problem(`Too short: give at least ${least} characters.`);
  if (reason.length > most) return problem(`Too long: give at most ${most} characters.`);
  return { reason };
}

function problem(message: string): ReadReason {
  return { errors: { [reasonBlockId]: message } };
}
