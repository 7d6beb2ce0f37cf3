import type { VolatileStore } from '../core/volatile-store.ts';

interface Slot {
  text: string;
  readonly expiresAtMilliseconds: number;
}

/** More than a busy workspace needs; a bound so that a flood of new keys cannot fill the process's memory. */
const defaultMostKeys = 50_000;

/** {@link VolatileStore} in this process: right for one process, and what a lost Redis falls back to. */
export function createMemoryStore(
  options: {
    /** Milliseconds that never run backwards. Default: `performance.now`. */
    readonly clock?: () => number;
    /** The oldest keys go first beyond this. Default 50,000. */
    readonly mostKeys?: number;
  } = {},
): VolatileStore {
  const { clock = () => performance.now(), mostKeys = defaultMostKeys } = options;
  const slots = new Map<string, Slot>();

  const maybeSlot = (key: string): Slot | undefined => {
    const slot = slots.get(key);
    if (slot === undefined || clock() < slot.expiresAtMilliseconds) return slot;
    slots.delete(key);
    return undefined;
  };
  const put = (key: string, text: string, lifetimeMilliseconds: number): void => {
    // Deleting first moves the key to the end of the map, which is the order of eviction.
    slots.delete(key);
    slots.set(key, { text, expiresAtMilliseconds: clock() + lifetimeMilliseconds });
    if (slots.size > mostKeys) evict();
  };
  const evict = (): void => {
    for (const key of slots.keys()) maybeSlot(key);
    for (const key of slots.keys()) {
      // A tenth at once: sweeping all slots for each single new key would be quadratic.
      if (slots.size <= mostKeys * 0.9) return;
      slots.delete(key);
    }
  };

  return {
    async maybeText(key) {
      return maybeSlot(key)?.text;
    },
    async setText(key, text, lifetimeMilliseconds) {
      put(key, text, lifetimeMilliseconds);
    },
    async delete(key) {
      slots.delete(key);
    },
    async claim(key, lifetimeMilliseconds) {
      if (maybeSlot(key) !== undefined) return false;
      put(key, '1', lifetimeMilliseconds);
      return true;
    },
    async count(key, windowMilliseconds) {
      const slot = maybeSlot(key);
      if (slot === undefined) {
        put(key, '1', windowMilliseconds);
        return 1;
      }
      slot.text = String(Number(slot.text) + 1);
      return Number(slot.text);
    },
  };
}
