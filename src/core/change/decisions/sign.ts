import { setTimeout as sleep } from 'node:timers/promises';
import type { DecisionRequest, ShownOn } from '../../inbox.ts';
import type { LedgerKind } from '../../ledger/kinds.ts';
import { canSign, signaturesThatHold } from '../../policy/signing.ts';
import { type Approval, aboutRun, type Run } from '../../run.ts';
import { type HeldRun, type Store, Superseded, type Transaction } from '../../store.ts';
import { whereOf } from '../ask.ts';
import type { GuardContext } from '../guard-context.ts';
import { shortDigest } from '../run-digest.ts';
import { askedIn, tellRequester } from '../speak-change.ts';
import { type Standing, standingOf } from '../standing.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';
import { fateOf } from './fate.ts';

type Signing = Pick<DecisionRequest, 'runId' | 'digest' | 'reason' | 'shownOn'> & {
  readonly decision: 'approved' | 'denied';
};

/** Slack may deliver a click before it has answered us where it put the card. */
const shownWithinMilliseconds = 2_000;
const lookAgainMilliseconds = 50;

/** A signature, or a no. Each click is judged by the people, roles and policy of this moment. */
export async function sign(decider: Decider, signing: Signing, context: GuardContext): Promise<Answer> {
  for (;;) {
    try {
      return await signOnce(decider, signing, context);
    } catch (error) {
      if (!(error instanceof SignedMeanwhile)) throw error;
    }
  }
}

/** Another person signed after people were read: what theirs is worth is not known from that reading. */
class SignedMeanwhile extends Error {}

async function signOnce(decider: Decider, signing: Signing, context: GuardContext): Promise<Answer> {
  const before = await context.store.maybeRun(signing.runId);
  if (before === undefined) return unknownRun(decider, signing, context);
  const shown = await maybeShown(signing, before.id, context.store);
  const approvalsBefore = await context.store.manyApprovals(before.id);
  const people = new Set([decider.person, ...approvalsBefore.map(({ signer }) => signer)]);
  const standing = await standingOf(before, context, before.plan, { people: [...people] });
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(before.id);
    if (run === undefined) throw new Superseded(`${before.id} is gone`);
    const approvals = await transaction.manyApprovals(run.id);
    if (approvals.some(({ signer }) => !people.has(signer))) throw new SignedMeanwhile();
    const refusal = await whyNot({ run, decider, signing, standing, approvals, shown }, transaction, context);
    if (refusal !== undefined) {
      const answer = reply(decider, refusal.answer, transaction);
      note(run, decider, 'approval.refused', { reason: refusal.code }, transaction);
      return answer;
    }
    const approval = { signer: decider.person, decision: signing.decision, digest: run.digest! } as const;
    transaction.insertApproval(run.id, { ...approval, shownHash: shown!.hash });
    if (signing.decision === 'denied') return deny(run, decider, signing.reason, transaction);
    return approve(
      run,
      decider,
      [...approvals, { ...approval, decidedAt: context.now() }],
      standing,
      transaction,
    );
  });
}

async function deny(
  run: Run,
  decider: Decider,
  reason: string | undefined,
  transaction: Transaction,
): Promise<Answer> {
  const problem = reason === undefined ? {} : { problem: reason };
  const changes = { endedBy: decider.person, ...problem };
  const denied = await transaction.moveRun(run.id, ['awaiting_approval'], 'denied', changes);
  if (denied === undefined) throw new Superseded(`${run.id} was decided elsewhere`);
  transaction.refresh(run.id, 'decision', askedIn(run));
  for (const message of tellRequester(denied, 'denied', decider.person)) transaction.want(message);
  note(run, decider, 'approval.denied', { digest: run.digest! }, transaction, reason);
  return undefined;
}

async function approve(
  run: Run,
  decider: Decider,
  approvals: readonly Approval[],
  standing: Standing,
  transaction: Transaction,
): Promise<Answer> {
  const { isEnough } = signaturesThatHold({
    approvals,
    requester: run.requester,
    digest: run.digest!,
    terms: run.terms!,
    authorizationNow: standing.authorization,
    settings: standing.settings,
    membership: standing.membership,
  });
  if (isEnough) {
    const approved = await transaction.moveRun(run.id, ['awaiting_approval'], 'approved', {});
    if (approved === undefined) throw new Superseded(`${run.id} was decided elsewhere`);
    transaction.addJob('execute', run.id);
    for (const message of tellRequester(run, 'approved', decider.person)) transaction.want(message);
  }
  transaction.refresh(run.id, 'decision', isEnough ? askedIn(run) : [decider.person]);
  note(run, decider, 'approval.granted', { digest: run.digest!, isEnough }, transaction);
  return undefined;
}

interface Judged {
  readonly run: HeldRun;
  readonly decider: Decider;
  readonly signing: Signing;
  readonly standing: Standing;
  readonly approvals: readonly Approval[];
  readonly shown: { readonly id: string; readonly hash: string } | undefined;
}

async function whyNot(
  { run, decider, signing, standing, approvals, shown }: Judged,
  transaction: Transaction,
  context: GuardContext,
): Promise<{ code: string; answer: Answer } | undefined> {
  const no = (code: string, answer: Answer) => ({ code, answer });
  if (shown === undefined || !shown.id.startsWith(`run:${run.id}:`)) {
    return no(
      'foreign_card',
      `That is not a card of mine for ${run.id}, so it was not counted. Use the card in the channel.`,
    );
  }
  if (run.state !== 'awaiting_approval') return no('already_decided', fateOf(run, approvals));
  if (run.isOverdue) {
    return no('expired', fateOf({ ...run, state: 'expired' }, approvals));
  }
  if (signing.digest !== undefined && signing.digest !== shortDigest(run.digest!)) {
    return no(
      'stale_card',
      `This card shows an older plan of ${run.id}. Look at its newest card and decide there.`,
    );
  }
  if (signing.decision === 'approved') {
    const lockdown = await transaction.maybeLockdown();
    if (lockdown !== undefined)
      return no('locked_down', 'Everything but reads is locked down, so nothing is signed now.');
    const loaded = context.commands.get(run.command)?.definition.version;
    if (loaded !== run.commandVersion) {
      return no(
        'command_changed',
        `"${run.command}" has changed since this was asked, so it cannot be signed. Ask again.`,
      );
    }
  }
  const { holding, isEnough } = signaturesThatHold({
    approvals,
    requester: run.requester,
    digest: run.digest!,
    terms: run.terms!,
    authorizationNow: standing.authorization,
    settings: standing.settings,
    membership: standing.membership,
  });
  const permission = canSign({
    signer: decider.person,
    requester: run.requester,
    // One who has signed may still say no, and sign again where the policy has come to ask for less meanwhile.
    signedBy: signing.decision === 'denied' || isEnough ? [] : holding,
    approversWhenPosted: run.terms!.approvers,
    authorizationNow: standing.authorization,
    settings: standing.settings,
    membership: standing.membership,
  });
  return permission.allowed ? undefined : no('may_not_sign', permission.reason);
}

async function unknownRun(decider: Decider, { runId }: Signing, context: GuardContext): Promise<Answer> {
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    transaction.record([
      {
        kind: 'approval.refused',
        actor: decider.person,
        via: decider.via,
        facts: { reason: 'unknown_run', run: runId },
      },
    ]);
    return reply(decider, `This card's run "${runId}" is not known here, so nothing was done.`, transaction);
  });
}

/** Which card of ours the click was on. A click can overtake the answer that says where the card stands. */
async function maybeShown({ shownOn }: Pick<Signing, 'shownOn'>, runId: string, store: Store) {
  if (shownOn === undefined) return undefined;
  const deadline = performance.now() + shownWithinMilliseconds;
  for (;;) {
    const shown = await store.maybeShown(shownOn as ShownOn);
    if (shown?.id.startsWith(`run:${runId}:`) || performance.now() > deadline) return shown;
    await sleep(lookAgainMilliseconds);
  }
}

/** One entry for each decision, a refused one too. */
export function note(
  run: Run,
  decider: Decider,
  kind: LedgerKind,
  facts: Record<string, string | boolean | number>,
  transaction: Transaction,
  reason?: string,
): void {
  transaction.record([
    {
      kind,
      actor: decider.person,
      via: decider.via,
      ...aboutRun(run),
      facts: { command: run.command, ...whereOf(run), ...facts },
      ...(reason === undefined ? {} : { private: { reason } }),
    },
  ]);
}
