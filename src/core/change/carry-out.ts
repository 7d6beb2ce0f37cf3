import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, Report } from '../../command.ts';
import { CountersignError, UnknownOutcome } from '../errors.ts';
import { progressReporter } from '../progress-reporter.ts';
import { aboutRun, type Run, type RunState, type Step } from '../run.ts';
import { answer } from '../speak.ts';
import { Superseded, type Transaction } from '../store.ts';
import { commandOf, surroundingsOf } from '../surroundings.ts';
import type { Line } from '../text.ts';
import { whereOf } from './ask.ts';
import { changeDeadlineMilliseconds, type GuardContext } from './guard-context.ts';
import { planFor } from './make-plan.ts';
import { tellRequester } from './speak-change.ts';
import { RunLost, RunStopped, type StepRunner, stepRunner, stepTiming } from './step-runner.ts';

type Outcome = {
  readonly state: Extract<RunState, 'succeeded' | 'failed' | 'unknown' | 'cancelled'>;
  readonly report?: Report;
  readonly problem?: string;
  readonly endedBy?: string;
};

/**
 * Makes a begun run's effects and settles it. A step in flight is always waited for: its outcome is worth most.
 * @returns the state it ended in here; undefined when it was lost to another process.
 */
export async function carryOut(
  run: Run,
  executor: string,
  context: GuardContext,
): Promise<RunState | undefined> {
  const halted = new AbortController();
  const deadline = AbortSignal.timeout(changeDeadlineMilliseconds);
  const signal = AbortSignal.any([context.stopping, halted.signal, deadline]);
  const progress = progressReporter(run, executor, context, (why) =>
    halted.abort(why === 'lost' ? new RunLost() : new RunStopped()),
  );
  const steps = stepRunner(run, executor, run.performed!, {
    store: context.store,
    newKey: randomUUID,
    signal,
    timing: context.stepTiming ?? stepTiming,
  });
  const ended = await endOf(run, context, signal, steps, progress.show);
  progress.end();
  await steps.idle();
  if (steps.stopped instanceof RunLost || halted.signal.reason instanceof RunLost) return undefined;
  // Left as it is: whoever takes it up goes on after the last finished step.
  if (context.stopping.aborted && !('report' in ended)) throw context.stopping.reason;
  if ('error' in ended && !(ended.error instanceof CountersignError)) context.onFault(ended.error, run);
  return settleChange(run, executor, context, (done, current) =>
    outcomeOf(ended, steps, done, current, deadline),
  );
}

/** A person who cancels waits for it; calling off a workflow at GitHub takes seconds. */
const graceMilliseconds = 20_000;

type End =
  | { readonly report: Report /** Somebody wanted it to stop. */; readonly isStopped?: true }
  | { readonly error: unknown };

async function endOf(
  run: Run,
  context: GuardContext,
  signal: AbortSignal,
  steps: StepRunner,
  progress: (line: Line) => void,
): Promise<End> {
  const { performed } = run;
  let running: Promise<Report>;
  try {
    const command = commandOf(run, context.commands);
    // Clients of their own: an effect in flight ends by its step's time, never with the run's signal.
    const surroundings = surroundingsOf(run, command, context, signal);
    const plan = { ...planFor(performed!), args: performed!.args };
    const { step, observe } = steps;
    const given = { ...surroundings, step, observe, progress };
    running = command.definition.run(plan as never, given as never);
  } catch (error) {
    return { error };
  }
  running.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  try {
    return { report: await Promise.race([running, aborted]) };
  } catch (error) {
    // What it began elsewhere it may have to call off there, and say so.
    if (error instanceof RunStopped) {
      const report = await Promise.race([
        running.catch(() => undefined),
        sleep(graceMilliseconds, undefined, { ref: false }),
      ]);
      return report === undefined ? { error } : { report, isStopped: true };
    }
    // A command heeds its signal between steps; one that does not is not waited for past the step in flight.
    return { error };
  }
}

function outcomeOf(
  ended: End,
  steps: StepRunner,
  done: readonly Step[],
  run: Run,
  deadline: AbortSignal,
): Outcome {
  // Only effects can have happened unseen; a look that was cut short has changed nothing.
  const effects = new Set(run.performed?.effects.map(({ step }) => step));
  const lost = done.filter(
    ({ name, state }) => effects.has(name) && (state === 'unknown' || state === 'begun'),
  );
  const report = 'report' in ended ? ended.report : undefined;
  const withReport = report === undefined ? {} : { report };
  if (lost.length > 0) {
    const [first] = lost;
    const why = first?.problem ?? `the outcome of "${first?.name}" is not known`;
    const others = lost.length === 1 ? '' : ` (and ${lost.length - 1} more)`;
    return { state: 'unknown', ...withReport, problem: `${why}${others}` };
  }
  const stop = steps.stopped instanceof RunStopped ? steps.stopped : undefined;
  const isStopped = 'report' in ended ? ended.isStopped === true : ended.error instanceof RunStopped;
  if (stop !== undefined || isStopped) {
    const by = run.cancelRequestedBy ?? stop?.by;
    return {
      state: 'cancelled',
      ...withReport,
      ...(by === undefined ? {} : { endedBy: by }),
      problem: `${run.cancelRequestedBy === undefined ? 'Stopped by a lockdown' : 'Cancelled'} between steps. ${doneSentence(done)}`,
    };
  }
  if ('report' in ended) return { state: 'succeeded', report: ended.report };
  const { error } = ended;
  if (error instanceof UnknownOutcome) return { state: 'unknown', problem: error.message };
  const why = deadline.aborted && error === deadline.reason ? tooLate : sentenceOf(error, run);
  const made = done.filter(({ state }) => state === 'succeeded');
  return { state: 'failed', problem: made.length === 0 ? why : `${why} ${doneSentence(done)}` };
}

const tooLate = `It was still going on after ${changeDeadlineMilliseconds / 60_000} minutes and was stopped between steps.`;

function sentenceOf(error: unknown, run: Run): string {
  if (error instanceof CountersignError) return error.message;
  return `Something broke on our side. The log has it under ${run.correlationId}.`;
}

/**
 * Ends a run whose process died too often: carrying it out may be what kills them. What had begun without an end
 * is unknown.
 */
export async function settleGivenUp(
  run: Run,
  executor: string,
  context: GuardContext,
): Promise<RunState | undefined> {
  return settleChange(run, executor, context, (done) => {
    const effects = new Set(run.performed?.effects.map(({ step }) => step));
    const isOpen = done.some(
      ({ name, state }) => effects.has(name) && (state === 'begun' || state === 'unknown'),
    );
    const problem = `The process carrying this out stopped too often, so it is not tried again. ${doneSentence(done)}`;
    return { state: isOpen ? 'unknown' : 'failed', problem };
  });
}

/** What has already happened, which nobody may guess at. */
export function doneSentence(steps: readonly Step[]): string {
  const made = steps.filter(({ state, isRepeatable }) => state === 'succeeded' && !isRepeatable);
  if (made.length === 0) return 'Nothing had been changed.';
  if (made.length > 5) return `Already done: ${made.length} calls; /ops run lists them.`;
  return `Already done: ${made.map(({ name }) => name).join(', ')}.`;
}

/** A list of every call is kept in the steps; what is hashed for ever stays small. */
const mostStepsOnRecord = 50;

/** Settles a run that is executing under `executor`, from its steps as they stand in the deciding transaction. */
async function settleChange(
  run: Run,
  executor: string,
  context: GuardContext,
  decide: (steps: readonly Step[], run: Run) => Outcome,
): Promise<RunState | undefined> {
  let state: RunState | undefined;
  try {
    await context.store.transaction(async (transaction) => {
      const current = await transaction.lockRun(run.id);
      if (current?.state !== 'executing' || current.executor !== executor) return;
      const steps = await transaction.manySteps(run.id);
      const { state: to, ...changes } = decide(steps, current);
      state = to;
      await settle(current, to, changes, steps, executor, context, transaction);
    });
  } catch (error) {
    // Taken over, or settled by somebody else: theirs to tell.
    if (!(error instanceof Superseded)) throw error;
  }
  if (state !== undefined) context.onSettled(run, state);
  return state;
}

/** Everything that comes with the end of a change: messages, the next one waiting for its lock, the record. */
async function settle(
  run: Run,
  state: Outcome['state'],
  changes: Omit<Outcome, 'state'>,
  steps: readonly Step[],
  executor: string,
  context: Pick<GuardContext, 'countPages' | 'now'>,
  transaction: Transaction,
): Promise<void> {
  transaction.settleRun(run.id, state, changes, executor);
  const settled: Run = { ...run, ...changes, state, progress: undefined, finishedAt: context.now() };
  // Those who signed are told how it ended; the others were told when it was decided.
  const approvals = await transaction.manyApprovals(run.id);
  transaction.refresh(
    run.id,
    'decision',
    approvals.map(({ signer }) => signer),
  );
  for (const message of detailsOf(settled, context)) transaction.want(message);
  if (state !== 'unknown') await letTheNextGo(run, transaction);
  if (run.risk === 'dangerous') transaction.addCheckpoint(`run ${run.id}`);
  transaction.record([
    {
      kind: `run.${state}`,
      actor: changes.endedBy ?? run.requester,
      via: run.via,
      ...aboutRun(run),
      facts: {
        command: run.command,
        ...whereOf(run),
        digest: run.digest ?? '',
        ...(changes.report === undefined
          ? {}
          : { status: changes.report.status, headline: changes.report.headline }),
        ...(changes.problem === undefined ? {} : { problem: changes.problem }),
        steps: stepFacts(steps),
        ...(run.attempt > 1 ? { attempt: run.attempt } : {}),
      },
    },
  ]);
}

/** What the card has no room for, in its thread. In an incident's a change is its card, and the rest is behind its ⋯. */
export function detailsOf(run: Run, context: Pick<GuardContext, 'countPages'>) {
  if (run.incidentId !== undefined) return [];
  return answer(run, context.countPages).filter(({ id }) => id.includes(':details:'));
}

function stepFacts(steps: readonly Step[]): JsonObject {
  if (steps.length <= mostStepsOnRecord) {
    return Object.fromEntries(steps.map(({ name, state }) => [name, state]));
  }
  const counts: Record<string, number> = {};
  for (const { state } of steps) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Starts those who wait for this run's lock, and tells them; the first to begin takes it. */
export async function letTheNextGo(
  run: Pick<Run, 'target' | 'lockKey' | 'requester'>,
  transaction: Transaction,
): Promise<void> {
  for (const next of await transaction.manyWaitingForLock(run)) {
    transaction.addJob('execute', next.id);
    for (const message of tellRequester(next, 'lock_is_free', run.requester)) transaction.want(message);
  }
}
