import type { IncidentPart } from '../incidents/incident-store.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { WantedMessage } from '../message.ts';
import type { RunbookInstance } from './instance.ts';
import type { Runbook } from './runbook.ts';

/** What a decision may do about started runbooks, as part of whatever transaction it is. */
export interface RunbookPart {
  /** As its runs stand now; decisions about it take turns until the commit. */
  hold(id: string): Promise<RunbookInstance | undefined>;
  /** The one that this run has started, whatever became of it. */
  maybeOfRun(runId: string): Promise<RunbookInstance | undefined>;
  /** Whether this run has decided something about a runbook. */
  isDecidedBy(runId: string): Promise<boolean>;
  insert(instance: RunbookInstance, runId: string | undefined): void;
  save(instance: RunbookInstance): void;
  /** Looked at again then: a wait is over, or its check is due. One that waits for this step is replaced. */
  setWait(id: string, stepId: string, at: Date): void;
  /** Of these, those whose `reviewBy` has passed by the database's clock, and that nobody was reminded of. */
  manyReviewsDue(runbooks: readonly Runbook[]): Promise<readonly Runbook[]>;
  /** Marks their dates as reminded of. @returns those that nobody else has marked. */
  takeReviews(runbooks: readonly Runbook[]): Promise<readonly Runbook[]>;
}

export interface RunbookTransaction {
  /** The database's clock. */
  readonly now: Date;
  readonly runbooks: RunbookPart;
  readonly incidents: IncidentPart;
  /** {@link Superseded} when the entry was handled or voided meanwhile. */
  takeInboxEntry(key: string): void;
  want(message: WantedMessage): void;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): void;
}

export interface RunbookStore {
  readonly workspaceId: string;
  transaction<Result>(decide: (transaction: RunbookTransaction) => Promise<Result>): Promise<Result>;
  maybe(id: string): Promise<RunbookInstance | undefined>;
}
