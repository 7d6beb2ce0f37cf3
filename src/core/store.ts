import type { InboxEntry } from './inbox.ts';
import type { NewEntry } from './ledger.ts';
import type { WantedMessage } from './message.ts';
import type { NewRun, Run, RunChanges, RunState } from './run.ts';
import type { Line } from './text.ts';

/** An inbox entry and what has come of it so far. */
export type KnownInboxEntry = InboxEntry & {
  readonly isHandled: boolean;
  readonly runId: string | undefined;
};

/**
 * What a decision may do, all of it together or none of it. No method touches anything but the database.
 * Methods that return nothing are sent along with the commit, which fails when any of them does: a decision
 * costs one round trip for what it has to know and one for everything it writes.
 */
export interface Transaction {
  /** Marks the entry handled; {@link Superseded} when it was handled or voided meanwhile. */
  takeInboxEntry(key: string): void;
  insertRun(run: NewRun): void;
  /**
   * Compare-and-swap: moves the run to `to` if it is now in one of `from` and, where `executor` is given,
   * still belongs to it. Undefined when it is not: someone else decided first.
   */
  moveRun(
    id: string,
    from: readonly RunState[],
    to: RunState,
    changes: RunChanges,
    executor?: string,
  ): Promise<Run | undefined>;
  /** Ends a run that is executing under `executor`; {@link Superseded} when it is not any more. */
  settleRun(id: string, to: RunState, changes: RunChanges, executor: string): void;
  /** False when `executor` no longer owns the run. The run stays as it is until the commit. */
  setProgress(runId: string, executor: string, progress: Line): Promise<boolean>;
  /** Delivered at once after the commit. */
  want(message: WantedMessage): void;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): void;
}

/** A compare-and-swap of the transaction found that somebody else had decided first. Nothing of it was kept. */
export class Superseded extends Error {}

/** Everything that must not be lost, for one workspace. */
export interface Store {
  readonly workspaceId: string;
  /** @throws Superseded */
  transaction<Result>(decide: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  maybeRun(id: string): Promise<Run | undefined>;
  maybeRunForInbox(key: string): Promise<Run | undefined>;
  /** Undefined when it was voided or never existed. */
  maybeInboxEntry(key: string): Promise<KnownInboxEntry | undefined>;
}
