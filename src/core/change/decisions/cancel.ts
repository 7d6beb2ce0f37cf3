import { membersOf, whyAccountMayNotAct } from '../../policy/authorize.ts';
import { accountsOf } from '../../policy/identity.ts';
import { adminRole } from '../../policy/rule.ts';
import type { Run } from '../../run.ts';
import type { GuardContext } from '../guard-context.ts';
import { askedIn, tellRequester } from '../speak-change.ts';
import { type Standing, standingOf } from '../standing.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';
import { fateOf } from './fate.ts';
import { note } from './sign.ts';

/**
 * Takes back a request that waits, or stops one that runs before its next step: by the one who asked, anyone who
 * could have signed it, or an admin.
 */
export async function cancel(
  decider: Decider,
  { runId, reason }: { readonly runId: string; readonly reason?: string | undefined },
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  const standing =
    before &&
    (await standingOf(before, context, before.plan, { people: [decider.person], areSignersRead: true }));
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run === undefined || standing === undefined) {
      return reply(decider, `The run "${runId}" is not known here, so nothing was done.`, transaction);
    }
    const refusal = whyMayNotCancel(run, decider.person, standing);
    if (refusal !== undefined) return reply(decider, refusal, transaction);
    if (run.state === 'executing' && run.risk !== 'read') {
      transaction.requestCancel(runId, decider.person);
      transaction.refresh(runId, 'decision');
      note(run, decider, 'run.cancel_requested', {}, transaction);
      return undefined;
    }
    const waiting = ['planned', 'awaiting_approval', 'approved'] as const;
    const changes = { endedBy: decider.person, ...(reason === undefined ? {} : { problem: reason }) };
    const cancelled = await transaction.moveRun(runId, waiting, 'cancelled', changes);
    if (cancelled === undefined) {
      return reply(decider, fateOf(run, await transaction.manyApprovals(runId)), transaction);
    }
    transaction.refresh(runId, 'decision', askedIn(run));
    for (const message of tellRequester(cancelled, 'cancelled', decider.person)) transaction.want(message);
    note(run, decider, 'run.cancelled', {}, transaction, reason);
    return undefined;
  });
}

/** Nobody is stopped from stopping by a stale reading of a group: the one who asked always may. */
export function whyMayNotCancel(run: Run, person: string, standing: Standing): Answer {
  const { settings, membership, authorization } = standing;
  if (accountsOf(settings.identities, person).has(run.requester)) return undefined;
  const problem = whyAccountMayNotAct(person, membership);
  if (problem !== undefined) return `You may not cancel ${run.id}: ${problem}.`;
  const roles = [
    ...new Set([...(run.terms?.approvers ?? []), ...authorization.approvers].map(({ role }) => role)),
  ];
  const able = [...roles, adminRole].flatMap((role) => membersOf(role, settings, membership).users);
  if (able.includes(person)) return undefined;
  return [
    `Only the one who asked, `,
    { person: run.requester },
    `, those who could sign it and admins may cancel ${run.id}. Nothing was done.`,
  ];
}
