import { mayLiftLockdown, mayStartLockdown } from '../../policy/lockdown.ts';
import { readMembership } from '../../policy/membership.ts';
import { aboutRun } from '../../run.ts';
import type { Transaction } from '../../store.ts';
import { whereOf } from '../ask.ts';
import type { GuardContext } from '../guard-context.ts';
import { askedIn, tellRequester } from '../speak-change.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';

/** Stops everything but reads, everywhere, at once: what waits is cancelled, what runs stops before its next step. */
export async function beginLockdown(
  decider: Decider,
  reason: string | undefined,
  context: GuardContext,
): Promise<{ readonly answer: Answer; readonly stopped: number; readonly isDone: boolean }> {
  const settings = context.settings();
  const membership = await readMembership(context.membership, settings, [decider.person]);
  const { ops } = await context.channels();
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const no = (answer: Answer) => ({
      answer: reply(decider, answer, transaction),
      stopped: 0,
      isDone: false,
    });
    const permission = mayStartLockdown({ person: decider.person, settings, membership });
    if (!permission.allowed) return no(permission.reason);
    const id = await transaction.beginLockdown(decider.person, reason);
    if (id === undefined) return no('Everything but reads is locked down already.');
    const runs = await transaction.manyUnsettledChanges();
    for (const run of runs) {
      // What executes sees the lockdown before its next step, in any process.
      if (run.state === 'executing') continue;
      const waiting = ['planned', 'awaiting_approval', 'approved'] as const;
      const problem = 'Stopped by a lockdown before anything was done.';
      await transaction.moveRun(run.id, waiting, 'cancelled', { endedBy: decider.person, problem });
      transaction.refresh(run.id, 'decision', askedIn(run));
      for (const message of tellRequester(run, 'cancelled', decider.person)) transaction.want(message);
    }
    showLockdown(id, ops, transaction);
    const cancelled = runs.filter(({ state }) => state !== 'executing');
    transaction.record([
      {
        kind: 'lockdown.begun',
        actor: decider.person,
        via: decider.via,
        facts: { lockdown: id, stopped: runs.map((run) => run.id).slice(0, 100) },
        ...(reason === undefined ? {} : { private: { reason } }),
      },
      ...cancelled.map(
        (run) =>
          ({
            kind: 'run.cancelled',
            actor: decider.person,
            via: decider.via,
            ...aboutRun(run),
            facts: { command: run.command, ...whereOf(run), problem: 'lockdown' },
          }) as const,
      ),
    ]);
    return { answer: undefined, stopped: runs.length, isDone: true };
  });
}

interface Lift {
  readonly answer: Answer;
  readonly stillNeeded: number;
  /** Whether this person's word was taken. */
  readonly isCounted: boolean;
}

/** Somebody else agreed between reading who has and deciding: people are read again. */
class LiftedMeanwhile extends Error {}

/** One person's word that it may end; the second, of another person, ends it. */
export async function liftLockdown(decider: Decider, context: GuardContext): Promise<Lift> {
  for (;;) {
    try {
      return await lift(decider, context);
    } catch (error) {
      if (!(error instanceof LiftedMeanwhile)) throw error;
    }
  }
}

async function lift(decider: Decider, context: GuardContext): Promise<Lift> {
  const settings = context.settings();
  const known = await context.store.maybeLockdown();
  const membership = await readMembership(context.membership, settings, [
    decider.person,
    ...(known?.lifts ?? []),
  ]);
  const { ops } = await context.channels();
  return context.store.transaction(async (transaction) => {
    const lockdown = await transaction.holdLockdown();
    if (lockdown?.lifts.join() !== known?.lifts.join()) throw new LiftedMeanwhile();
    take(decider, transaction);
    if (lockdown === undefined) {
      const answer = reply(decider, 'There is no lockdown to lift.', transaction);
      return { answer, stillNeeded: 0, isCounted: false };
    }
    const liftedBy = lockdown.lifts;
    const permission = mayLiftLockdown({ person: decider.person, liftedBy, settings, membership });
    if (!permission.allowed) {
      const answer = reply(decider, permission.reason, transaction);
      return { answer, stillNeeded: permission.stillNeeded, isCounted: false };
    }
    transaction.signLift(lockdown.id, decider.person);
    const isLifted = permission.stillNeeded === 0;
    if (isLifted) transaction.liftLockdown(lockdown.id);
    showLockdown(lockdown.id, ops, transaction);
    const answer = reply(decider, isLifted ? undefined : permission.reason, transaction);
    transaction.record([
      {
        kind: isLifted ? 'lockdown.lifted' : 'lockdown.lift_signed',
        actor: decider.person,
        via: decider.via,
        facts: { lockdown: lockdown.id },
      },
    ]);
    return { answer, stillNeeded: permission.stillNeeded, isCounted: true };
  });
}

function showLockdown(id: number, ops: string, transaction: Transaction): void {
  transaction.want({
    id: `lockdown:${id}:card`,
    place: { kind: 'channel', channelId: ops },
    urgency: 'critical',
  });
}
