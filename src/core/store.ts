import type { JsonObject } from '../command.ts';
import type { InboxEntry } from './inbox.ts';
import type { NewEntry } from './ledger.ts';
import type { WantedMessage } from './message.ts';
import type { NewRun, Run, RunChanges, RunState } from './run.ts';
import type { Line } from './text.ts';

/** What a decision may do, all of it together or none of it. No method touches anything but the database. */
export interface Transaction {
  /** Locks the entry. Undefined when it was voided or never existed. */
  maybeInboxEntry(key: string): Promise<(InboxEntry & { isHandled: boolean }) | undefined>;
  markInboxHandled(key: string): Promise<void>;
  insertRun(run: NewRun): Promise<Run>;
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
  /** False when `executor` no longer owns the run. The run stays as it is until the commit. */
  setProgress(runId: string, executor: string, progress: Line): Promise<boolean>;
  want(message: WantedMessage): Promise<void>;
  addJob(
    task: string,
    payload: JsonObject,
    options?: { key?: string; delayMilliseconds?: number },
  ): Promise<void>;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): Promise<void>;
}

/** Everything that must not be lost, for one workspace. */
export interface Store {
  readonly workspaceId: string;
  transaction<Result>(decide: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  maybeRun(id: string): Promise<Run | undefined>;
  maybeRunForInbox(key: string): Promise<Run | undefined>;
}
