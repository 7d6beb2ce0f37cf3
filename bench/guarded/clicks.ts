import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { approvers, type Office, requesters } from './office.ts';
import type { People } from './people.ts';
import { quiet } from './quiet.ts';

export interface ClickLatency {
  /** From the deciding click to the first request of its run at the target: reading it again. */
  readonly firstRequestMilliseconds: number;
  /** From the deciding click to the request that makes the change. */
  readonly effectMilliseconds: number;
}

/** What the bot still writes down after the last row is done: an idle machine is meant. */
const restMilliseconds = 50;

/**
 * One deciding click at a time, each on a card that stands while nothing else is under way. Clicks and arrivals
 * are told by the same clock, this process's own: Slack and the target are here, the bot is not.
 */
export async function clickOneByOne(
  { rms }: Office,
  people: People,
  pool: pg.Pool,
  tenants: readonly string[],
): Promise<ClickLatency[]> {
  const latencies: ClickLatency[] = [];
  for (const [index, tenant] of tenants.entries()) {
    const card = await people.ask(requesters[index % requesters.length]!, tenant);
    await quiet(pool);
    await sleep(restMilliseconds);
    const clickedAt = performance.timeOrigin + performance.now();
    await people.approve(approvers[index % approvers.length]!, card);
    await people.ended(card);
    await quiet(pool);
    const arrived = rms.requests({ sinceMilliseconds: clickedAt });
    const effect = arrived.find(({ endpoint, hadEffect }) => endpoint === 'suspend' && hadEffect);
    if (effect === undefined) throw new Error(`${card.runId} ended without its effect on ${tenant}`);
    latencies.push({
      firstRequestMilliseconds: arrived[0]!.arrivedAtMilliseconds - clickedAt,
      effectMilliseconds: effect.arrivedAtMilliseconds - clickedAt,
    });
  }
  return latencies;
}
