import type { Plan, Report } from '../command.ts';
import type { GuardContext } from './change/guard-context.ts';
import { RunLost } from './change/step-runner.ts';
import { CountersignError, Fault, Refusal, UnknownOutcome, UserMistake } from './errors.ts';
import { isAboutIncidents } from './incidents/own-commands.ts';
import { type ProgressTiming, progressReporter, progressTiming } from './progress-reporter.ts';
import type { RegisteredCommand } from './registered-command.ts';
import { aboutRun, type Run, type RunState, type StoredPlan } from './run.ts';
import { answer } from './speak.ts';
import { Superseded } from './store.ts';
import { surround } from './surroundings.ts';
import type { Line } from './text.ts';

export interface ReadContext extends GuardContext {
  /** Default {@link readTiming}. */
  readonly timing?: ReadTiming;
}

export interface ReadTiming extends ProgressTiming {
  /** Reads of millions of rows take minutes; a hung target must not hold a worker for ever. */
  readonly deadlineMilliseconds: number;
}

export const readTiming: ReadTiming = { ...progressTiming, deadlineMilliseconds: 15 * 60_000 };

/** A run whose process died this often is not tried again: it may be what kills them. */
const maxAttempts = 3;

/** Goes on with a read that was taken up as `executor`. */
export async function bringToEnd(run: Run, executor: string, context: ReadContext): Promise<void> {
  if (run.attempt > maxAttempts) {
    return settle(run, executor, context, 'failed', {
      problem: `The process running this stopped ${maxAttempts} times in a row, so it is not tried again. See the log for ${run.correlationId}.`,
    });
  }
  const { deadlineMilliseconds } = context.timing ?? readTiming;
  const lost = new AbortController();
  const progress = progressReporter(run, executor, context, () => lost.abort(new RunLost()));
  const deadline = AbortSignal.timeout(deadlineMilliseconds);
  const signal = AbortSignal.any([context.stopping, lost.signal, deadline]);
  try {
    const { plan, report } = await untilAborted(signal, perform(run, context, signal, progress.show));
    progress.end();
    await settle(run, executor, context, 'succeeded', { plan, report }, progress.hasShown());
  } catch (error) {
    progress.end();
    if (lost.signal.aborted) return;
    // Left for another process, or for this one after its restart, whatever else went wrong in that moment.
    if (context.stopping.aborted) throw context.stopping.reason;
    if (!isForPeople(error)) context.onFault(error, run);
    const isTooLate = deadline.aborted && error === deadline.reason;
    const outcome = {
      problem: isTooLate ? tooLateText(deadlineMilliseconds) : problemText(error, run),
      isRetryable: !isForPeople(error),
    };
    await settle(run, executor, context, stateAfter(error), outcome, progress.hasShown());
  }
}

/** Also ends the wait for a command that does not heed its signal: what it does from then on is its own affair. */
async function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', onAbort!);
    work.catch(() => undefined);
  }
}

async function perform(
  run: Run,
  context: ReadContext,
  signal: AbortSignal,
  progress: (line: Line) => void,
): Promise<{ plan: StoredPlan; report: Report }> {
  const { command, args, surroundings } = await surround(run, context, signal);
  const { definition } = command;
  const plan: Plan = (await definition.plan?.(
    args as never,
    { ...surroundings, frozen: undefined } as never,
  )) ?? { summary: [], data: run.input };
  const only = refuseSteps(command);
  const runContext = { ...surroundings, step: only, observe: only, progress };
  const report = await definition.run({ ...plan, args } as never, runContext as never);
  const { data, context: numbers = {}, summary, effects = [], warnings = [], action = '' } = plan;
  return { plan: { args: {}, data, context: numbers, summary, effects, warnings, action }, report };
}

/** A read declares no effects; one that tries to make one is refused before anything is sent. */
function refuseSteps(command: RegisteredCommand) {
  return async (name: string): Promise<never> => {
    throw new Fault(
      'step_in_read',
      `"${command.name}" is declared risk: 'read' but asked for the step "${name}". Nothing was sent. Declare its true risk.`,
    );
  };
}

async function settle(
  run: Run,
  executor: string,
  context: ReadContext,
  state: Extract<RunState, 'succeeded' | 'failed' | 'refused' | 'unknown'>,
  outcome: { plan?: StoredPlan; report?: Report; problem?: string; isRetryable?: boolean },
  hasShownProgress = false,
): Promise<void> {
  // Shown here, or by the process this run was taken over from.
  const hasCard = hasShownProgress || run.progress !== undefined;
  const settled: Run = { ...run, ...outcome, state, progress: undefined, finishedAt: context.now() } as Run;
  const decision = context.store.transaction(async (transaction) => {
    transaction.settleRun(run.id, state, outcome, executor);
    for (const message of answer(settled, context.countPages, { hasCard })) transaction.want(message);
    transaction.record([
      {
        kind: `run.${state}`,
        actor: run.requester,
        via: run.via,
        ...aboutRun(run),
        facts: {
          command: run.command,
          ...(run.target === undefined ? {} : { target: run.target, environment: run.environment ?? '' }),
          ...(outcome.report === undefined ? {} : { status: outcome.report.status }),
          ...wordsOnRecord(run, outcome),
          ...(run.attempt > 1 ? { attempt: run.attempt } : {}),
        },
      },
    ]);
  });
  try {
    await decision;
    context.onSettled(run, state);
  } catch (error) {
    // Taken over, or settled by somebody else: theirs to tell.
    if (!(error instanceof Superseded)) throw error;
  }
}

/**
 * Titles and notes stand in what commands about incidents answer. They must not be kept for ever: the entries of what these
 * commands did commit to them.
 */
function wordsOnRecord(
  { command }: Run,
  { report, problem }: { readonly report?: Report; readonly problem?: string },
): { readonly headline?: string; readonly problem?: string } {
  if (isAboutIncidents(command)) return {};
  return {
    ...(report === undefined ? {} : { headline: report.headline }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function stateAfter(error: unknown): 'failed' | 'refused' | 'unknown' {
  if (error instanceof Refusal || error instanceof UserMistake) return 'refused';
  return error instanceof UnknownOutcome ? 'unknown' : 'failed';
}

function isForPeople(error: unknown): boolean {
  return error instanceof Refusal || error instanceof UserMistake;
}

function problemText(error: unknown, run: Run): string {
  if (error instanceof CountersignError) return error.message;
  return `Something broke on our side. The log has it under ${run.correlationId}.`;
}

function tooLateText(deadlineMilliseconds: number): string {
  return `It was still running after ${deadlineMilliseconds / 60_000} minutes and was stopped.`;
}
