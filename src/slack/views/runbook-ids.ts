import { z } from 'zod';

/**
 * `action_id`s of what stands on a started runbook's card. Two buttons of one block need two ids: `again` does an earlier
 * step once more. What the step is, and whether it may be done, is looked up.
 */
export const runbookButtons = { next: 'runbook:next', again: 'runbook:again' } as const;

/** `action_id` of the card's overflow menu; the chosen option's value is an invocation as it is typed. */
export const runbookMenuId = 'runbook:more';

/** A click that opens a form, or runs something, carries an invocation as it is typed. */
export const attestFormId = 'open_modal:attest';

const value = z.strictObject({
  runbook: z.string().regex(/^b-[0-9a-z]{1,40}$/),
  step: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
});

export interface RunbookClick {
  readonly instanceId: string;
  readonly stepId: string;
}

/** @example runbookValue({ instanceId: 'b-7k2m9q4x', stepId: 'backend' }) // '{"runbook":"b-7k2m9q4x","step":"backend"}' */
export function runbookValue({ instanceId, stepId }: RunbookClick): string {
  return JSON.stringify({ runbook: instanceId, step: stepId });
}

/** What a click is about; undefined for what is not ours. */
export function maybeRunbookClick(actionId: string, text: string | undefined): RunbookClick | undefined {
  const isOurs = actionId === runbookButtons.next || actionId === runbookButtons.again;
  if (!isOurs || text === undefined || text.length > 300) return undefined;
  const parsed = value.safeParse(maybeJson(text));
  return parsed.success ? { instanceId: parsed.data.runbook, stepId: parsed.data.step } : undefined;
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
