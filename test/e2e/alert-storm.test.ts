import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { exceededLimits } from '../../bench/alerts/kept-limits.ts';
import { wrongCards } from '../../bench/alerts/right-cards.ts';
import { sendStorm } from '../../bench/alerts/send-storm.ts';
import { stormDeliveries } from '../../bench/alerts/storm-notifications.ts';
import { stormStory } from '../../bench/alerts/storm-story.ts';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

const storm = { alerts: 1_000, groups: 20, milliseconds: 4_000 };
const notifyEveryMilliseconds = 800;
const channel = 'C0ALERTS';

describe('a storm of 1,000 alerts over 20 groups, with the limits of Slack on', async () => {
  const surroundings = await startSurroundings({
    mode: 'http',
    umbrellaRecords: 10,
    // A shorter burst than the bot reckons with, so that it is told 429.
    workspace: { rateLimits: { isOn: true, postBurst: 2 } },
    settings: `
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:ALERTS_TOKEN }
  digest: { moreThan: 2 }
`,
  });
  const token = randomBytes(24).toString('hex');
  const bot = await startTestCountersign({
    mode: 'http',
    in: { ...surroundings, variables: { ...surroundings.variables, ALERTS_TOKEN: token } },
    // What the settings give where they say nothing else.
    pacing: createMemoryPacing({
      settings: () => ({
        updatesPerMinute: 40,
        updatesBurst: 8,
        postsPerSecondPerChannel: 1,
        postsBurst: 4,
        progressEverySeconds: 3,
      }),
    }),
  });
  const { workspace } = surroundings;
  const groups = stormStory(storm);
  let seen: readonly ClientMessage[] = [];

  beforeAll(async () => {
    const deliveries = stormDeliveries(groups, new Date(), notifyEveryMilliseconds);
    await sendStorm({ hookUrl: `${bot.url}/hooks/prometheus`, token }, deliveries);
    let wrong: readonly string[] = [];
    await until(
      () => {
        seen = bot.screen('U0LINUS', channel);
        wrong = wrongCards(groups, seen);
        return wrong.length === 0;
      },
      { deadlineMilliseconds: 90_000, waitingFor: 'every card to be right' },
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${wrong.join('; ')}`, { cause: error });
    });
  }, 120_000);

  it('ends with every card right and none too many, and leaves them alone from then on', async () => {
    await bot.quiet();
    expect(wrongCards(groups, bot.screen('U0LINUS', channel))).toEqual([]);
  });

  it('is told 429, waits as told, and exceeds no limit', () => {
    const limited = workspace.calls.filter(({ outcome }) => outcome === 'ratelimited');
    expect(limited.length).toBeGreaterThan(0);
    expect(new Set(limited.map(({ method }) => method))).toEqual(new Set(['chat.postMessage']));
    expect(exceededLimits(workspace.calls)).toEqual([]);
  });

  it('gives each critical a card of its own and lets the others share one', () => {
    const cards = seen.filter(({ threadTs }) => threadTs === undefined);
    expect(cards.filter(({ text }) => text.includes('alert groups'))).toHaveLength(1);
    expect(cards.length).toBeLessThan(groups.length);
  });

  it.each<[string, (messages: readonly ClientMessage[]) => ClientMessage[], RegExp]>([
    ['a card that is missing', (all) => all.filter((one) => !isCritical(one)), /^no card for the critical/],
    ['a card that stands there twice', (all) => [...all, all.find(isCritical)!], /^2 cards for/],
    ['a wrong count', changed(isCritical, /(\d+) firing/, '999 firing'), /counts "999 firing/],
    ['a wrong severity', changed(isCritical, /⛔ CRITICAL/, '▲ HIGH'), /it is ⛔ CRITICAL/],
    [
      'a digest that miscounts',
      changed(isDigest, /once: \d+ firing/, 'once: 99 firing'),
      /^digests count 99/,
    ],
    ['a wrong service in a digest', changed(isDigest, /: (\d+) firing"/, ': 98 firing"'), /^the digest says/],
  ])('is judged by a check that finds %s', (_what, spoil, problem) => {
    expect(wrongCards(groups, spoil(seen)).some((one) => problem.test(one))).toBe(true);
  });
});

function isCritical({ text, threadTs }: ClientMessage): boolean {
  return threadTs === undefined && text.startsWith('CRITICAL');
}

function isDigest({ text }: ClientMessage): boolean {
  return text.includes('alert groups');
}

/** The first message of a kind with one thing in its blocks replaced. */
function changed(isOfKind: (message: ClientMessage) => boolean, from: RegExp, to: string) {
  return (messages: readonly ClientMessage[]): ClientMessage[] => {
    const found = messages.find(isOfKind);
    return messages.map((message) =>
      message === found
        ? { ...message, blocks: JSON.parse(JSON.stringify(message.blocks).replace(from, to)) as unknown[] }
        : message,
    );
  };
}
