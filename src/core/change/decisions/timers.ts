import { headlineId } from '../../incidents/deeds.ts';
import { accountsOf } from '../../policy/identity.ts';
import { orderSigners } from '../../policy/on-call.ts';
import { aboutRun } from '../../run.ts';
import { whereOf } from '../ask.ts';
import type { GuardContext } from '../guard-context.ts';
import { askedIn, signerMessages, signersIn, tellRequester } from '../speak-change.ts';
import { standingOf } from '../standing.ts';

/** Timers decide by the database's clock, inside the transaction; one whose reason is gone does nothing. */

/** Ends a request nobody decided in time, and tells the one who asked. */
export async function expire(runId: string, context: GuardContext): Promise<void> {
  const expired = await context.store.transaction(async (transaction) => {
    const run = await transaction.lockRun(runId);
    if (run?.expiresAt === undefined) return undefined;
    const ended = await transaction.expireRun(runId);
    if (ended === undefined) {
      const isWaiting = ['planned', 'awaiting_approval', 'approved'].includes(run.state);
      // Its time was moved, or this machine's clock runs ahead of the database's.
      if (isWaiting && !run.isOverdue) transaction.addJob('expire', runId, { at: run.expiresAt });
      return undefined;
    }
    transaction.refresh(runId, 'decision', askedIn(run));
    // A preview nobody confirmed is no news to the one who did not confirm it.
    if (run.state !== 'planned') {
      for (const message of tellRequester(ended, 'expired', undefined)) transaction.want(message);
    }
    transaction.record([
      {
        kind: run.state === 'awaiting_approval' ? 'approval.expired' : 'run.expired',
        actor: 'countersign',
        via: 'timer',
        ...aboutRun(run),
        facts: { command: run.command, ...whereOf(run) },
      },
    ]);
    return ended;
  });
  if (expired !== undefined) context.onSettled(expired, 'expired');
}

/** Half of the time is over: those who could still sign are asked once more. */
export async function remind(runId: string, context: GuardContext): Promise<void> {
  const run = await context.store.maybeRun(runId);
  if (run?.state !== 'awaiting_approval') return;
  const approvals = await context.store.manyApprovals(runId);
  const standing = await standingOf(run, context, run.plan, { areSignersRead: true });
  const { settings, membership, authorization } = standing;
  const decided = new Set(approvals.flatMap(({ signer }) => [...accountsOf(settings.identities, signer)]));
  const posted = new Set(signersIn(run.terms?.approvers ?? []));
  const able = signersIn(authorization.approvers).filter((one) => posted.has(one) && !decided.has(one));
  await context.store.transaction(async (transaction) => {
    const now = await transaction.lockRun(runId);
    if (now?.state !== 'awaiting_approval' || now.isOverdue) return;
    for (const message of signerMessages(runId, 'remind', orderSigners(able, settings, membership))) {
      transaction.want(message);
    }
  });
}

/** The day after a glass was broken. */
export async function askForReview(runId: string, context: GuardContext): Promise<void> {
  const run = await context.store.maybeRun(runId);
  if (run?.incidentId === undefined) return;
  await context.store.transaction(async (transaction) => {
    transaction.want({
      id: `run:${runId}:review`,
      place: { kind: 'thread_of', messageId: headlineId(run.incidentId ?? '') },
      urgency: 'other',
    });
  });
}
