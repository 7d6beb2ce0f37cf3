/** Limits how many calls are under way at once; the others wait in the order they came. */
export interface Slots {
  /**
   * @returns what gives the slot back; undefined when `signal` was aborted first.
   */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();

  const giveBackOnce = (): (() => void) => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next();
    };
  };

  return {
    async take(signal) {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free -= 1;
        return giveBackOnce();
      }
      return new Promise((resolve) => {
        const onTurn = (): void => {
          waiting.delete(onTurn);
          signal.removeEventListener('abort', onAbort);
          resolve(giveBackOnce());
        };
        const onAbort = (): void => {
          waiting.delete(onTurn);
          resolve(undefined);
        };
        waiting.add(onTurn);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
