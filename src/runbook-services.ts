/** What commands may ask about runbooks, as `countersign.runbooks`. */
import type { RunbookInstance } from './core/runbooks/instance.ts';
import type { Runbook } from './core/runbooks/runbook.ts';

export type { RunbookInstance, StepOutcome, StepRecord } from './core/runbooks/instance.ts';
export { currentStep, unmetGuards } from './core/runbooks/instance.ts';
export type { Runbook, RunbookStep } from './core/runbooks/runbook.ts';

export interface RunbookServices {
  /** Every loaded runbook, by name. */
  list(): readonly Runbook[];
  /** Those of this workspace that are under way, and the newest that ended; newest first, at most 50. */
  instances(): Promise<readonly RunbookInstance[]>;
  /** @throws UserMistake when there is none of that id. */
  find(instanceId: string): Promise<RunbookInstance>;
  /**
   * Starts one and posts its card: in the incident's thread, else where it was asked.
   * Inputs that an incident or its alert knows need not be given.
   * @throws UserMistake naming the nearest runbooks, or the inputs that are missing or unknown.
   * @throws Refusal when the person is not in a role of `alerts.responders`.
   */
  start(asked: {
    readonly name: string;
    readonly inputs: Readonly<Record<string, string>>;
    /** Default: the incident it was asked in. */
    readonly incidentId?: string;
  }): Promise<{ readonly instance: RunbookInstance; readonly isNew: boolean }>;
  /** @throws Refusal naming the role that may, when the person is not in it; or why the step cannot be attested now. */
  attest(instanceId: string, stepId: string, evidence: string | undefined): Promise<RunbookInstance>;
  /** @throws as {@link attest} */
  skip(instanceId: string, stepId: string, reason: string): Promise<RunbookInstance>;
  assign(instanceId: string, stepId: string, person: string): Promise<RunbookInstance>;
  stop(instanceId: string, reason: string): Promise<RunbookInstance>;
  /** Lets a step begin although its guard is not met; on record with the reason. Who may is the policy's to say. */
  override(instanceId: string, stepId: string, reason: string): Promise<RunbookInstance>;
}
