import { type Reading, readable } from './command-words.ts';
import { RunStopped } from './core/change/step-runner.ts';
import { type Line, link } from './core/text.ts';
import type { TargetKinds, WorkflowRun } from './target-kinds.ts';
import { clock } from './workflow-words.ts';

/** How `run-workflow` stays with what it has begun at GitHub; part of `command.ts`. */

type Workflows = TargetKinds['workflows']['workflows'];

const minute = 60_000;
/** GitHub lists a run within seconds of its dispatch, on bad days within a minute. */
export const locateMilliseconds = 90_000;
/** Everything has to be told before the hour that any change may take is over. */
export const followMilliseconds = 50 * minute;
/** Two reads each time, of five thousand an hour that a token has. */
const pauses = [1_000, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000] as const;
/** A cancel comes soon after the dispatch, or GitHub would have listed it. */
const cancelLocateMilliseconds = 15_000;

/** Somebody wants the run to stop; not so when a process only ends, or has lost the run to another. */
export function isStopWanted(signal: AbortSignal): boolean {
  return signal.reason instanceof RunStopped;
}

export interface Stopping {
  /** From now on it is known what to cancel. */
  knows(id: number): void;
  /** Settles when GitHub has been asked to cancel; at once when nobody wants it to stop. */
  done(): Promise<void>;
}

/**
 * A person's cancel cancels the run at GitHub too. A process that only stops, or has lost the run to another, leaves it going:
 * somebody else goes on following it.
 */
export function cancelWhenStopped(
  signal: AbortSignal,
  workflows: Workflows,
  locate: () => Promise<WorkflowRun | undefined>,
): Stopping {
  let known: number | undefined;
  let cancelling: Promise<void> = Promise.resolve();
  const cancel = async () => {
    const id = known ?? (await repeated(undefined, cancelLocateMilliseconds, locate))?.id;
    // Over already, or nothing to be found: there is nothing to cancel, and the run's card says what had been done.
    if (id !== undefined) await readable(workflows.cancel(id));
  };
  const onAbort = () => {
    if (isStopWanted(signal)) cancelling = cancel();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    knows: (id) => {
      known = id;
    },
    done: () => cancelling,
  };
}

/** Looks again and again until something is seen; what cannot be read just now may be in a moment. */
export async function repeated<Seen>(
  until: AbortSignal | undefined,
  milliseconds: number,
  look: () => Promise<Seen | undefined>,
  stopping?: Stopping,
): Promise<Seen | undefined> {
  const deadline = performance.now() + milliseconds;
  for (let tries = 0; ; tries += 1) {
    const looked = await readable(look());
    if ('value' in looked && looked.value !== undefined) return looked.value;
    const wait = pauses[Math.min(tries, pauses.length - 1)]!;
    if (performance.now() + wait > deadline) return undefined;
    await pause(wait, until);
    if (until?.aborted === true) {
      await stopping?.done();
      throw until.reason;
    }
  }
}

export async function followRun(
  workflows: Workflows,
  name: string,
  id: number,
  {
    until,
    progress,
    stopping,
    now,
  }: {
    readonly until: AbortSignal;
    readonly progress: (line: Line) => void;
    readonly stopping: Stopping;
    readonly now: () => Date;
  },
): Promise<{ readonly conclusion: string } | undefined> {
  return repeated(
    until,
    followMilliseconds,
    async () => {
      const [run, jobs] = await Promise.all([workflows.run(id), readable(workflows.jobs(id))]);
      progress(progressLine(name, run, jobs, now()));
      return run.status === 'completed' ? { conclusion: run.conclusion ?? 'unknown' } : undefined;
    },
    stopping,
  );
}

function progressLine(
  name: string,
  run: WorkflowRun,
  jobs: Reading<Awaited<ReturnType<Workflows['jobs']>>>,
  now: Date,
): Line {
  const all = 'value' in jobs ? jobs.value : [];
  const done = all.filter(({ status }) => status === 'completed').length;
  const current = all.find(({ status }) => status === 'in_progress');
  const of = all.length === 0 ? '' : `, ${done} of ${all.length} jobs done`;
  const at = current === undefined ? '' : `, ${current.name}`;
  const seconds = Math.max(0, Math.round((now.getTime() - run.startedAt.getTime()) / 1_000));
  return [`${name} is ${run.status}${of}${at} (${clock(seconds)}) `, link(run.url, 'at GitHub')];
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
