import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, PreparedCall, RunContext, StepCall, StepOptions } from '../../command.ts';
import { CountersignError, Fault, Refusal, UnknownOutcome } from '../errors.ts';
import { canonical } from '../ledger/entry.ts';
import type { Run, StoredPlan } from '../run.ts';
import type { StepStart, Store } from '../store.ts';

/** Another process has taken the run up, or it was settled meanwhile: stop without a trace. */
export class RunLost extends Error {}

/** Somebody wants the run, or everything, to stop; nothing more is begun. */
export class RunStopped extends Error {
  /** Undefined where only the wish was seen; the run knows whose it is. */
  readonly by: string | undefined;
  constructor(by?: string) {
    super('somebody wants it to stop');
    this.by = by;
  }
}

export interface StepRunnerContext {
  readonly store: Pick<Store, 'beginStep' | 'endStep'>;
  readonly newKey: () => string;
  /** No step begins once it is aborted; one that has begun is waited for. */
  readonly signal: AbortSignal;
  readonly timing: StepTiming;
}

export interface StepTiming {
  /** Before an outcome is called unknown. Default 30,000. */
  readonly timeoutMilliseconds: number;
  /** Attempts of a repeatable step in all, and the first wait between two; it doubles. */
  readonly attempts: number;
  readonly firstRetryMilliseconds: number;
  /** Looking for an outcome: how often, and for how long unless a command says otherwise. */
  readonly observeEveryMilliseconds: number;
  readonly observeForMilliseconds: number;
  /** How long the outcome of an effect is kept trying to be written while the database is away. */
  readonly writeForMilliseconds: number;
}

export const stepTiming: StepTiming = {
  timeoutMilliseconds: 30_000,
  attempts: 4,
  firstRetryMilliseconds: 250,
  observeEveryMilliseconds: 500,
  observeForMilliseconds: 30_000,
  writeForMilliseconds: 60_000,
};

export interface StepRunner extends Pick<RunContext<undefined>, 'step' | 'observe'> {
  /** Resolves when no call is under way any more. */
  idle(): Promise<void>;
  /** The first reason why nothing more was begun, whatever the command made of it. */
  readonly stopped: RunStopped | RunLost | undefined;
}

/**
 * Makes a run's effects one by one: written before the call leaves and after it came back, so that a process that
 * takes over knows which were made, and which may have been.
 */
export function stepRunner(
  run: Pick<Run, 'id' | 'command' | 'risk'>,
  executor: string,
  plan: Pick<StoredPlan, 'effects'>,
  context: StepRunnerContext,
): StepRunner {
  const { store, timing } = context;
  const underWay = new Set<Promise<unknown>>();
  let stopped: RunStopped | RunLost | undefined;

  const stop = (reason: RunStopped | RunLost): never => {
    stopped ??= reason;
    throw reason;
  };

  async function make<Outcome extends Json>(
    name: string,
    call: PreparedCall<Outcome> | ((call: StepCall) => Promise<Outcome>),
    options: StepOptions,
  ): Promise<Outcome> {
    const isRepeatable = options.repeatable ?? (typeof call === 'object' && call.isRepeatable);
    refuseUnsigned(run, plan, name, call, isRepeatable);
    if (stopped !== undefined) throw stopped;
    context.signal.throwIfAborted();
    const isEffect = plan.effects.some(({ step }) => step === name);
    const start = await store.beginStep({
      runId: run.id,
      executor,
      name,
      isRepeatable,
      isEffect,
      newKey: context.newKey(),
    });
    if (start.kind === 'lost') return stop(new RunLost());
    if (start.kind === 'stopped') return stop(new RunStopped(start.by));
    if (start.kind === 'ended') return outcomeOf<Outcome>(name, start);
    if (start.isAgain && !isRepeatable) {
      const problem = `"${name}" was begun by a process that is gone, and nobody saw how it ended.`;
      await write(name, { state: 'unknown', problem });
      throw new UnknownOutcome('outcome_lost', problem);
    }
    const send = typeof call === 'object' ? (given: StepCall) => call.send(given) : call;
    const attempts = isRepeatable ? timing.attempts : 1;
    // A process that is gone may have sent it, and so may an attempt nobody saw the end of.
    let mayHaveHappened = isEffect && start.isAgain;
    for (let attempt = 1; ; attempt++) {
      let outcome: Outcome;
      try {
        outcome = await withTimeout(name, send, start.idempotencyKey, options);
      } catch (thrown) {
        const told = isRepeatable || thrown instanceof CountersignError ? thrown : inDoubt(name, thrown);
        const error = mayHaveHappened ? stillInDoubt(name, told) : told;
        mayHaveHappened ||= isEffect && told instanceof UnknownOutcome;
        const isWorthRetrying = told instanceof Fault || told instanceof UnknownOutcome;
        if (isWorthRetrying && attempt < attempts && !context.signal.aborted) {
          // Full jitter: those who failed together do not come back together.
          const wait = timing.firstRetryMilliseconds * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
          await sleep(wait, undefined, { signal: context.signal }).catch(() => undefined);
          continue;
        }
        const problem = problemOf(error);
        await write(name, { state: error instanceof UnknownOutcome ? 'unknown' : 'failed', problem });
        throw error;
      }
      // Not among what is caught above: an outcome that cannot be written is no outcome of the call.
      await write(name, { state: 'succeeded', outcome });
      return outcome;
    }
  }

  async function withTimeout<Outcome>(
    name: string,
    send: (call: StepCall) => Promise<Outcome>,
    idempotencyKey: string,
    { timeoutMilliseconds = timing.timeoutMilliseconds }: StepOptions,
  ): Promise<Outcome> {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    let onTimeout: (() => void) | undefined;
    const timeout = new Promise<never>((_, reject) => {
      onTimeout = () =>
        reject(
          new UnknownOutcome(
            'step_timeout',
            `"${name}" had no answer after ${timeoutMilliseconds / 1000} s; it may have happened.`,
          ),
        );
      signal.addEventListener('abort', onTimeout, { once: true });
    });
    const sending = send({ idempotencyKey, signal });
    sending.catch(() => undefined);
    try {
      return await Promise.race([sending, timeout]);
    } finally {
      signal.removeEventListener('abort', onTimeout!);
    }
  }

  /** The effect has been made: its outcome is written however long the database is away, within reason. */
  async function write(
    name: string,
    end: { state: 'succeeded' | 'failed' | 'unknown'; outcome?: Json; problem?: string },
  ): Promise<void> {
    const deadline = performance.now() + timing.writeForMilliseconds;
    for (let wait = timing.firstRetryMilliseconds; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        if (await store.endStep({ runId: run.id, executor, name, ...end })) return;
        return stop(new RunLost());
      } catch (error) {
        if (error instanceof RunLost || performance.now() > deadline) throw error;
        await sleep(wait);
      }
    }
  }

  function tracked<Result>(work: Promise<Result>): Promise<Result> {
    underWay.add(work);
    const done = () => void underWay.delete(work);
    work.then(done, done);
    return work;
  }

  return {
    step: (name, call, options = {}) => tracked(make(name, call, options)),
    observe: async (name, look, { deadlineMilliseconds = timing.observeForMilliseconds } = {}) => {
      const seen = await tracked(
        make(
          name,
          async ({ signal }) => {
            const until = AbortSignal.any([signal, context.signal]);
            return { seen: (await poll(look, until, deadlineMilliseconds, timing)) ?? null } as Json;
          },
          { repeatable: true, timeoutMilliseconds: deadlineMilliseconds + timing.timeoutMilliseconds },
        ),
      );
      const value = (seen as { seen: unknown }).seen;
      return value === null ? undefined : (value as never);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    get stopped() {
      return stopped;
    },
  };
}

/** What may be sent is what was signed: under that name, and to the letter. */
function refuseUnsigned(
  run: Pick<Run, 'command' | 'risk'>,
  plan: Pick<StoredPlan, 'effects'>,
  name: string,
  call: PreparedCall | unknown,
  isRepeatable: boolean,
): void {
  const isPrepared = typeof call === 'object';
  const effect = plan.effects.find(({ step }) => step === name);
  // A function that may be repeated freely only looks.
  if (effect === undefined && isRepeatable && !isPrepared) return;
  if (run.risk === 'read') {
    throw new Fault(
      'step_in_read',
      `"${run.command}" is declared risk: 'read' but asked for the step "${name}". Nothing was sent. Declare its true risk.`,
    );
  }
  if (effect === undefined) {
    throw new Fault(
      'unsigned_step',
      `"${run.command}" asked for the step "${name}", which is not among the effects of its plan. Nothing was sent.`,
    );
  }
  if (isPrepared && canonical((call as PreparedCall).call) !== canonical(effect.call)) {
    throw new Fault(
      'unsigned_call',
      `The call of step "${name}" is not the one that was signed. Nothing was sent. Ask again.`,
    );
  }
}

function outcomeOf<Outcome>(name: string, ended: Extract<StepStart, { kind: 'ended' }>): Outcome {
  if (ended.state === 'succeeded') return ended.outcome as Outcome;
  const problem = ended.problem ?? `"${name}" ended ${ended.state} before.`;
  if (ended.state === 'unknown') throw new UnknownOutcome('outcome_unknown', problem);
  throw new Refusal('step_failed', problem);
}

/** What broke, broke before the call left or after it: nobody can tell. */
function inDoubt(name: string, cause: unknown): UnknownOutcome {
  return new UnknownOutcome(
    'step_broke',
    `Something broke on our side during "${name}"; it may have happened.`,
    { cause },
  );
}

/** A no, or "nothing was sent", is about the last attempt only: an earlier one may be what it now objects to. */
function stillInDoubt(name: string, cause: unknown): UnknownOutcome {
  if (cause instanceof UnknownOutcome) return cause;
  return new UnknownOutcome(
    'outcome_lost',
    `An earlier attempt of "${name}" had no answer, so it may have happened; the last one: ${problemOf(cause)}`,
    { cause },
  );
}

function problemOf(error: unknown): string {
  return error instanceof CountersignError ? error.message : 'Something broke on our side.';
}

async function poll<Seen>(
  look: (signal: AbortSignal) => Promise<Seen | undefined>,
  signal: AbortSignal,
  deadlineMilliseconds: number,
  { observeEveryMilliseconds }: StepTiming,
): Promise<Seen | undefined> {
  const deadline = performance.now() + deadlineMilliseconds;
  for (;;) {
    // A target that cannot be read just now may be read in a moment; what was never seen is "not seen".
    const seen = await look(signal).catch((error: unknown) => {
      if (error instanceof CountersignError) return undefined;
      throw error;
    });
    if (seen !== undefined) return seen;
    if (performance.now() + observeEveryMilliseconds > deadline) return undefined;
    await sleep(observeEveryMilliseconds, undefined, { signal });
  }
}
