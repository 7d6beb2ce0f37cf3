/** How one call through the breaker ended. `abandoned`: by our own doing, which says nothing about the target. */
export type CallEnding = 'answered' | 'failed' | 'abandoned';

export interface CircuitBreaker {
  /** Call the result when the call has ended; a number instead: closed to calls for that many milliseconds more. */
  enter(): ((ending: CallEnding) => void) | number;
}

/**
 * Stops calling a target that does not answer: people learn at once instead of after a timeout each, and the
 * target is not held down by retries. After the pause one call tries; its end decides for the others.
 */
export function createCircuitBreaker(options: {
  readonly failures: number;
  readonly openMilliseconds: number;
  readonly now: () => Date;
}): CircuitBreaker {
  const { failures, openMilliseconds, now } = options;
  let failedInARow = 0;
  let openedAt: number | undefined;
  let isTrying = false;

  return {
    enter() {
      let isTheTry = false;
      if (openedAt !== undefined) {
        const left = openedAt + openMilliseconds - now().getTime();
        // A clock set back must not keep the target shut for longer than the pause.
        if (left > 0) return Math.min(left, openMilliseconds);
        if (isTrying) return openMilliseconds;
        isTrying = true;
        isTheTry = true;
      }
      return (ending) => {
        if (isTheTry) isTrying = false;
        if (ending === 'abandoned') return;
        if (ending === 'answered') {
          failedInARow = 0;
          openedAt = undefined;
          return;
        }
        failedInARow += 1;
        // Those that were under way when it opened must not prolong the pause.
        if (isTheTry || (openedAt === undefined && failedInARow >= failures)) openedAt = now().getTime();
      };
    },
  };
}
