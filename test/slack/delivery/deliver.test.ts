import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startSlackWorkspace } from '../../../sandbox/slack/server.ts';
import type { Place, WantedMessage } from '../../../src/core/message.ts';
import type { PacedCall, Pacing } from '../../../src/core/pacing.ts';
import { messageStore } from '../../../src/postgres/message-store.ts';
import { wantMessage } from '../../../src/postgres/messages.ts';
import { boltLogger } from '../../../src/slack/bolt-logger.ts';
import { channelResolver } from '../../../src/slack/channels.ts';
import { slackClient } from '../../../src/slack/connect.ts';
import { type DeliverContext, deliver } from '../../../src/slack/delivery/deliver.ts';
import { metadataEventType } from '../../../src/slack/delivery/post.ts';
import { removeTwins } from '../../../src/slack/delivery/remove-twins.ts';
import { replyBlocks } from '../../../src/slack/views/reply.ts';
import { testDatabase } from '../../support/database.ts';
import { keptLog } from '../../support/kept-log.ts';

const database = await testDatabase();
const manifest: unknown = parse(await readFile(new URL('../../../manifest.yml', import.meta.url), 'utf8'));
const slack = await startSlackWorkspace({ manifest, rateLimits: { isOn: false } });
afterAll(() => slack.close());

const workspaceId = 'T0ACME';
const client = slackClient(slack.app.botToken, { apiUrl: slack.apiUrl, logger: boltLogger(keptLog()) });
const now: string[] = [];
const messages = messageStore(database.pool, workspaceId, 'p-test', (id) => now.push(id));
const warnings: string[] = [];
const pauses: [string, number][] = [];
let shown = 'first';
let wait: (call: PacedCall) => number = () => 0;

const pacing: Pacing = {
  waitMilliseconds: async (call) => wait(call),
  pause: async (method, milliseconds) => void pauses.push([method, milliseconds]),
};
const context: DeliverContext = {
  client,
  messages,
  pacing,
  render: async () => ({ kind: 'message', message: replyBlocks(shown) }),
  resolveChannel: channelResolver(client),
  newClaim: randomUUID,
  warn: (problem) => void warnings.push(problem),
};

let seq = 0;
let id = '';
beforeEach(async () => {
  id = `run:r-${++seq}:card`;
  shown = 'first';
  wait = () => 0;
  warnings.length = 0;
  pauses.length = 0;
  now.length = 0;
  slack.faults.clear();
  slack.recorder.clear();
  slack.settings.editWindowMinutes = undefined;
  await database.pool.query('DELETE FROM graphile_worker._private_jobs');
});

const inOps: Place = { kind: 'channel', channelId: 'C0OPS' };
const want = (place: Place = inOps, changes: Partial<WantedMessage> = {}) =>
  database.pool.connect().then(async (connection) => {
    try {
      await wantMessage(connection, workspaceId, { id, place, urgency: 'other', ...changes }, 'p-1');
    } finally {
      connection.release();
    }
  });
const calls = (method?: string) =>
  slack.calls.filter((call) => method === undefined || call.method === method).map((call) => call.method);
const posts = (place = 'C0OPS', who = 'ada') =>
  slack
    .as(who)
    .state()
    .messages.filter((message) => message.channel === place && message.userId === slack.app.botUserId)
    .filter((message) => Number(message.ts) > Number(before));
let before = '0';
beforeEach(() => {
  before = posts('C0OPS')
    .concat(posts('C0RANDOM'))
    .map(({ ts }) => ts)
    .reduce((newest, ts) => (Number(ts) > Number(newest) ? ts : newest), before);
});
const row = async (which = id) =>
  (
    await database.pool.query<{
      wanted: number;
      sent: number;
      ts: string | null;
      claim: string | null;
      attempts: number;
      last_error: string | null;
      given_up: boolean;
      post_began: boolean;
    }>(
      `SELECT wanted, sent, ts, claim, attempts, last_error, given_up_at IS NOT NULL AS given_up,
         post_began_at IS NOT NULL AS post_began FROM countersign.messages WHERE id = $1`,
      [which],
    )
  ).rows[0]!;
/** Later deliveries and searches that were asked for, with how long from now. */
const later = async () =>
  (
    await database.pool.query<{ task: string; milliseconds: number }>(
      `SELECT split_part(key, ':', 1) AS task, extract(epoch FROM run_at - now()) * 1000 AS milliseconds
       FROM graphile_worker._private_jobs ORDER BY run_at`,
    )
  ).rows.map(({ task, milliseconds }) => ({ task, milliseconds: Number(milliseconds) }));
/** A wait whose answer never comes is for `lost-answers` of the end-to-end suite; here the sender dies instead. */
const die = (sentMeanwhile: boolean): DeliverContext => ({
  ...context,
  messages: {
    ...messages,
    sent: async () => Promise.reject(new Error('killed')),
    failed: async () => Promise.reject(new Error('killed')),
  },
  ...(sentMeanwhile ? {} : { client: undefined as never }),
});
const expireClaim = () =>
  database.pool.query(
    "UPDATE countersign.messages SET claimed_until = now() - interval '1 s' WHERE id = $1",
    [id],
  );

describe('delivering a message', () => {
  it('posts it with its name in the metadata, and then edits it in place', async () => {
    await want();
    await deliver(id, context);
    shown = 'second';
    await want();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['second']);
    const { metadata } = slack.calls.find(({ method }) => method === 'chat.postMessage')!.args;
    expect(JSON.parse(String(metadata))).toEqual({
      event_type: metadataEventType,
      event_payload: { message_id: id },
    });
    expect(await row()).toMatchObject({ wanted: 2, sent: 2, claim: null, attempts: 0, post_began: false });
    await deliver(id, context);
    expect(calls('chat.update')).toHaveLength(1);
  });

  it('has one sender: another waits for as long as the claim lasts', async () => {
    await want();
    await messages.claim(id, randomUUID(), 20_000);
    await deliver(id, context);
    expect(calls()).toEqual([]);
    const [job] = await later();
    expect(job).toMatchObject({ task: 'deliver' });
    expect(job!.milliseconds).toBeGreaterThan(15_000);
    expect(job!.milliseconds).toBeLessThanOrEqual(20_000);
  });

  it('sends only the newest of several updates that wait behind one another', async () => {
    await want();
    const renders: string[] = [];
    await deliver(id, {
      ...context,
      render: async () => {
        const content = replyBlocks(shown);
        renders.push(shown);
        if (renders.length === 1) {
          for (const text of ['second', 'third', 'fourth']) {
            shown = text;
            await want();
            await deliver(id, context);
          }
        }
        return { kind: 'message', message: content };
      },
    });
    expect(now).toEqual([id]);
    await deliver(id, context);
    expect(calls().filter((method) => method.startsWith('chat.'))).toEqual([
      'chat.postMessage',
      'chat.update',
    ]);
    expect(posts().map(({ text }) => text)).toEqual(['fourth']);
  });

  it('waits for its turn in the budget without counting that as a failure', async () => {
    await want();
    wait = () => 1_234;
    for (let time = 0; time < 5; time++) await deliver(id, context);
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({
      attempts: 0,
      sent: 0,
      claim: null,
      last_error: "waiting for Slack's rate limit",
    });
    expect((await later())[0]!.milliseconds).toBeGreaterThan(1_000);
  });
});

describe('a sender that died', () => {
  it('before its post leaves nothing behind; the next one posts', async () => {
    await want();
    await messages.claim(id, randomUUID(), 20_000);
    await expireClaim();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('between its post and the record has posted; the next one finds that and edits it', async () => {
    await want();
    await expect(deliver(id, die(true))).rejects.toThrow('killed');
    expect(await row()).toMatchObject({ ts: null, post_began: true });
    await expireClaim();
    shown = 'second';
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['second']);
    expect(await row()).toMatchObject({ ts: posts()[0]!.ts, sent: 1, post_began: false });
    expect(calls('chat.postMessage')).toHaveLength(1);
  });

  it('before its post arrived is followed by a search for twins', async () => {
    await want();
    const claimed = await messages.claim(id, randomUUID(), 20_000);
    if (typeof claimed === 'string' || 'freeInMilliseconds' in claimed) throw new Error('not claimed');
    await messages.postBegins(claimed);
    await expireClaim();
    await deliver(id, context);
    expect(posts()).toHaveLength(1);
    const search = (await later()).find(({ task }) => task === 'remove_twins');
    expect(search!.milliseconds).toBeGreaterThan(55_000);
    // The post thought lost arrives after all.
    await client.chat.postMessage({
      channel: 'C0OPS',
      text: 'late',
      metadata: { event_type: metadataEventType, event_payload: { message_id: id } },
    });
    const whole = await messages.maybeWhole(id);
    expect(await removeTwins(client, whole!, whole!)).toBe(1);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('does not have its claim used against it: what it records late is not kept', async () => {
    await want();
    const claim = randomUUID();
    const claimed = await messages.claim(id, claim, 20_000);
    if (typeof claimed === 'string' || 'freeInMilliseconds' in claimed) throw new Error('not claimed');
    await expireClaim();
    await deliver(id, context);
    const { ts } = await row();
    expect(await messages.sent(claimed, claim, { channelId: 'C0OPS', ts: '1.000001', shown: 1 })).toBe(false);
    expect(await row()).toMatchObject({ ts, sent: 1 });
  });
});

describe('a card that can no longer be edited', () => {
  const edited = async (fault: `error:${string}`) => {
    await want();
    await deliver(id, context);
    const [original] = posts();
    shown = 'second';
    await want();
    slack.faults.next('chat.update', fault);
    await deliver(id, context);
    return original!;
  };

  it('has a successor that links back, and is edited from then on', async () => {
    const original = await edited('error:edit_window_closed');
    const successor = posts().at(-1)!;
    expect(posts()).toHaveLength(2);
    expect(JSON.stringify(successor.blocks)).toContain(original.ts.replace('.', ''));
    expect(await row()).toMatchObject({ ts: successor.ts, sent: 2 });
    shown = 'third';
    await want();
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first', 'third']);
  });

  it('is not deleted as a twin of its successor', async () => {
    await edited('error:edit_window_closed');
    const whole = await messages.maybeWhole(id);
    expect(await removeTwins(client, whole!, whole!)).toBe(0);
    expect(posts()).toHaveLength(2);
  });

  it('has one successor also when that one’s answer was lost', async () => {
    await want();
    await deliver(id, context);
    shown = 'second';
    await want();
    slack.faults.next('chat.update', 'error:edit_window_closed', 1);
    await expect(deliver(id, die(true))).rejects.toThrow('killed');
    expect(posts()).toHaveLength(2);
    await expireClaim();
    slack.faults.next('chat.update', 'error:edit_window_closed', 1);
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first', 'second']);
    expect((await row()).ts).toBe(posts()[1]!.ts);
  });

  it('is posted anew when somebody deleted it', async () => {
    await edited('error:message_not_found');
    expect(posts().map(({ text }) => text)).toEqual(['first', 'second']);
    expect(JSON.stringify(posts()[1]!.blocks)).not.toContain('can no longer be edited');
  });

  it.each(['chat.postMessage', 'chat.update'] as const)(
    '%s shows the words alone when its blocks are refused',
    async (method) => {
      await want();
      if (method === 'chat.update') {
        await deliver(id, context);
        shown = 'second';
        await want();
      }
      slack.faults.next(method, 'error:invalid_blocks');
      await deliver(id, context);
      expect(posts().map(({ text, blocks }) => [text, blocks])).toEqual([[shown, []]]);
      expect(warnings).toEqual([expect.stringContaining('invalid_blocks')]);
      expect(await row()).toMatchObject({ last_error: null, claim: null });
    },
  );
});

describe('Slack being busy or away', () => {
  it.each(['chat.postMessage', 'chat.update'] as const)(
    '%s rate limited pauses and comes back when Slack says',
    async (method) => {
      await want();
      if (method === 'chat.update') {
        await deliver(id, context);
        await want();
      }
      slack.faults.next(method, 'ratelimited');
      await deliver(id, context);
      expect(pauses).toEqual([[method, 1_000]]);
      const [job] = await later();
      expect(job!.milliseconds).toBeGreaterThan(500);
      expect(job!.milliseconds).toBeLessThanOrEqual(1_000);
      // Refused for certain: there is nothing to search for.
      expect(await row()).toMatchObject({ post_began: false, claim: null, last_error: 'ratelimited' });
      expect(warnings).toEqual([]);
    },
  );

  it('backs off further with each failure, and gives up loudly in the end', async () => {
    const delays: number[] = [];
    await want();
    for (let failure = 0; failure < 8; failure++) {
      slack.faults.next('*', 'http_500');
      await deliver(id, context);
      slack.faults.clear();
      delays.push(Math.round((await later()).find(({ task }) => task === 'deliver')!.milliseconds / 1_000));
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(await row()).toMatchObject({ attempts: 8, given_up: false });
    await database.pool.query('UPDATE countersign.messages SET attempts = 2899 WHERE id = $1', [id]);
    slack.faults.next('*', 'http_500');
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true });
    expect(warnings.at(-1)).toMatch(/^gave up after 2900 attempts/);
    await deliver(id, context);
    expect(posts()).toEqual([]);
  });

  it('delivers when Slack is back', async () => {
    await want();
    slack.goDown();
    await deliver(id, context);
    slack.comeBack();
    expect(await row()).toMatchObject({ sent: 0, claim: null });
    await deliver(id, context);
    expect(posts().map(({ text }) => text)).toEqual(['first']);
  });

  it('gives what was given up another chance with its new state', async () => {
    await want({ kind: 'channel', channelId: 'C0RANDOM' });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true, last_error: 'not_in_channel' });
    await want();
    expect(await row()).toMatchObject({ given_up: false, attempts: 0 });
  });
});

describe('where the bot cannot post', () => {
  /** A response_url as a slash command in a channel without the bot brings it. */
  async function responseUrl(): Promise<string> {
    const { server, taken } = await listener();
    slack.deliverByHttp(`http://127.0.0.1:${server.port}/`);
    await slack.as('ada').do({ kind: 'send', channel: 'C0RANDOM', text: '/ops help' });
    await server.close();
    return taken[0]!;
  }

  it('answers by response_url and says that this will not be updated', async () => {
    await want({ kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() });
    await deliver(id, context);
    const [answer] = posts('C0RANDOM');
    expect(JSON.stringify(answer!.blocks)).toContain('I cannot post in this channel myself (not_in_channel)');
    expect(answer!.ephemeralFor).toBeUndefined();
    expect(await row()).toMatchObject({ sent: 1, ts: null, given_up: false });
  });

  it('keeps its five answers for the outcome instead of spending them on progress', async () => {
    const place: Place = { kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() };
    for (let line = 0; line < 8; line++) {
      await want(place, { urgency: 'progress' });
      await deliver(id, context);
    }
    expect(posts('C0RANDOM')).toEqual([]);
    shown = 'the outcome';
    await want(place);
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['the outcome']);
  });

  it('gives up when the response_url is used up too', async () => {
    const place: Place = { kind: 'channel', channelId: 'C0RANDOM', responseUrl: await responseUrl() };
    for (let time = 0; time < 6; time++) {
      await want(place);
      await deliver(id, context);
    }
    expect(posts('C0RANDOM')).toHaveLength(5);
    expect(warnings).toEqual(['gave up: not_in_channel, and the response_url is used up']);
    expect(await row()).toMatchObject({ given_up: true });
  });

  it('shows the details of a card without a thread by response_url, instead of waiting for one', async () => {
    const card = id;
    const url = await responseUrl();
    await want({ kind: 'channel', channelId: 'C0RANDOM', responseUrl: url });
    await deliver(card, context);
    id = `run:r-${seq}:details:1`;
    shown = 'the details';
    await want({ kind: 'thread_of', messageId: card, responseUrl: url });
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['first', 'the details']);
  });

  it('gives the details up when there is no response_url either', async () => {
    const card = id;
    await want({ kind: 'channel', channelId: 'C0RANDOM' });
    await deliver(card, context);
    id = `run:r-${seq}:details:1`;
    await want({ kind: 'thread_of', messageId: card });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true });
    expect(await later()).toEqual([]);
  });

  it('writes to the person when it may not answer beside what they typed', async () => {
    await want({ kind: 'ephemeral', channelId: 'C0RANDOM', userId: 'U0ADA' });
    await deliver(id, context);
    expect(calls()).toContain('conversations.open');
    expect(await row()).toMatchObject({ sent: 1, given_up: false });
  });

  it('gives up on a person who cannot be written to', async () => {
    slack.faults.next('conversations.open', 'error:cannot_dm_bot');
    await want({ kind: 'dm', userId: 'U0ROBOT' });
    await deliver(id, context);
    expect(await row()).toMatchObject({ given_up: true, last_error: 'cannot_dm_bot' });
  });

  it('says it by response_url when the bot was removed after it had posted', async () => {
    const url = await responseUrl();
    await want({ kind: 'channel', channelId: 'C0OPS', responseUrl: url });
    await deliver(id, context);
    shown = 'second';
    await want({ kind: 'channel', channelId: 'C0OPS', responseUrl: url });
    slack.faults.next('chat.update', 'error:not_in_channel');
    await deliver(id, context);
    expect(posts('C0RANDOM').map(({ text }) => text)).toEqual(['second']);
    expect(await row()).toMatchObject({ sent: 2 });
  });
});

describe('threads and names', () => {
  it('waits for the card whose thread it belongs in', async () => {
    const card = id;
    await want();
    id = `run:r-${seq}:details:1`;
    await want({ kind: 'thread_of', messageId: card });
    await deliver(id, context);
    expect(calls()).toEqual([]);
    expect(await row()).toMatchObject({ attempts: 0, sent: 0 });
    await deliver(card, context);
    await deliver(id, context);
    const [first, second] = posts();
    expect(second!.threadTs).toBe(first!.ts);
  });

  it('finds a channel by its name', async () => {
    await want({ kind: 'channel', channelId: '#ops' });
    await deliver(id, context);
    expect(posts()).toHaveLength(1);
  });

  it('has nothing to do with a message that no longer says anything', async () => {
    await want();
    await deliver(id, { ...context, render: async () => undefined });
    expect(await row()).toMatchObject({ sent: 1, ts: null });
    expect(calls()).toEqual([]);
  });
});

/** Takes what Slack sends and keeps the response_urls. */
async function listener() {
  const { listen, readBody, send } = await import('../../../src/http/server.ts');
  const taken: string[] = [];
  const server = await listen(
    {
      'POST /': async (request, response) => {
        const body = new URLSearchParams(String(await readBody(request, 100_000)));
        taken.push(body.get('response_url') ?? '');
        send(response, 200, {});
      },
    },
    { port: 0, host: '127.0.0.1', onFault: () => undefined },
  );
  return { server, taken };
}
