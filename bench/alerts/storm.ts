import { setTimeout as sleep } from 'node:timers/promises';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { bounded, type Figure, reading } from '../figures.ts';
import { openControlRoom } from './control-room.ts';
import { exceededLimits } from './kept-limits.ts';
import { wrongCards } from './right-cards.ts';
import { sendStorm } from './send-storm.ts';
import { stormDeliveries } from './storm-notifications.ts';
import { type StormGroup, stormStory } from './storm-story.ts';

export const stormSize = { alerts: 10_000, groups: 50, milliseconds: 60_000 };
/** As often as each group notifies: with fifty groups 500 deliveries a minute, under the limit a source has by default. */
const notifyEveryMilliseconds = 6_000;
const longestWaitMilliseconds = 180_000;
const lookEveryMilliseconds = 100;

export const alertChannel = 'C0ALERTS';

/** (b) The storm, with Slack's limits on: how loud, how soon, how right, how large. */
export async function benchStorm(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly groups: readonly StormGroup[];
}): Promise<Figure[]> {
  const { groups } = options;
  const room = await openControlRoom({ ...options, name: 'alerts_storm', isLimited: true });
  const { workspace } = room;
  let firstAt: number | undefined;
  const leave = workspace.onEvent((event) => {
    if (event.kind === 'message_posted' && event.message.channel === alertChannel)
      firstAt ??= performance.now();
  });
  try {
    const usedBefore = await room.used();
    const callsBefore = workspace.calls.length;
    const deliveries = stormDeliveries(groups, new Date(), notifyEveryMilliseconds);
    const begun = performance.now();
    const refusals = await sendStorm(room, deliveries);
    const sentAt = performance.now();
    const wrong = await untilRight(workspace, groups);
    const rightAt = performance.now();
    for (const one of wrong.slice(0, 5)) console.error(`  wrong: ${one}`);
    const used = await room.used();
    const calls = workspace.calls.slice(callsBefore);
    const count = (method: string) => calls.filter((call) => call.method === method).length;
    const limited = calls.filter(({ outcome }) => outcome === 'ratelimited').length;
    const exceeded = exceededLimits(workspace.calls);
    for (const one of exceeded) console.error(`  too much: ${one}`);
    return [
      reading('deliveries', deliveries.length, ''),
      reading('of them answered 503 at first', refusals, ''),
      reading('Slack calls', calls.length, ''),
      reading('of them new messages', count('chat.postMessage'), ''),
      reading('of them edits', count('chat.update'), ''),
      reading('of them answered 429', limited, ''),
      reading('first alert to first card', ((firstAt ?? Number.NaN) - begun) / 1000, 's'),
      reading('first alert to every card right', (rightAt - begun) / 1000, 's'),
      reading('last delivery to every card right', (rightAt - sentAt) / 1000, 's'),
      bounded('cards wrong', wrong.length, '', '0', wrong.length === 0),
      bounded("Slack's limits exceeded", exceeded.length, '', '0', exceeded.length === 0),
      reading('peak memory of the bot', used.peakBytes / 1e6, 'MB'),
      reading('processor time of the bot', used.cpuSeconds - usedBefore.cpuSeconds, 's'),
    ];
  } finally {
    leave();
    await room.close();
  }
}

export const theStorm = () => stormStory(stormSize);

/** @returns what is still wrong when it waited long enough. */
async function untilRight(workspace: SlackWorkspace, groups: readonly StormGroup[]): Promise<string[]> {
  const deadline = performance.now() + longestWaitMilliseconds;
  for (;;) {
    const wrong = wrongCards(groups, alertCards(workspace));
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await sleep(lookEveryMilliseconds);
  }
}

/** The bot's messages of the alert channel, as people see them. */
export function alertCards(workspace: SlackWorkspace) {
  const { messages } = workspace.as('U0LINUS').state();
  return messages.filter(
    ({ channel, userId }) => channel === alertChannel && userId === workspace.app.botUserId,
  );
}
