import type { Report } from '../../command.ts';
import { planLines, titleOf } from '../cards/plan-lines.ts';
import { CountersignError, Refusal, UserMistake } from '../errors.ts';
import type { WantedMessage } from '../message.ts';
import { aboutRun, type Run, type StoredPlan } from '../run.ts';
import { answer } from '../speak.ts';
import { AlreadyWaiting, type Lockdown, type Store, Superseded } from '../store.ts';
import { askForSignatures, propose, requestFor, whereOf } from './ask.ts';
import { type GuardContext, planDeadlineMilliseconds } from './guard-context.ts';
import { reachedLimit } from './limit-reached.ts';
import { type MadePlan, makePlan } from './make-plan.ts';
import { requestKey } from './run-digest.ts';
import { copyOfCard } from './speak-change.ts';
import { isBeside, isFreeUndo, type Standing, standingOf } from './standing.ts';

/**
 * Plans a change and asks: the signers when the policy wants signatures, else the one who asked. Reads only, so
 * that after a kill it is simply done again by whoever takes the run up.
 */
export async function prepare(run: Run, executor: string, context: GuardContext): Promise<void> {
  const signal = AbortSignal.any([context.stopping, AbortSignal.timeout(planDeadlineMilliseconds)]);
  try {
    await refuseUnderLockdown(context.store, run);
    const made = await makePlan(run, context, signal, undefined);
    const standing = await standingOf(run, context, made.stored, { areSignersRead: true });
    const isFree = await isFreeUndoOf(run, standing, context);
    refuseUnauthorized(standing, isFree);
    if (run.isPlanOnly)
      return await settlePlanned(run, executor, context, 'succeeded', {
        report: planReport(run, made.stored),
      });
    await askOrPropose(run, executor, made, standing, isFree, context);
  } catch (error) {
    if (context.stopping.aborted) throw context.stopping.reason;
    if (error instanceof Superseded) return;
    const isForPeople = error instanceof Refusal || error instanceof UserMistake;
    if (!isForPeople) context.onFault(error, run);
    await settlePlanned(run, executor, context, isForPeople ? 'refused' : 'failed', {
      problem: problemText(error, run, signal),
      isRetryable: !isForPeople,
    });
  }
}

/** For a run whose process died at planning it so often that the plan may be what kills them. */
export async function giveUpPlanning(run: Run, executor: string, context: GuardContext): Promise<void> {
  await settlePlanned(run, executor, context, 'failed', {
    problem: `The process planning this stopped ${run.attempt - 1} times in a row, so it is not tried again. Nothing was changed. See the log for ${run.correlationId}.`,
    isRetryable: true,
  });
}

async function askOrPropose(
  run: Run,
  executor: string,
  made: MadePlan,
  standing: Standing,
  isFree: boolean,
  context: GuardContext,
): Promise<void> {
  const { command, args, stored, surroundings } = made;
  const request = requestFor(run, stored, standing.authorization, {
    isFreeUndo: isFree,
    lockKey: command.definition.lock?.(args as never, surroundings.target),
  });
  const { ops } = await context.channels();
  // A form shows its preview first, also when signatures come after it.
  const isPreviewed = request.terms.approvalsNeeded === 0 || run.origin.viewId !== undefined;
  try {
    await context.store.transaction(async (transaction) => {
      // Asked again when it begins; but nobody signs for nothing.
      const reached = await reachedLimit(run, standing.authorization, transaction, context.now());
      if (reached !== undefined) throw new Refusal('limit_reached', reached);
      if (isPreviewed) await propose(run, request, executor, transaction);
      else {
        const asked = { ops, via: run.via, executor };
        await askForSignatures(run, ['planned'], request, standing, asked, transaction);
      }
    });
  } catch (error) {
    if (!(error instanceof AlreadyWaiting)) throw error;
    await showTheFirst(run, executor, stored, context);
  }
}

/** The second of two identical requests is shown the card of the first. */
async function showTheFirst(
  run: Run,
  executor: string,
  plan: StoredPlan,
  context: GuardContext,
): Promise<void> {
  const key = requestKey({ command: run.command, target: run.target, args: plan.args });
  const first = await context.store.transaction((transaction) => transaction.maybeWaiting(key));
  // Decided in this very moment: then it is no longer the same request, and can be asked again.
  const id = first?.id ?? 'another run';
  const who = first?.requester === run.requester ? 'You have' : 'Somebody has';
  const shown = first === undefined ? [] : copyOfCard(first, run);
  await settlePlanned(
    run,
    executor,
    context,
    'refused',
    { problem: `${who} asked for exactly this already: ${id} is waiting, and its card stands.` },
    shown,
  );
}

/** @throws Refusal while a lockdown lasts. */
export async function refuseUnderLockdown(
  store: Pick<Store, 'maybeLockdown'>,
  run: Pick<Run, 'command'>,
): Promise<void> {
  const lockdown = await store.maybeLockdown();
  if (lockdown !== undefined) throw new Refusal('locked_down', lockdownSentence(lockdown, run.command));
}

export function lockdownSentence({ reason }: Lockdown, command: string): string {
  return `"${command}" was not run: everything but reads is locked down${reason === undefined ? '' : ` (${reason})`}. Two people lift it with /ops lockdown --lift.`;
}

export async function isFreeUndoOf(
  run: Run,
  standing: Standing,
  context: Pick<GuardContext, 'store' | 'now'>,
): Promise<boolean> {
  if (run.undoOf === undefined) return false;
  const undone = await context.store.maybeRun(run.undoOf);
  if (undone === undefined) return false;
  const approvals = await context.store.manyApprovals(undone.id);
  return isFreeUndo(run, undone, approvals, standing.settings, context.now());
}

/** Who asked for or signed a change may take it back also where they could not have asked for it. */
export function refuseUnauthorized(standing: Standing, isFree: boolean): void {
  const { authorization } = standing;
  if (authorization.allowed || (isFree && isBeside(authorization.obstacle, isFree))) return;
  throw new Refusal('not_authorized', authorization.reason);
}

function planReport(run: Run, plan: StoredPlan): Report {
  return {
    status: 'info',
    headline: `Plan only, nothing asked or changed: ${titleOf({ plan, invocation: run.invocation })}`,
    lines: planLines(plan),
    details: plan.effects.map(({ summary }) => summary),
    next: 'Leave out --plan to ask for it.',
  };
}

function problemText(error: unknown, run: Run, signal: AbortSignal): string {
  if (error instanceof CountersignError) return error.message;
  if (signal.aborted) {
    return `The plan was not ready after ${planDeadlineMilliseconds / 1000} s, so nothing was asked or changed.`;
  }
  return `Something broke on our side, and nothing was changed. The log has it under ${run.correlationId}.`;
}

/** Ends a run that never came to ask anybody. */
async function settlePlanned(
  run: Run,
  executor: string,
  context: GuardContext,
  state: 'succeeded' | 'refused' | 'failed',
  outcome: { report?: Report; problem?: string; isRetryable?: boolean },
  others: readonly WantedMessage[] = [],
): Promise<void> {
  try {
    await context.store.transaction(async (transaction) => {
      const settled = await transaction.moveRun(run.id, ['planned'], state, outcome, executor);
      if (settled === undefined) throw new Superseded(`${run.id} was taken up elsewhere`);
      const messages = [...answer(settled, context.countPages), ...others];
      for (const message of messages) transaction.want(message);
      transaction.record([
        {
          kind: `run.${state}`,
          actor: run.requester,
          via: run.via,
          ...aboutRun(run),
          facts: {
            command: run.command,
            ...whereOf(run),
            ...(outcome.problem === undefined ? {} : { problem: outcome.problem }),
            ...(run.isPlanOnly ? { isPlanOnly: true } : {}),
          },
        },
      ]);
    });
    context.onSettled(run, state);
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
  }
}
