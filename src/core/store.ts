import type { Json } from '../command.ts';
import type { InboxEntry, ShownOn } from './inbox.ts';
import type { Incident } from './incidents/incident.ts';
import type { IncidentPart } from './incidents/incident-store.ts';
import type { NewEntry } from './ledger/entry.ts';
import type { Urgency, WantedMessage } from './message.ts';
import type { Approval, NewRun, Run, RunChanges, RunState, Step, StoredPlan } from './run.ts';
import type { RunbookPart } from './runbooks/runbook-store.ts';
import type { Line } from './text.ts';

/** An inbox entry and what has come of it so far. */
export type KnownInboxEntry = InboxEntry & {
  readonly isHandled: boolean;
  readonly runId: string | undefined;
};

/** Work that outlives this process: a graphile-worker job of the same name, one per run. */
export type RunJob = 'execute' | 'expire' | 'remind' | 'review';

/** While it lasts nothing but reads runs. */
export interface Lockdown {
  readonly id: number;
  readonly begunBy: string;
  readonly reason: string | undefined;
  readonly begunAt: Date;
  /** Who has asked to lift it so far. */
  readonly lifts: readonly string[];
}

/** A run as it is now, and whether its time is over by the database's clock. */
export type HeldRun = Run & { readonly isOverdue: boolean };

/** Whoever holds the lock a run needs. */
export interface LockHolder {
  readonly runId: string;
  readonly requester: string;
  readonly invocation: string;
}

/**
 * What a decision may do, all of it together or none of it. No method touches anything but the database.
 * Methods that return nothing are sent along with the commit, which fails when any of them does: a decision
 * costs one round trip for what it has to know and one for everything it writes.
 */
export interface Transaction {
  readonly incidents: IncidentPart;
  readonly runbooks: RunbookPart;
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
  /** `lost`: `executor` no longer owns the run; `must_stop`: somebody wants it to stop. It stays as it is until the commit. */
  setProgress(runId: string, executor: string, progress: Line): Promise<'going_on' | 'must_stop' | 'lost'>;
  /** The run as it is now; decisions about it take turns until the commit. */
  lockRun(id: string): Promise<HeldRun | undefined>;
  /**
   * Takes the lock and begins; undefined when it is not approved any more, its time is over, or everything is
   * stopped. @throws LockHeld
   */
  beginExecution(id: string, executor: string, performed: StoredPlan): Promise<Run | undefined>;
  /** Becomes the one who goes on with a run whose process is gone; undefined when it lives, or the run has ended. */
  takeOver(id: string, executor: string, isOurs: boolean): Promise<Run | undefined>;
  manyApprovals(runId: string): Promise<readonly Approval[]>;
  manySteps(runId: string): Promise<readonly Step[]>;
  /** Of one person on one digest; a second of the same person replaces nothing. */
  insertApproval(runId: string, approval: Omit<Approval, 'decidedAt'> & { readonly shownHash: string }): void;
  /** Moves a run whose time is over, by the database's clock; undefined when it is not or nobody waits for it. */
  expireRun(id: string): Promise<Run | undefined>;
  /** Asks an executing run to stop before its next step. */
  requestCancel(id: string, by: string): void;
  /** What a person says became of the steps whose outcome is unknown. */
  settleSteps(runId: string, state: 'succeeded' | 'failed', by: string, only?: string): void;
  /** Fails with {@link PolicyDiffers} unless the policy last loaded by any process is this one. */
  expectPolicy(digest: string): void;
  /** Runs of this command on this target that have begun in the last minutes, and when there is room for one more. */
  countStarted(
    run: Pick<Run, 'command' | 'target'>,
    limit: { readonly count: number; readonly perMinutes: number },
  ): Promise<{ readonly count: number; readonly freeAt: Date | undefined }>;
  /** The identical request that waits for people. */
  maybeWaiting(requestKey: string): Promise<Run | undefined>;
  maybeLockHolder(run: Pick<Run, 'id' | 'target' | 'lockKey'>): Promise<LockHolder | undefined>;
  /** The approved runs that wait for the lock this run had, oldest first. */
  manyWaitingForLock(run: Pick<Run, 'target' | 'lockKey'>): Promise<readonly Run[]>;
  maybeLockdown(): Promise<Lockdown | undefined>;
  /** The same, held until the commit: those who lift it take turns. */
  holdLockdown(): Promise<Lockdown | undefined>;
  /** Undefined when one lasts already. */
  beginLockdown(by: string, reason: string | undefined): Promise<number | undefined>;
  signLift(lockdownId: number, person: string): void;
  liftLockdown(lockdownId: number): void;
  /** Every run that has not begun its end: waiting for people, for a lock, or executing. */
  manyUnsettledChanges(): Promise<readonly Run[]>;
  insertReview(runId: string, brokenBy: string, reason: string, dueAt: Date): void;
  /** False when there is no such review, or it was reviewed before. */
  settleReview(runId: string, by: string): Promise<boolean>;
  /** Done by any process; a job of this name that waits for this run is replaced. */
  addJob(
    job: RunJob,
    runId: string,
    due?: { readonly at: Date } | { readonly delayMilliseconds: number },
  ): void;
  /** A signed head of the ledger is to be taken once this is committed. */
  addCheckpoint(reason: string): void;
  /**
   * Asks once more for the messages that show this run as it stands: its cards, and what these people were sent,
   * which costs an edit for each of them. Default: cards alone.
   */
  refresh(runId: string, urgency: Urgency, signers?: readonly string[]): void;
  /** Delivered at once after the commit. */
  want(message: WantedMessage): void;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): void;
}

/** A compare-and-swap of the transaction found that somebody else had decided first. Nothing of it was kept. */
export class Superseded extends Error {}

/** The lock a run needs is another's. */
export class LockHeld extends Error {}

/** An identical request waits already. */
export class AlreadyWaiting extends Error {}

/** Another process has loaded another policy: whoever has the older one decides nothing. */
export class PolicyDiffers extends Error {}

/** What `beginStep` found. */
export type StepStart =
  /** It is ours to make; `again`: an earlier process began it and its outcome is not known. */
  | { readonly kind: 'begun'; readonly idempotencyKey: string; readonly isAgain: boolean }
  | {
      readonly kind: 'ended';
      readonly state: 'succeeded' | 'failed' | 'unknown';
      readonly outcome: Json;
      readonly problem: string | undefined;
    }
  /** Somebody wants the run to stop, or everything. */
  | { readonly kind: 'stopped'; readonly by: string }
  | { readonly kind: 'lost' };

/** Everything that must not be lost, for one workspace. */
export interface Store {
  readonly workspaceId: string;
  /** @throws Superseded */
  transaction<Result>(decide: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  maybeRun(id: string): Promise<Run | undefined>;
  manySteps(runId: string): Promise<readonly Step[]>;
  manyApprovals(runId: string): Promise<readonly Approval[]>;
  maybeLockdown(): Promise<Lockdown | undefined>;
  /** Written before the call leaves. */
  beginStep(step: {
    readonly runId: string;
    readonly executor: string;
    readonly name: string;
    readonly isRepeatable: boolean;
    /** Among what was signed. A look is not stopped: seeing what has happened harms nobody. */
    readonly isEffect: boolean;
    readonly newKey: string;
  }): Promise<StepStart>;
  /** False when `executor` no longer owns the run. */
  endStep(step: {
    readonly runId: string;
    readonly executor: string;
    readonly name: string;
    readonly state: 'succeeded' | 'failed' | 'unknown';
    readonly outcome?: Json;
    readonly problem?: string;
  }): Promise<boolean>;
  /** Which message of ours stands there, and the hash of the blocks it shows. */
  maybeShown(where: ShownOn): Promise<{ readonly id: string; readonly hash: string } | undefined>;
  /** The incident in whose thread that is. */
  maybeIncidentOfThread(thread: {
    readonly channelId: string;
    readonly threadTs: string;
  }): Promise<string | undefined>;
  maybeIncident(id: string): Promise<Incident | undefined>;
  maybeRunForInbox(key: string): Promise<Run | undefined>;
  /** Undefined when it was voided or never existed. */
  maybeInboxEntry(key: string): Promise<KnownInboxEntry | undefined>;
}
