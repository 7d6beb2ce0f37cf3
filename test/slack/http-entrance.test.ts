import { createHmac } from 'node:crypto';
import type { App, ReceiverEvent } from '@slack/bolt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/http/server.ts';
import { boltLogger } from '../../src/slack/bolt-logger.ts';
import { httpEntrance } from '../../src/slack/http-entrance.ts';
import { recordedIn, withInbox } from '../../src/slack/inbox-receiver.ts';
import { keptLog } from '../support/kept-log.ts';

const signingSecret = 'sandbox0signing0secret0not0a0real';
const now = new Date('2026-11-20T18:15:00Z');

/** The entrance behind a real server, with an app that notes what reaches it. */
async function entrance() {
  const rejected: string[] = [];
  const stored: unknown[] = [];
  const seen: ReceiverEvent[] = [];
  const order: string[] = [];
  const { receiver, handle } = httpEntrance({
    signingSecret,
    logger: boltLogger(keptLog()),
    now: () => now,
    onRejected: (reason) => rejected.push(reason),
  });
  withInbox(receiver, {
    enter: () => () => order.push('answered'),
    record: async (body) => {
      stored.push(body);
      order.push('stored');
      return { reading: body as never, stored: 'stored', correlationId: 'c-1' };
    },
  }).init({
    processEvent: async (event: ReceiverEvent) => {
      order.push('handled');
      seen.push(event);
      await event.ack();
    },
  } as unknown as App);
  const server = await listen(
    { 'POST /slack/events': handle },
    { port: 0, host: '127.0.0.1', onFault: (error) => rejected.push(`fault: ${error}`) },
  );
  onTestFinished(() => server.close());
  const post = (body: string, changes: Record<string, string | undefined> = {}) => {
    const timestamp = changes['x-slack-request-timestamp'] ?? String(now.getTime() / 1000);
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
      ...changes,
    };
    return fetch(`http://127.0.0.1:${server.port}/slack/events`, {
      method: 'POST',
      body,
      headers: headers as never,
    });
  };
  return { post, rejected, stored, seen, order };
}

describe('POST /slack/events', () => {
  it('stores a signed request before the app sees it, and says so in its context', async () => {
    const { post, stored, seen, order } = await entrance();
    expect((await post('command=%2Fops&text=help')).status).toBe(200);
    expect(stored).toEqual([{ command: '/ops', text: 'help' }]);
    expect(order.slice(0, 3)).toEqual(['stored', 'handled', 'answered']);
    expect(recordedIn(seen[0]!.customProperties!)).toMatchObject({ stored: 'stored', correlationId: 'c-1' });
  });

  it.each([
    ['another signature', { 'x-slack-signature': `v0=${'0'.repeat(64)}` }],
    ['no signature', { 'x-slack-signature': '' }],
    ['a stale timestamp', { 'x-slack-request-timestamp': String(now.getTime() / 1000 - 301) }],
    ['a timestamp from the future', { 'x-slack-request-timestamp': String(now.getTime() / 1000 + 301) }],
  ])('answers 401 to %s and stores nothing', async (_what, changes) => {
    const { post, stored, rejected } = await entrance();
    expect((await post('command=%2Fops', changes)).status).toBe(401);
    expect(stored).toEqual([]);
    expect(rejected).toEqual(['wrong, stale or future signature']);
  });

  it('answers 413 past a megabyte and stores nothing', async () => {
    const { post, stored } = await entrance();
    const response = await post(`text=${'x'.repeat(1024 * 1024)}`);
    expect([response.status, await response.json()]).toEqual([
      413,
      { error: 'too_large', limitBytes: 1_048_576 },
    ]);
    expect(stored).toEqual([]);
  });

  it.each([
    ['application/x-www-form-urlencoded; charset=utf-8', 'command=%2Fops'],
    ['Application/JSON; charset=utf-8', '{"type":"event_callback"}'],
  ])('reads %s whatever is appended to it', async (contentType, body) => {
    const { post, stored } = await entrance();
    expect((await post(body, { 'content-type': contentType })).status).toBe(200);
    expect(stored).toHaveLength(1);
  });

  it('answers the challenge of Slack’s URL check', async () => {
    const { post, stored } = await entrance();
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    const response = await post(body, { 'content-type': 'application/json' });
    expect(await response.json()).toEqual({ challenge: 'abc' });
    expect(stored).toEqual([]);
  });

  it('answers the unsigned certificate check, and nothing else unsigned', async () => {
    const { post, stored } = await entrance();
    const unsigned = { 'x-slack-signature': '', 'x-slack-request-timestamp': '' };
    expect((await post('ssl_check=1&token=x', unsigned)).status).toBe(200);
    expect((await post('ssl_check=2&token=x', unsigned)).status).toBe(401);
    expect((await post(`ssl_check=1&text=${'x'.repeat(300)}`, unsigned)).status).toBe(401);
    expect(stored).toEqual([]);
  });

  it.each([
    ['application/json', '{'],
    ['application/json', '[]'],
    ['application/json', 'null'],
    ['application/json', '"x"'],
    ['application/json', ''],
    ['application/x-www-form-urlencoded', 'payload=null'],
    ['application/x-www-form-urlencoded', 'payload=%5B%5D'],
    ['application/x-www-form-urlencoded', 'payload=%7B'],
  ])('outlives a signed body that is no object: %s %s', async (contentType, body) => {
    const { post, rejected, stored } = await entrance();
    expect((await post(body, { 'content-type': contentType })).status).toBe(400);
    expect(stored).toEqual([]);
    expect(rejected.filter((reason) => reason.startsWith('fault'))).toEqual([]);
  });
});

describe('a listener', () => {
  it('does not work with a request that was not recorded', () => {
    expect(() => recordedIn({})).toThrow('without being recorded');
  });
});
