import { type BucketState, takeFromAll } from '../core/pacing.ts';

/** Deliveries of each source in this process: a minute's worth at once, refilled evenly. */
export interface DeliveryBudget {
  /** 0: taken. Else nothing is taken, and so many milliseconds from now there is one. */
  waitMilliseconds(source: string, perMinute: number, at: Date): number;
}

export function deliveryBudget(): DeliveryBudget {
  const states = new Map<string, BucketState>();
  return {
    waitMilliseconds(source, perMinute, at) {
      const bucket = { key: source, capacity: perMinute, refillPerSecond: perMinute / 60, leave: 0 };
      const taken = takeFromAll([bucket], (key) => states.get(key), at.getTime());
      for (const [key, state] of taken.states) states.set(key, state);
      return taken.waitMilliseconds;
    },
  };
}
