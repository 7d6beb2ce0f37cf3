import type {
  Countersign,
  Json,
  JsonObject,
  Plan,
  Report,
  RunContext,
  TargetKind,
  TargetKinds,
} from '../command.ts';
import { CountersignError, Fault, Refusal, UnknownOutcome, UserMistake } from './errors.ts';
import type { Commands, RegisteredCommand } from './registered-command.ts';
import { resolveReferences } from './resolve-references.ts';
import type { Run, RunState } from './run.ts';
import { answer, type CountPages } from './speak.ts';
import { type Store, Superseded } from './store.ts';
import { type Line, plainText } from './text.ts';

export interface ExecuteContext {
  readonly store: Store;
  readonly commands: Commands;
  /** The client of a configured target. @throws Fault when it is no longer configured. */
  target<Kind extends TargetKind>(kind: Kind, name: string, correlationId: string): TargetKinds[Kind];
  services(run: Run): Countersign;
  readonly countPages: CountPages;
  readonly now: () => Date;
  readonly newExecutor: () => string;
  /** Aborted when the process is stopping: the run is left for another process. */
  readonly stopping: AbortSignal;
  /** For the log: a run has come to its end here. */
  readonly onSettled: (run: Run, state: RunState) => void;
  /** Faults with their stack, which people never see. */
  readonly onFault: (error: unknown, run: Run) => void;
  /** Default {@link executeTiming}. */
  readonly timing?: ExecuteTiming;
}

export interface ExecuteTiming {
  /** A read that is still running after this shows a progress card; a faster one posts its answer only. */
  readonly progressAfterMilliseconds: number;
  /** Progress is shown at most this often (design: every 3 s per message). */
  readonly progressEveryMilliseconds: number;
  /** Reads of millions of rows take minutes; a hung target must not hold a worker for ever. */
  readonly deadlineMilliseconds: number;
}

export const executeTiming: ExecuteTiming = {
  progressAfterMilliseconds: 1_500,
  progressEveryMilliseconds: 3_000,
  deadlineMilliseconds: 15 * 60_000,
};
/** A run whose process died this often is not tried again: it may be what kills them. */
const maxAttempts = 3;

/** Another process has taken the run up, or it was settled meanwhile: stop without a trace. */
class RunLost extends Error {}

/**
 * Takes a read up and brings it to its end. Safe to call again after a kill: reads start over under a new
 * executor token, and whoever held the old one can no longer write.
 */
export async function execute(runId: string, context: ExecuteContext): Promise<void> {
  const executor = context.newExecutor();
  const run = await context.store.transaction(async (transaction) => {
    const taken = await transaction.moveRun(runId, ['planned', 'executing'], 'executing', { executor });
    if (taken !== undefined && taken.attempt > 1) {
      const { command, attempt } = taken;
      transaction.record([
        { kind: 'run.taken_over', actor: 'countersign', via: 'job', runId, facts: { command, attempt } },
      ]);
    }
    return taken;
  });
  if (run !== undefined) await bringToEnd(run, executor, context);
}

/** Goes on with a read that was taken up as `executor`. */
export async function bringToEnd(run: Run, executor: string, context: ExecuteContext): Promise<void> {
  if (run.attempt > maxAttempts) {
    return settle(run, executor, context, 'failed', {
      problem: `The process running this stopped ${maxAttempts} times in a row, so it is not tried again. See the log for ${run.correlationId}.`,
    });
  }
  const { deadlineMilliseconds } = context.timing ?? executeTiming;
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
  context: ExecuteContext,
  signal: AbortSignal,
  progress: (line: Line) => void,
): Promise<{ plan: JsonObject; report: Report }> {
  const command = context.commands.get(run.command);
  if (command === undefined) {
    throw new Fault('unknown_command', `The command "${run.command}" is no longer loaded in this process.`);
  }
  const { definition } = command;
  const target =
    definition.needs === undefined || run.target === undefined
      ? undefined
      : context.target(definition.needs, run.target, run.correlationId);
  const args = await resolveReferences(definition, run.input, target);
  const surroundings = {
    target: target as never,
    requester: { id: run.requester, via: run.via },
    countersign: context.services(run),
    now: context.now,
    signal,
  };
  const plan: Plan = (await definition.plan?.(args, surroundings)) ?? { summary: [], data: run.input };
  const runContext: RunContext<undefined> = { ...surroundings, step: refuseSteps(command), progress };
  const report = await definition.run({ ...plan, args }, runContext as never);
  return {
    plan: {
      data: plan.data,
      context: plan.context ?? {},
      summary: plan.summary.map((line) => plainText(line)),
    },
    report,
  };
}

/** A read declares no effects; one that tries to make one is refused before anything is sent. */
function refuseSteps(command: RegisteredCommand) {
  return async <Outcome extends Json>(name: string): Promise<Outcome> => {
    throw new Fault(
      'step_in_read',
      `"${command.name}" is declared risk: 'read' but asked for the step "${name}". Nothing was sent. Declare its true risk.`,
    );
  };
}

async function settle(
  run: Run,
  executor: string,
  context: ExecuteContext,
  state: Extract<RunState, 'succeeded' | 'failed' | 'refused' | 'unknown'>,
  outcome: { plan?: JsonObject; report?: Report; problem?: string; isRetryable?: boolean },
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
        runId: run.id,
        facts: {
          command: run.command,
          ...(run.target === undefined ? {} : { target: run.target, environment: run.environment ?? '' }),
          ...(outcome.report === undefined
            ? {}
            : { status: outcome.report.status, headline: outcome.report.headline }),
          ...(outcome.problem === undefined ? {} : { problem: outcome.problem }),
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

/** Shows the latest progress line at most every few seconds, and notices when the run was lost. */
function progressReporter(run: Run, executor: string, context: ExecuteContext, onLost: () => void) {
  const { progressAfterMilliseconds, progressEveryMilliseconds } = context.timing ?? executeTiming;
  let latest: Line | undefined;
  let shown: Line | undefined;
  let hasShown = false;
  let isEnded = false;
  const flush = async () => {
    const line = latest ?? 'Reading…';
    const isOurs = await context.store.transaction(async (transaction) => {
      // Also when there is nothing new: it is how a lost run is noticed.
      if (!(await transaction.setProgress(run.id, executor, line))) return false;
      if (line === shown) return true;
      for (const message of answer(run)) transaction.want({ ...message, urgency: 'progress' });
      hasShown = true;
      return true;
    });
    if (!isOurs) return onLost();
    shown = line;
  };
  let isFlushing = false;
  const tick = () => {
    if (isEnded || isFlushing) return;
    isFlushing = true;
    flush()
      // A progress line that cannot be stored is no reason to stop the run; its end will be.
      .catch((error) => context.onFault(error, run))
      .finally(() => {
        isFlushing = false;
      });
  };
  let interval: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    tick();
    interval = setInterval(tick, progressEveryMilliseconds);
  }, progressAfterMilliseconds);
  return {
    show: (line: Line) => {
      latest = line;
    },
    hasShown: () => hasShown,
    end: () => {
      isEnded = true;
      clearTimeout(first);
      clearInterval(interval);
    },
  };
}
