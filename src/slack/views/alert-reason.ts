import type { InputBlock } from '@slack/types';
import { z } from 'zod';
import { cleanTyped } from '../../core/parse/clean-text.ts';
import { plainTextObject } from './rich-text.ts';

/** A silence or another severity changes what others see: five characters keep "x" and "ok" out. */
const least = 5;
const most = 500;
const blockId = 'reason';
const actionId = 'value';

export function alertReasonInput(label: string, hint: string): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
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
  [blockId]: z.looseObject({ [actionId]: z.looseObject({ value: z.string().max(3_000).nullish() }) }),
});

export type ReadAlertReason =
  | { readonly reason: string }
  /** By block id, for `response_action: errors`. */
  | { readonly errors: Readonly<Record<string, string>> };

/** The reason, trimmed; Slack counts spaces towards its length, people do not. */
export function readAlertReason(values: unknown): ReadAlertReason {
  const parsed = entered.safeParse(values);
  const reason = cleanTyped(parsed.success ? (parsed.data[blockId]?.[actionId]?.value ?? '') : '').trim();
  if (reason === '') return problem('This is needed: a reason in words.');
  if (reason.length < least) return problem(`Too short: give at least ${least} characters.`);
  if (reason.length > most) return problem(`Too long: give at most ${most} characters.`);
  return { reason };
}

function problem(message: string): ReadAlertReason {
  return { errors: { [blockId]: message } };
}
