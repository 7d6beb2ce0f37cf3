import { setTimeout as pause } from 'node:timers/promises';

/** Often enough that no test is slower for it. */
const POLL_MILLISECONDS = 10;

export interface UntilOptions {
  /** Default 5,000: long on an idle machine, and still short of a test's own limit on a busy one. */
  readonly deadlineMilliseconds?: number;
  /** Completes "Timed out waiting for …". */
  readonly waitingFor?: string;
}

/**
 * Waits until the condition gives something other than false, null or undefined, and returns that.
 * What it throws ends the wait: a condition that may fail at first returns false instead.
 *
 * @example const run = await until(() => maybeRun(pool, id), { waitingFor: `run ${id}` })
 * @throws Error when the deadline passes, with the value seen last.
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  options: UntilOptions = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const { deadlineMilliseconds = 5000, waitingFor = condition.toString() } = options;
  const deadline = performance.now() + deadlineMilliseconds;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) {
      return value as Exclude<Value, false | null | undefined>;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `Timed out after ${deadlineMilliseconds} ms waiting for ${waitingFor} (last value: ${String(value)})`,
      );
    }
    await pause(POLL_MILLISECONDS);
  }
}
