import {
  type Bucket,
  type BucketState,
  bucketsFor,
  type Pacing,
  type PacingSettings,
  takeFromAll,
} from '../core/pacing.ts';

/** {@link Pacing} in this process: exact for one process; several without Redis each have the whole budget. */
export function createMemoryPacing(options: {
  readonly settings: () => PacingSettings;
  /** Milliseconds that never run backwards. Default: `performance.now`. */
  readonly clock?: () => number;
}): Pacing {
  const { settings, clock = () => performance.now() } = options;
  const states = new Map<string, BucketState & { readonly fullAtMilliseconds: number }>();
  const pausedUntil = new Map<string, number>();
  let sweepAtMilliseconds = 0;

  return {
    async waitMilliseconds(call) {
      const now = clock();
      const pauseLeft = (pausedUntil.get(call.method) ?? 0) - now;
      if (pauseLeft > 0) return Math.ceil(pauseLeft);
      const buckets = bucketsFor(call, settings());
      const taken = takeFromAll(buckets, (key) => states.get(key), now);
      for (const bucket of buckets) {
        const state = taken.states.get(bucket.key);
        if (state !== undefined)
          states.set(bucket.key, { ...state, fullAtMilliseconds: fullAt(bucket, state) });
      }
      if (now >= sweepAtMilliseconds) {
        sweepAtMilliseconds = now + 60_000;
        forgetFull(now);
      }
      return taken.waitMilliseconds;
    },
    async pause(method, milliseconds) {
      const until = clock() + milliseconds;
      pausedUntil.set(method, Math.max(until, pausedUntil.get(method) ?? 0));
    },
  };

  /** A full bucket is the same as none; keeping one per channel and message ever seen would grow for ever. */
  function forgetFull(now: number): void {
    for (const [key, state] of states) if (state.fullAtMilliseconds <= now) states.delete(key);
  }
}

function fullAt(bucket: Bucket, state: BucketState): number {
  return state.atMilliseconds + ((bucket.capacity - state.tokens) / bucket.refillPerSecond) * 1000;
}
