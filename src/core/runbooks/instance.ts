import type { Line } from '../text.ts';
import type { Runbook } from './runbook.ts';

/**
 * What came of a step. `green`, `red`, `unknown` of checks and of waits for one; `seen` of a look that judges nothing: a
 * person has to; `attested` by a person; `succeeded` a
 * command; `sent` a message; `waited` a wait without a check; `skipped` with a reason.
 */
export const stepOutcomes = [
  'green',
  'red',
  'unknown',
  'seen',
  'attested',
  'succeeded',
  'sent',
  'waited',
  'skipped',
] as const;
export type StepOutcome = (typeof stepOutcomes)[number];

/** What a hard guard counts as come out well. Skipped, red, unknown and merely seen are not. */
export const goodOutcomes: readonly StepOutcome[] = ['green', 'attested', 'succeeded', 'sent', 'waited'];

export interface StepRecord {
  readonly id: string;
  /** `under_way`: its command runs or waits for people, or its time is not over. */
  readonly state: 'open' | 'under_way' | 'done';
  readonly outcome: StepOutcome | undefined;
  /** Slack id of who did, attested, skipped or began it. */
  readonly by: string | undefined;
  readonly at: Date | undefined;
  /** The newest run it made. */
  readonly runId: string | undefined;
  /** How that run stands, in a word people read: "waits for 1 signature", "failed". */
  readonly runState: string | undefined;
  /** What the check found, what the command did, or why it did not; at most 4 lines. */
  readonly finding: readonly Line[];
  /** What was attested with, or why it was skipped. */
  readonly note: string | undefined;
  readonly assignee: string | undefined;
  /** Of a wait that has begun. */
  readonly dueAt: Date | undefined;
  /** Who let it begin although its guard was not met. */
  readonly overriddenBy: string | undefined;
}

/** A runbook that was started, on the version it began with. */
export interface RunbookInstance {
  /** `b-…` */
  readonly id: string;
  readonly runbook: Runbook;
  readonly incidentId: string | undefined;
  /** Where its card stands when it belongs to no incident. */
  readonly origin: { readonly channelId?: string; readonly threadTs?: string };
  readonly inputs: Readonly<Record<string, string>>;
  /** The texts of the templates it sends, as they were when it began. */
  readonly templates: Readonly<Record<string, string>>;
  readonly startedBy: string;
  readonly startedAt: Date;
  /** Who was on call for it when it began: the owner on its change record. */
  readonly owners: readonly string[];
  readonly state: 'active' | 'finished' | 'stopped';
  readonly endedBy: string | undefined;
  readonly endedAt: Date | undefined;
  readonly stopReason: string | undefined;
  readonly steps: readonly StepRecord[];
}

/** The step people are at: the first that is not done. Undefined: all are. */
export function currentStep(instance: Pick<RunbookInstance, 'steps'>): StepRecord | undefined {
  return instance.steps.find(({ state }) => state !== 'done');
}

/** The required steps that have not come out well, in the order of the file; empty: the step may begin. */
export function unmetGuards(
  { runbook, steps }: Pick<RunbookInstance, 'runbook' | 'steps'>,
  stepId: string,
): string[] {
  const step = runbook.steps.find(({ id }) => id === stepId);
  const record = steps.find(({ id }) => id === stepId);
  if (step === undefined || record?.overriddenBy !== undefined) return [];
  return step.requires.filter((required) => {
    const { state, outcome } = steps.find(({ id }) => id === required) ?? {};
    return state !== 'done' || outcome === undefined || !goodOutcomes.includes(outcome);
  });
}
