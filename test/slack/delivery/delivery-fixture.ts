/** One message at a time, on a real database and against a local Slack workspace of the file's own. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeEach } from 'vitest';
import { parse } from 'yaml';
import { startSlackWorkspace } from '../../../sandbox/slack/server.ts';
import type { Place, WantedMessage } from '../../../src/core/message.ts';
import type { PacedCall, Pacing } from '../../../src/core/pacing.ts';
import { messageStore } from '../../../src/postgres/message-store.ts';
import { wantMessage } from '../../../src/postgres/messages.ts';
import { boltLogger } from '../../../src/slack/bolt-logger.ts';
import { channelResolver } from '../../../src/slack/channels.ts';
import { slackClient } from '../../../src/slack/connect.ts';
import type { DeliverContext } from '../../../src/slack/delivery/deliver.ts';
import { replyBlocks } from '../../../src/slack/views/reply.ts';
import { testDatabase } from '../../support/database.ts';
import { keptLog } from '../../support/kept-log.ts';

export const database = await testDatabase();
const manifest: unknown = parse(await readFile(new URL('../../../manifest.yml', import.meta.url), 'utf8'));
export const slack = await startSlackWorkspace({ manifest, rateLimits: { isOn: false } });
afterAll(() => slack.close());

export const workspaceId = 'T0ACME';
export const client = slackClient(slack.app.botToken, {
  apiUrl: slack.apiUrl,
  logger: boltLogger(keptLog()),
});
export const now: string[] = [];
export const messages = messageStore(database.pool, workspaceId, 'p-test', (id) => now.push(id));
export const warnings: string[] = [];
export const pauses: [string, number][] = [];
export let shown = 'first';
let wait: (call: PacedCall) => number = () => 0;

const pacing: Pacing = {
  waitMilliseconds: async (call) => wait(call),
  pause: async (method, milliseconds) => void pauses.push([method, milliseconds]),
};
export const context: DeliverContext = {
  client,
  messages,
  pacing,
  render: async () => ({ kind: 'message', message: replyBlocks(shown) }),
  resolveChannel: channelResolver(client),
  newClaim: randomUUID,
  warn: (problem) => void warnings.push(problem),
};

export let seq = 0;
export let id = '';
/** What the message says from now on. */
export function show(text: string): void {
  shown = text;
}
/** The message the rest of the test is about. */
export function turnTo(messageId: string): void {
  id = messageId;
}
/** What the budget answers from now on. */
export function waitFor(answer: (call: PacedCall) => number): void {
  wait = answer;
}

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

export const inOps: Place = { kind: 'channel', channelId: 'C0OPS' };
export const want = (place: Place = inOps, changes: Partial<WantedMessage> = {}) =>
  database.pool.connect().then(async (connection) => {
    try {
      await wantMessage(connection, workspaceId, { id, place, urgency: 'other', ...changes }, 'p-1');
    } finally {
      connection.release();
    }
  });
export const calls = (method?: string) =>
  slack.calls.filter((call) => method === undefined || call.method === method).map((call) => call.method);
export const posts = (place = 'C0OPS', who = 'ada') =>
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
export const row = async (which = id) =>
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
export const later = async () =>
  (
    await database.pool.query<{ task: string; milliseconds: number }>(
      `SELECT split_part(key, ':', 1) AS task, extract(epoch FROM run_at - now()) * 1000 AS milliseconds
       FROM graphile_worker._private_jobs ORDER BY run_at`,
    )
  ).rows.map(({ task, milliseconds }) => ({ task, milliseconds: Number(milliseconds) }));
/** A wait whose answer never comes is for `lost-answers` of the end-to-end suite; here the sender dies instead. */
export const die = (sentMeanwhile: boolean): DeliverContext => ({
  ...context,
  messages: {
    ...messages,
    sent: async () => Promise.reject(new Error('killed')),
    failed: async () => Promise.reject(new Error('killed')),
  },
  ...(sentMeanwhile ? {} : { client: undefined as never }),
});
export const expireClaim = () =>
  database.pool.query(
    "UPDATE countersign.messages SET claimed_until = now() - interval '1 s' WHERE id = $1",
    [id],
  );
