/**
 * What may be lost: caches, counters and claims. Nothing a decision rests on may live only here: every value
 * can vanish at any moment, and another process may not see it.
 *
 * Every implementation puts the workspace id in front of every key. No method rejects: where the shared store
 * cannot be reached, the process's own memory answers.
 */
export interface VolatileStore {
  maybeText(key: string): Promise<string | undefined>;
  setText(key: string, text: string, lifetimeMilliseconds: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** True for the first caller within the lifetime; only saves work, since two callers may both be first. */
  claim(key: string, lifetimeMilliseconds: number): Promise<boolean>;
  /** Counts up and returns the count; the window begins with the first call and ends by itself. */
  count(key: string, windowMilliseconds: number): Promise<number>;
}
