import type { DecisionRequest } from '../../inbox.ts';
import type { HeldRun } from '../../store.ts';
import { AlreadyWaiting, Superseded, type Transaction } from '../../store.ts';
import { askForSignatures, requestFor } from '../ask.ts';
import type { GuardContext } from '../guard-context.ts';
import { isFreeUndoOf, lockdownSentence } from '../prepare.ts';
import { shortDigest } from '../run-digest.ts';
import { changeCards } from '../speak-change.ts';
import { isBeside, standingOf } from '../standing.ts';
import { type Answer, type Decider, reply, take } from './decider.ts';
import { fateOf } from './fate.ts';
import { note } from './sign.ts';

/** The one who asked has seen the preview and wants it: it runs, or is put to those who sign. */
export async function confirm(
  decider: Decider,
  { runId, digest }: Pick<DecisionRequest, 'runId' | 'digest'>,
  context: GuardContext,
): Promise<Answer> {
  const before = await context.store.maybeRun(runId);
  if (before?.plan === undefined) return unknown(decider, runId, context);
  const standing = await standingOf(before, context, before.plan, { areSignersRead: true });
  const isFreeUndo = await isFreeUndoOf(before, standing, context);
  const { ops } = await context.channels();
  const decision = context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const run = await transaction.lockRun(runId);
    if (run === undefined) throw new Superseded(`${runId} is gone`);
    const no = await whyNot(run, decider, digest, transaction, context);
    if (no !== undefined) return reply(decider, no, transaction);
    const { authorization } = standing;
    if (!authorization.allowed && !(isFreeUndo && isBeside(authorization.obstacle, isFreeUndo))) {
      return reply(decider, authorization.reason, transaction);
    }
    if (authorization.approvalsNeeded > 0 && !isFreeUndo) {
      const request = requestFor(run, run.plan!, authorization, { isFreeUndo, lockKey: run.lockKey });
      await askForSignatures(run, ['planned'], request, standing, { ops, via: decider.via }, transaction);
      return undefined;
    }
    const approved = await transaction.moveRun(runId, ['planned'], 'approved', {});
    if (approved === undefined) throw new Superseded(`${runId} was decided elsewhere`);
    transaction.addJob('execute', runId);
    for (const message of changeCards(approved, approved.origin.channelId ?? ops)) transaction.want(message);
    note(run, decider, 'run.confirmed', { digest: run.digest! }, transaction);
    return undefined;
  });
  return decision.catch((error: unknown) => {
    if (error instanceof AlreadyWaiting) return alreadyAsked(decider, runId, context);
    throw error;
  });
}

/** The same was asked and confirmed meanwhile, from another preview or by somebody else. */
function alreadyAsked(decider: Decider, runId: string, context: GuardContext): Promise<Answer> {
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    const answer = `Exactly this was asked for meanwhile and its card stands, so ${runId} was not added to it.`;
    return reply(decider, answer, transaction);
  });
}

async function whyNot(
  run: HeldRun,
  decider: Decider,
  digest: string | undefined,
  transaction: Transaction,
  context: GuardContext,
): Promise<Answer> {
  if (run.state !== 'planned' || run.plan === undefined) {
    return fateOf(run, await transaction.manyApprovals(run.id));
  }
  if (run.isOverdue) return fateOf({ ...run, state: 'expired' }, []);
  if (decider.person !== run.requester) {
    return [`Only the one who asked, `, { person: run.requester }, `, confirms ${run.id}. Nothing was done.`];
  }
  if (digest !== undefined && digest !== shortDigest(run.digest!)) {
    return `This preview shows an older plan of ${run.id}. Type the command again.`;
  }
  const lockdown = await transaction.maybeLockdown();
  if (lockdown !== undefined) return lockdownSentence(lockdown, run.command);
  if (context.commands.get(run.command)?.definition.version !== run.commandVersion) {
    return `"${run.command}" has changed since this preview was made. Type the command again.`;
  }
  return undefined;
}

function unknown(decider: Decider, runId: string, context: GuardContext): Promise<Answer> {
  return context.store.transaction(async (transaction) => {
    take(decider, transaction);
    return reply(decider, `The run "${runId}" is not known here, so nothing was done.`, transaction);
  });
}
