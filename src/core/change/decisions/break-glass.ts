import type { DecisionRequest } from '../../inbox.ts';
import { declareIncident } from '../../incidents/declare.ts';
import { headlineId } from '../../incidents/deeds.ts';
import type { NewEntry } from '../../ledger/entry.ts';
import type { WantedMessage } from '../../message.ts';
import { membersOf, whyAccountMayNotAct } from '../../policy/authorize.ts';
import { mayBreakGlass } from '../../policy/break-glass.ts';
import { accountsOf } from '../../policy/identity.ts';
import { adminRole, approverRole } from '../../policy/rule.ts';
import { aboutRun, type Run } from '../../run.ts';
import { Superseded, type Transaction } from '../../store.ts';
import { whereOf } from '../ask.ts';
import type { GuardContext } from '../guard-context.ts';
import { lockdownSentence } from '../prepare.ts';
import { shortDigest } from '../run-digest.ts';
import { askedIn, tellRequester } from '../speak-change.ts';
import { standingOf } from '../standing.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';
import { fateOf } from './fate.ts';
import { note } from './sign.ts';

/** "The next day": far enough to have slept, near enough to remember. */
const reviewAfterHours = 24;

/** Goes ahead without signatures, loudly: in the ops and ledger channels, in a thread of its own, and reviewed. */
export async function breakGlass(
  decider: Decider,
  { runId, digest, reason = '' }: Pick<DecisionRequest, 'runId' | 'digest' | 'reason'>,
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  const standing = before && (await standingOf(before, context, before.plan, { people: [decider.person] }));
  const channels = await context.channels();
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run === undefined || standing === undefined) {
      return reply(decider, `The run "${runId}" is not known here, so nothing was done.`, transaction);
    }
    if (run.state !== 'awaiting_approval' || run.isOverdue) {
      // Only what still waits can have run out of time: a run that is over ended as it ended.
      const state = run.state === 'awaiting_approval' ? 'expired' : run.state;
      return reply(decider, fateOf({ ...run, state }, await transaction.manyApprovals(runId)), transaction);
    }
    const refused = (answer: string, code: string): Answer => {
      const said = reply(decider, answer, transaction);
      note(run, decider, 'approval.refused', { reason: code }, transaction);
      return said;
    };
    if (digest !== undefined && digest !== shortDigest(run.digest!)) {
      return refused(`This form shows an older plan of ${runId}. Look at its newest card.`, 'stale_card');
    }
    const lockdown = await transaction.maybeLockdown();
    if (lockdown !== undefined) return refused(lockdownSentence(lockdown, run.command), 'locked_down');
    const permission = mayBreakGlass({
      person: decider.person,
      terms: run.terms!,
      askedAt: new Date(run.expiresAt!.getTime() - run.terms!.expiresMinutes * 60_000),
      authorizationNow: standing.authorization,
      now: context.now(),
      settings: standing.settings,
      membership: standing.membership,
    });
    if (!permission.allowed) return refused(permission.reason, 'may_not_break_glass');
    const approval = { signer: decider.person, decision: 'broke_glass', digest: run.digest! } as const;
    // What they went by is the form itself, which names the run and its digest.
    transaction.insertApproval(runId, { ...approval, shownHash: run.digest! });
    const incidentId = run.incidentId ?? context.newIncidentId();
    const approved = await transaction.moveRun(runId, ['awaiting_approval'], 'approved', { incidentId });
    if (approved === undefined) throw new Superseded(`${runId} was decided elsewhere`);
    transaction.addJob('execute', runId);
    const dueAt = new Date(context.now().getTime() + reviewAfterHours * 3_600_000);
    transaction.insertReview(runId, decider.person, reason, dueAt);
    transaction.addJob('review', runId, { at: dueAt });
    transaction.refresh(runId, 'decision', askedIn(run));
    const declared =
      run.incidentId === undefined ? declaredFor(run, incidentId, decider, channels, transaction) : [];
    for (const message of noticesOf(run, incidentId, { by: decider.person, reason }, channels))
      transaction.want(message);
    for (const message of tellRequester(run, 'broke_glass', decider.person)) transaction.want(message);
    transaction.record([
      ...declared,
      {
        kind: 'glass.broken',
        actor: decider.person,
        via: decider.via,
        ...aboutRun({ ...run, incidentId }),
        // Without signatures is worth a line also where the card stands.
        isShown: false,
        facts: {
          command: run.command,
          ...whereOf(run),
          digest: run.digest!,
          reviewDueAt: dueAt.toISOString(),
        },
        private: { reason },
      },
    ]);
    return undefined;
  });
}

/** What could not wait for a signature is an incident, unless it is part of one. */
function declaredFor(
  { id, command, target, environment }: Run,
  incidentId: string,
  decider: Decider,
  channels: Channels,
  transaction: Transaction,
): NewEntry[] {
  return declareIncident(
    {
      id: incidentId,
      title: `Glass broken: ${command}${target === undefined ? '' : ` on ${target}`} (${id})`,
      severity: 'SEV2',
      origin: 'break_glass',
      by: decider.person,
      via: decider.via,
      target,
      environment,
      tenants: [],
    },
    { channels },
    transaction,
  );
}

interface Channels {
  readonly ops: string;
  readonly ledger: string;
  readonly incidents: string;
}

function noticesOf(
  run: Run,
  incidentId: string,
  content: { readonly by: string; readonly reason: string },
  { ops, ledger }: Channels,
): WantedMessage[] {
  const { id: runId, origin } = run;
  const notice = (part: string, channelId: string): WantedMessage => ({
    id: `run:${runId}:${part}`,
    place: { kind: 'channel', channelId },
    urgency: 'critical',
    content,
  });
  return [
    // Asked in the thread, its card stands there.
    ...(origin.isIncidentThread === true
      ? []
      : [
          {
            id: `run:${runId}:thread`,
            place: { kind: 'thread_of', messageId: headlineId(incidentId) },
            urgency: 'critical',
          } as const,
        ]),
    notice('broke_glass:ops', ops),
    notice('broke_glass:ledger', ledger),
  ];
}

/** Somebody other than who broke the glass has looked at it. */
export async function review(
  decider: Decider,
  { runId }: { readonly runId: string },
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  const standing = before && (await standingOf(before, context, before.plan, { people: [decider.person] }));
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run === undefined || standing === undefined) {
      return reply(decider, `The run "${runId}" is not known here, so nothing was done.`, transaction);
    }
    const { settings, membership } = standing;
    const breaker = (await transaction.manyApprovals(runId)).find(
      ({ decision }) => decision === 'broke_glass',
    );
    const problem = whyAccountMayNotAct(decider.person, membership);
    const able = [approverRole, adminRole].flatMap((role) => membersOf(role, settings, membership).users);
    if (breaker === undefined) return reply(decider, `No glass was broken for ${runId}.`, transaction);
    if (accountsOf(settings.identities, decider.person).has(breaker.signer)) {
      return reply(decider, 'You broke this glass, so somebody else must review it.', transaction);
    }
    if (problem !== undefined || !able.includes(decider.person)) {
      const why = problem ?? `only people in the role ${approverRole} or ${adminRole} may`;
      return reply(decider, `You may not review this: ${why}.`, transaction);
    }
    if (!(await transaction.settleReview(runId, decider.person))) {
      return reply(decider, `${runId} was already reviewed.`, transaction);
    }
    transaction.want({
      id: `run:${runId}:review`,
      place: { kind: 'thread_of', messageId: headlineId(run.incidentId ?? '') },
      urgency: 'other',
    });
    note(run, decider, 'glass.reviewed', {}, transaction);
    return undefined;
  });
}
