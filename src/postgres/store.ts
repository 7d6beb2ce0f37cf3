import type { ClientBase, Pool } from 'pg';
import {
  AlreadyWaiting,
  LockHeld,
  PolicyDiffers,
  type Store,
  Superseded,
  type Transaction,
} from '../core/store.ts';
import { insertApproval, manyApprovals } from './approvals.ts';
import { maybeInboxEntry, takeInboxEntry } from './inbox.ts';
import { maybeIncident, maybeIncidentOfThread } from './incidents/incidents.ts';
import { incidentPart } from './incidents/part.ts';
import { addJob } from './jobs.ts';
import { beginLockdown, holdLockdown, liftLockdown, maybeLockdown, signLift } from './lockdowns.ts';
import { maybeShown, refreshMessages, wantMessage } from './messages.ts';
import { expectPolicy } from './policies.ts';
import { recorder } from './recorder.ts';
import { insertReview, settleReview } from './reviews.ts';
import { runbookPart } from './runbooks/part.ts';
import { insertRun, maybeRun, maybeRunForInbox, moveRun, setProgress, settleRun } from './runs.ts';
import { beginStep, endStep, manySteps, settleSteps } from './steps.ts';
import { type Along, inTransaction } from './transaction.ts';
import {
  beginExecution,
  countStarted,
  expireRun,
  lockRun,
  manyUnsettledChanges,
  manyWaitingForLock,
  maybeLockHolder,
  maybeWaiting,
  requestCancel,
  takeOver,
} from './waiting-runs.ts';

export interface PostgresStoreOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  /** Whose work the runs and messages are for as long as it lives. */
  readonly processId: string;
  readonly now: () => Date;
  /** Called after each commit that asked for messages. */
  readonly onWanted: (messageIds: readonly string[]) => void;
}

/** {@link Store} on PostgreSQL for one workspace. */
export function postgresStore(options: PostgresStoreOptions): Store {
  const { pool, workspaceId } = options;
  return {
    workspaceId,
    transaction: async (decide) => {
      const wanted: string[] = [];
      const result = await inTransaction(pool, (client, along) =>
        decide(bind(client, along, wanted, options)),
      ).catch((error: { code?: unknown; constraint?: unknown }) => {
        throw meaningOf(error);
      });
      if (wanted.length > 0) options.onWanted(wanted);
      return result;
    },
    maybeRun: (id) => maybeRun(pool, workspaceId, id),
    manySteps: (runId) => manySteps(pool, workspaceId, runId),
    manyApprovals: (runId) => manyApprovals(pool, workspaceId, runId),
    maybeLockdown: () => maybeLockdown(pool, workspaceId),
    beginStep: (step) => beginStep(pool, workspaceId, step),
    endStep: (step) => endStep(pool, workspaceId, step),
    maybeShown: (where) => maybeShown(pool, workspaceId, where),
    maybeIncidentOfThread: (thread) => maybeIncidentOfThread(pool, workspaceId, thread),
    maybeIncident: (id) => maybeIncident(pool, workspaceId, id),
    maybeRunForInbox: (key) => maybeRunForInbox(pool, workspaceId, key),
    maybeInboxEntry: (key) => maybeInboxEntry(pool, workspaceId, key),
  };
}

/** What the database says by SQLSTATE and constraint, in the words of {@link Store}. */
function meaningOf(error: { code?: unknown; constraint?: unknown }): unknown {
  // Raised by `countersign.expect_one` and `countersign.expect_policy`.
  if (error.code === 'CS001') return new Superseded('somebody else decided first');
  if (error.code === 'CS002') return new PolicyDiffers('another process has loaded another policy');
  if (error.code === '23505' && error.constraint === 'runs_one_per_lock') return new LockHeld('locked');
  if (error.code === '23505' && error.constraint === 'runs_one_waiting') return new AlreadyWaiting('waiting');
  return error;
}

function bind(
  client: ClientBase,
  along: Along,
  wanted: string[],
  { workspaceId, processId, now }: PostgresStoreOptions,
): Transaction {
  const want: Transaction['want'] = (message) => {
    wanted.push(message.id);
    along(wantMessage(client, workspaceId, message, processId));
  };
  return {
    incidents: incidentPart(client, along, workspaceId),
    runbooks: runbookPart(client, along, workspaceId),
    takeInboxEntry: (key) => along(takeInboxEntry(client, workspaceId, key)),
    insertRun: (run) => along(insertRun(client, run, processId)),
    moveRun: (id, from, to, changes, executor) =>
      moveRun(client, { workspaceId, processId, id, from, to, changes, executor }),
    settleRun: (id, to, changes, executor) =>
      along(settleRun(client, { workspaceId, processId, id, from: ['executing'], to, changes, executor })),
    setProgress: (id, executor, progress) => setProgress(client, workspaceId, id, executor, progress),
    lockRun: (id) => lockRun(client, workspaceId, id),
    beginExecution: (id, executor, performed) =>
      beginExecution(client, workspaceId, processId, id, executor, performed),
    takeOver: (id, executor, isOurs) => takeOver(client, workspaceId, processId, id, executor, isOurs),
    manyApprovals: (runId) => manyApprovals(client, workspaceId, runId),
    manySteps: (runId) => manySteps(client, workspaceId, runId),
    insertApproval: (runId, approval) => along(insertApproval(client, workspaceId, runId, approval)),
    expireRun: (id) => expireRun(client, workspaceId, id),
    requestCancel: (id, by) => along(requestCancel(client, workspaceId, id, by)),
    settleSteps: (runId, state, by, only) =>
      along(settleSteps(client, workspaceId, { runId, state, by, only })),
    expectPolicy: (digest) => along(expectPolicy(client, workspaceId, digest)),
    countStarted: (run, limit) => countStarted(client, workspaceId, run, limit),
    maybeWaiting: (requestKey) => maybeWaiting(client, workspaceId, requestKey),
    maybeLockHolder: (run) => maybeLockHolder(client, workspaceId, run, true),
    manyWaitingForLock: (run) => manyWaitingForLock(client, workspaceId, run),
    maybeLockdown: () => maybeLockdown(client, workspaceId),
    holdLockdown: () => holdLockdown(client, workspaceId),
    beginLockdown: (by, reason) => beginLockdown(client, workspaceId, by, reason),
    signLift: (id, person) => along(signLift(client, workspaceId, id, person)),
    liftLockdown: (id) => along(liftLockdown(client, workspaceId, id)),
    manyUnsettledChanges: () => manyUnsettledChanges(client, workspaceId),
    insertReview: (runId, brokenBy, reason, dueAt) =>
      along(insertReview(client, workspaceId, { runId, brokenBy, reason, dueAt })),
    settleReview: (runId, by) => settleReview(client, workspaceId, runId, by),
    addJob: (job, runId, due) =>
      along(
        addJob(
          client,
          `${job}:${workspaceId}`,
          { workspaceId, runId },
          {
            // The name under which what a dead process left is added, too: never two of one.
            key: `${job}:${workspaceId}:${runId}`,
            ...due,
          },
        ),
      ),
    addCheckpoint: (reason) =>
      along(
        addJob(
          client,
          `checkpoint:${workspaceId}`,
          { workspaceId, reason },
          {
            key: `checkpoint:${workspaceId}:${reason}`,
          },
        ),
      ),
    refresh: (runId, urgency, signers = []) =>
      along(
        refreshMessages(client, workspaceId, runId, { urgency, signers }, processId).then((ids) => {
          wanted.push(...ids);
        }),
      ),
    want,
    record: recorder(client, along, want, wanted, { workspaceId, processId, now }),
  };
}
