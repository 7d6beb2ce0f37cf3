/** After this long a queue is back where it began: a process that runs for days has queues to look at too. */
const cycleSeconds = 900;

/** A queue's depth; `$1` is {@link secondsInCycle}. */
export const depthSql = 'greatest(0, round(depth + change_per_second * $1::float8))::int';

export function secondsInCycle(startedAt: Date, now: Date): number {
  return ((now.getTime() - startedAt.getTime()) / 1000) % cycleSeconds;
}
