import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { bounded, type Figure, percentile, reading } from '../figures.ts';
import { notificationBody } from './batches.ts';
import { openControlRoom } from './control-room.ts';
import { post } from './post.ts';
import { alertChannel } from './storm.ts';
import { posted } from './storm-notifications.ts';

/** The first ones compile the bot's code. */
const warmUps = 5;
/** A channel takes one new message a second: closer together they would wait for each other, not for the bot. */
const pauseMilliseconds = 1_050;
const longestWaitMilliseconds = 10_000;

/** (c) One alert of a new group: from its POST until its card stands in the channel. */
export async function benchOneCard(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly samples: number;
}): Promise<Figure[]> {
  const room = await openControlRoom({
    ...options,
    name: 'alerts_one_card',
    isLimited: true,
    // So many groups within a minute would share one card.
    alerts: 'digest: { moreThan: 1000 }',
  });
  const agent = new Agent({ connections: 1 });
  const posts: number[] = [];
  const cards: number[] = [];
  try {
    for (let number = 0; number < warmUps + options.samples; number += 1) {
      await sleep(pauseMilliseconds);
      const service = `service-${number}`;
      const instance = `${service}-1`;
      const alert = { alertname: 'HighLatency', service, instance, firesAt: 0, resolvesAt: undefined };
      const body = notificationBody([posted({ ...alert, severity: 'critical' }, new Date(), 0)]);
      const seen = nextCard(room.workspace, `${service}: HighLatency`);
      const begun = performance.now();
      await post(room, body, agent);
      const postMilliseconds = performance.now() - begun;
      const seenAt = await seen;
      if (number < warmUps) continue;
      posts.push(postMilliseconds);
      cards.push(seenAt - begun);
    }
  } finally {
    await agent.close();
    await room.close();
  }
  const p50 = percentile(cards, 0.5);
  return [
    reading('p50, POST to its 202', percentile(posts, 0.5), 'ms'),
    bounded('p50, POST to card visible', p50, 'ms', '≤ 150', p50 <= 150),
    reading('p99, POST to card visible', percentile(cards, 0.99), 'ms'),
  ];
}

/** @returns when it stood in the channel. */
function nextCard(
  workspace: Awaited<ReturnType<typeof openControlRoom>>['workspace'],
  subject: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`No card of "${subject}" within ${longestWaitMilliseconds / 1000} s`)),
      longestWaitMilliseconds,
    );
    const leave = workspace.onEvent((event) => {
      if (event.kind !== 'message_posted' || event.message.channel !== alertChannel) return;
      if (!event.message.text.includes(subject)) return;
      clearTimeout(deadline);
      leave();
      resolve(performance.now());
    });
  });
}
