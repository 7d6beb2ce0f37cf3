import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { type Hook, post } from './post.ts';
import type { StormDelivery } from './storm-notifications.ts';

const connections = 8;

/**
 * Sends each delivery when it is due, those of a group one after the other.
 * @returns how many answers were 503.
 */
export async function sendStorm(hook: Hook, deliveries: readonly StormDelivery[]): Promise<number> {
  const agent = new Agent({ connections, pipelining: 1 });
  const begun = performance.now();
  let refusals = 0;
  const sent = new Map<number, Promise<void>>();
  for (const { at, group, body } of deliveries) {
    const wait = at - (performance.now() - begun);
    if (wait > 0) await sleep(wait);
    const send = async () => {
      refusals += await post(hook, body, agent);
    };
    sent.set(group, (sent.get(group) ?? Promise.resolve()).then(send));
  }
  await Promise.all(sent.values());
  await agent.close();
  return refusals;
}
