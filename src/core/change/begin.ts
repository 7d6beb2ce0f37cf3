import { CountersignError, Fault, Refusal, UserMistake } from '../errors.ts';
import { policyDigest } from '../policy/policy-digest.ts';
import { signaturesThatHold } from '../policy/signing.ts';
import { aboutRun, type Run, type RunState } from '../run.ts';
import { LockHeld, PolicyDiffers, Superseded, type Transaction } from '../store.ts';
import { askForSignatures, requestFor, whereOf } from './ask.ts';
import { carryOut } from './carry-out.ts';
import { type GuardContext, planDeadlineMilliseconds } from './guard-context.ts';
import { reachedLimit } from './limit-reached.ts';
import { type MadePlan, makePlan } from './make-plan.ts';
import { isFreeUndoOf, lockdownSentence } from './prepare.ts';
import { type SignedDifference, signedDifference } from './signed-difference.ts';
import { askedIn, tellRequester } from './speak-change.ts';
import { isBeside, type Standing, standingOf } from './standing.ts';

/** Another process has newer settings; this one gets them, or is replaced. */
const policyDiffersMilliseconds = 5_000;

/**
 * Begins an approved run: planned again from what was signed, its signatures held against the policy as it is at
 * this moment, its lock taken. Then carries it out.
 * @returns the state it ended in, when it ended here.
 */
export async function begin(run: Run, context: GuardContext): Promise<RunState | undefined> {
  const signal = AbortSignal.any([context.stopping, AbortSignal.timeout(planDeadlineMilliseconds)]);
  let made: MadePlan;
  try {
    made = await planAgain(run, context, signal);
  } catch (error) {
    if (context.stopping.aborted) throw context.stopping.reason;
    const isForPeople = error instanceof Refusal || error instanceof UserMistake;
    if (!isForPeople) context.onFault(error, run);
    return endApproved(run, isForPeople ? 'refused' : 'failed', sentenceOf(error, run, signal), context);
  }
  const difference = signedDifference(run.plan!, made.stored);
  if (difference.kind === 'different')
    return endApproved(run, 'refused', changedSentence(difference), context);
  const standing = await standingOf(run, context, made.stored, {
    people: (await context.store.manyApprovals(run.id)).map(({ signer }) => signer),
    areSignersRead: true,
  });
  const executor = context.newExecutor();
  // Said before it is so, so that no second job of this process thinks it was let go.
  context.atWork.add(run.id);
  try {
    const begun = await decide(run, made, standing, executor, context);
    return begun && (await carryOut(begun, executor, context));
  } finally {
    context.atWork.delete(run.id);
  }
}

/** Planning it again may be what kills the process. */
export async function giveUpBeginning(run: Run, context: GuardContext): Promise<void> {
  const problem = 'Nothing was done: the process beginning this stopped too often, so it is not tried again.';
  await endApproved(run, 'failed', problem, context);
}

async function planAgain(run: Run, context: GuardContext, signal: AbortSignal): Promise<MadePlan> {
  const made = await makePlan(run, context, signal, run.plan!.data);
  if (made.command.definition.version !== run.commandVersion) {
    throw new Refusal(
      'command_changed',
      `"${run.command}" is at version ${made.command.definition.version} now, and version ${run.commandVersion} was signed. Ask again.`,
    );
  }
  return made;
}

/** One transaction: it begins, or what keeps it from beginning is on record. */
async function decide(
  run: Run,
  made: MadePlan,
  standing: Standing,
  executor: string,
  context: GuardContext,
): Promise<Run | undefined> {
  const { ops } = await context.channels();
  const isFree = await isFreeUndoOf(run, standing, context);
  try {
    return await context.store.transaction(async (transaction) => {
      const now = await transaction.lockRun(run.id);
      if (now?.state !== 'approved') return undefined;
      transaction.expectPolicy(policyDigest(standing.settings));
      const refusal = await whyNot(run, standing, isFree, transaction, context);
      if (refusal !== undefined) return void (await end(run, 'refused', refusal, transaction));
      const signatures = signaturesThatHold({
        approvals: await transaction.manyApprovals(run.id),
        requester: run.requester,
        digest: run.digest!,
        terms: run.terms!,
        authorizationNow: standing.authorization,
        settings: standing.settings,
        membership: standing.membership,
      });
      if (!isFree && !signatures.isEnough) {
        return void (await askAgain(run, made, standing, signatures.voided, ops, transaction));
      }
      const begun = await transaction.beginExecution(run.id, executor, made.stored);
      if (begun === undefined) return undefined;
      transaction.record([
        {
          kind: 'run.started',
          actor: run.requester,
          via: run.via,
          ...aboutRun(run),
          facts: {
            command: run.command,
            ...whereOf(run),
            digest: run.digest!,
            signers: signatures.holding,
            ...(isFree ? { undoOf: run.undoOf! } : {}),
            ...(signatures.brokeGlassBy === undefined ? {} : { brokeGlassBy: signatures.brokeGlassBy }),
          },
        },
      ]);
      return begun;
    });
  } catch (error) {
    if (error instanceof LockHeld) return waitForLock(run, context);
    if (error instanceof PolicyDiffers) return lookAgainSoon(run, context);
    throw error;
  }
}

async function whyNot(
  run: Run,
  { authorization }: Standing,
  isFree: boolean,
  transaction: Transaction,
  context: GuardContext,
): Promise<string | undefined> {
  const lockdown = await transaction.maybeLockdown();
  if (lockdown !== undefined) return lockdownSentence(lockdown, run.command);
  if (!authorization.allowed && !isBeside(authorization.obstacle, isFree)) return authorization.reason;
  return reachedLimit(run, authorization, transaction, context.now());
}

/** Too few signatures hold by now: it waits for others, or, where none were wanted before, asks for them. */
async function askAgain(
  run: Run,
  made: MadePlan,
  standing: Standing,
  voided: readonly { readonly signer: string; readonly why: string }[],
  ops: string,
  transaction: Transaction,
): Promise<void> {
  if (run.terms!.approvalsNeeded === 0) {
    const request = requestFor(run, made.stored, standing.authorization, {
      isFreeUndo: false,
      lockKey: run.lockKey,
    });
    await askForSignatures(run, ['approved'], request, standing, { ops, via: run.via }, transaction);
    return;
  }
  const problem =
    voided.length === 0
      ? 'The policy asks for more signatures now.'
      : `A signature no longer counts: ${voided.map(({ why }) => why).join('; ')}.`;
  const waiting = await transaction.moveRun(run.id, ['approved'], 'awaiting_approval', { problem });
  if (waiting === undefined) throw new Superseded(`${run.id} was decided elsewhere`);
  transaction.refresh(run.id, 'decision', askedIn(run));
  for (const message of tellRequester(run, 'signatures_void', undefined)) transaction.want(message);
  // Also when none was void and more are wanted: without it the record would say that it was approved still.
  const facts = {
    command: run.command,
    ...whereOf(run),
    signers: voided.map(({ signer }) => signer),
    needed: standing.authorization.approvalsNeeded,
  };
  transaction.record([
    { kind: 'approval.voided', actor: 'countersign', via: 'policy', ...aboutRun(run), facts },
  ]);
}

/** Stays approved; whoever has the lock starts it when they let go. */
async function waitForLock(run: Run, context: GuardContext): Promise<undefined> {
  await context.store.transaction(async (transaction) => {
    const holder = await transaction.maybeLockHolder(run);
    // Let go in this very moment.
    if (holder === undefined) return transaction.addJob('execute', run.id);
    transaction.refresh(run.id, 'decision', askedIn(run));
    for (const message of tellRequester(
      run,
      'waiting_for_lock',
      holder.requester === run.requester ? undefined : holder.requester,
    )) {
      transaction.want(message);
    }
  });
  return undefined;
}

async function lookAgainSoon(run: Run, context: GuardContext): Promise<undefined> {
  context.onFault(
    new Fault('policy_differs', `Another process has loaded another policy, so ${run.id} is not begun here.`),
    run,
  );
  await context.store.transaction(async (transaction) => {
    transaction.addJob('execute', run.id, { delayMilliseconds: policyDiffersMilliseconds });
  });
  return undefined;
}

async function endApproved(
  run: Run,
  state: 'refused' | 'failed',
  problem: string,
  context: GuardContext,
): Promise<undefined> {
  try {
    await context.store.transaction(async (transaction) => {
      await end(run, state, problem, transaction);
    });
    context.onSettled(run, state);
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
  }
}

async function end(
  run: Run,
  state: 'refused' | 'failed',
  problem: string,
  transaction: Transaction,
): Promise<void> {
  const ended = await transaction.moveRun(run.id, ['approved'], state, {
    problem,
    isRetryable: state === 'failed',
  });
  if (ended === undefined) throw new Superseded(`${run.id} was decided elsewhere`);
  transaction.refresh(run.id, 'decision', askedIn(run));
  const facts = { command: run.command, ...whereOf(run), problem };
  transaction.record([{ kind: `run.${state}`, actor: run.requester, via: run.via, ...aboutRun(run), facts }]);
}

function changedSentence({ changes }: SignedDifference): string {
  return `It is not what was signed any more, so nothing was done: ${changes.join('; ')}. Ask again.`;
}

function sentenceOf(error: unknown, run: Run, signal: AbortSignal): string {
  if (error instanceof CountersignError) return `Nothing was done: ${error.message}`;
  if (signal.aborted)
    return 'Nothing was done: the target could not be read in time to see that what was signed still holds.';
  return `Something broke on our side, and nothing was done. The log has it under ${run.correlationId}.`;
}
