import type { Run } from './run.ts';
import { answer } from './speak.ts';
import type { Store } from './store.ts';
import type { Line } from './text.ts';

export interface ProgressTiming {
  /** What is still going on after this shows how far it is; a faster one shows its end only. */
  readonly progressAfterMilliseconds: number;
  /** Progress is shown at most this often (design: every 3 s per message). */
  readonly progressEveryMilliseconds: number;
}

export const progressTiming: ProgressTiming = {
  progressAfterMilliseconds: 1_500,
  progressEveryMilliseconds: 3_000,
};

interface ProgressContext {
  readonly store: Store;
  readonly timing?: ProgressTiming;
  readonly onFault: (error: unknown, run: Run) => void;
}

/** Shows the latest progress line at most every few seconds, and notices when the run was lost. */
export function progressReporter(
  run: Run,
  executor: string,
  context: ProgressContext,
  onHalt: (why: 'lost' | 'must_stop') => void,
) {
  const { progressAfterMilliseconds, progressEveryMilliseconds } = context.timing ?? progressTiming;
  let latest: Line | undefined;
  let shown: Line | undefined;
  let hasShown = false;
  let isEnded = false;
  const flush = async () => {
    const line = latest ?? (run.digest === undefined ? 'Reading…' : 'Working…');
    const state = await context.store.transaction(async (transaction) => {
      // Also when there is nothing new: it is how a lost run is noticed, and a wish to stop.
      const going = await transaction.setProgress(run.id, executor, line);
      if (going === 'lost' || line === shown) return going;
      // A change has cards of its own, posted when it was asked for.
      if (run.digest !== undefined) transaction.refresh(run.id, 'progress');
      else for (const message of answer(run)) transaction.want({ ...message, urgency: 'progress' });
      hasShown = true;
      return going;
    });
    if (state !== 'going_on') return onHalt(state);
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
