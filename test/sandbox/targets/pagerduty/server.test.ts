import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PagerDutyOptions, startPagerDuty } from '../../../../sandbox/targets/pagerduty/server.ts';

const key = 'a'.repeat(32);
const otherKey = 'b'.repeat(32);

async function pagerDuty(options: Partial<PagerDutyOptions> = {}) {
  const server = await startPagerDuty({ routingKeys: [key, otherKey], ...options });
  onTestFinished(() => server.close());
  const send = async (body: unknown, contentType = 'application/json') => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, unknown>,
      retryAfter: response.headers.get('retry-after'),
    };
  };
  return { server, send };
}

const trigger = (more: object = {}) => ({
  routing_key: key,
  event_action: 'trigger',
  dedup_key: 'k',
  payload: { summary: 'down', source: 'api', severity: 'critical' },
  ...more,
});
const follow = (event_action: string, more: object = {}) => ({
  routing_key: key,
  event_action,
  dedup_key: 'k',
  ...more,
});

async function hook(answers: number[] = []) {
  const received: { headers: IncomingHttpHeaders; raw: string }[] = [];
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request) raw += chunk;
    received.push({ headers: request.headers, raw });
    response.writeHead(answers.shift() ?? 202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/pagerduty` };
}

describe('an event', () => {
  it('is answered as documented', async () => {
    const { send } = await pagerDuty();
    expect(await send(trigger())).toMatchObject({
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: 'k' },
    });
    const { dedup_key: _, ...without } = trigger();
    expect((await send(without)).body.dedup_key).toMatch(/^[0-9a-f]{32}$/);
  });

  it('takes the same key as one incident, and a trigger after the end as a new one', async () => {
    const { server, send } = await pagerDuty();
    await send(trigger());
    await send(trigger());
    await send(trigger({ routing_key: otherKey }));
    expect(server.incidents()).toMatchObject([{ triggers: 2 }, { routingKey: otherKey, triggers: 1 }]);
    await send(follow('resolve'));
    await send(trigger());
    expect(server.incidents().map(({ status }) => status)).toEqual(['resolved', 'triggered', 'triggered']);
  });

  it('is dropped without a word when it follows nothing that is open under its routing key', async () => {
    const { server, send } = await pagerDuty();
    await send(trigger());
    expect((await send(follow('resolve', { routing_key: otherKey }))).status).toBe(202);
    expect((await send(follow('acknowledge', { dedup_key: 'another' }))).status).toBe(202);
    expect(server.incidents()).toMatchObject([{ status: 'triggered' }]);
    await send(follow('acknowledge'));
    await send(follow('resolve'));
    await send(follow('acknowledge'));
    expect(server.incidents()).toMatchObject([{ status: 'resolved' }]);
    expect(server.events.map(({ outcome }) => outcome)).toEqual([
      'opened',
      'dropped',
      'dropped',
      'acknowledged',
      'resolved',
      'dropped',
    ]);
  });

  it.each([
    [{}, ["'event_action' is none of trigger, acknowledge, resolve"]],
    [trigger({ routing_key: undefined }), ["'routing_key' is missing or blank"]],
    [trigger({ routing_key: 'short' }), ["'routing_key' has not 32 characters"]],
    [trigger({ routing_key: 'c'.repeat(32) }), ['Invalid routing key']],
    [trigger({ payload: undefined }), ["'payload' is missing or blank"]],
    [
      trigger({ payload: { summary: ' ', source: 'a', severity: 'high' } }),
      [
        "'payload.summary' is missing or blank",
        "'payload.severity' is none of critical, error, warning, info",
      ],
    ],
    [
      trigger({ payload: { summary: 'x'.repeat(1025), source: 'a', severity: 'info' } }),
      ["'payload.summary' is longer than 1024 characters"],
    ],
    [trigger({ dedup_key: 'k'.repeat(256) }), ["'dedup_key' is longer than 255 characters"]],
    [trigger({ links: [{ href: 'javascript:alert(1)' }] }), ["'links.0.href': not a web address"]],
    [follow('resolve', { dedup_key: undefined }), ["'dedup_key' is missing or blank"]],
    [follow('resolve', { extra: 1 }), ['\'event\': Unrecognized key: "extra"']],
    ['{', ['the body is not JSON']],
  ])('is refused with what is wrong: %j', async (body, errors) => {
    const { server, send } = await pagerDuty();
    const answer = await send(body);
    expect(answer).toMatchObject({
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid', errors },
    });
    expect(server.incidents()).toEqual([]);
  });

  it('is refused past 512 KB', async () => {
    const { send } = await pagerDuty();
    expect((await send(JSON.stringify('x'.repeat(512 * 1024)))).status).toBe(413);
  });

  it('is counted by its key where there is a limit', async () => {
    let now = new Date('2026-11-21T00:00:00Z');
    const { send } = await pagerDuty({ perMinute: 2, now: () => now });
    expect((await send(trigger())).status).toBe(202);
    now = new Date('2026-11-21T00:00:20Z');
    expect((await send(trigger())).status).toBe(202);
    expect(await send(trigger())).toMatchObject({
      status: 429,
      retryAfter: '40',
      body: { status: 'throttle exceeded' },
    });
    expect((await send(trigger({ routing_key: otherKey }))).status).toBe(202);
    now = new Date('2026-11-21T00:01:00Z');
    expect((await send(trigger())).status).toBe(202);
  });

  it('meets the fault that was set, as often as was said', async () => {
    const { server, send } = await pagerDuty();
    server.fails('cut_after', 1);
    await expect(send(trigger())).rejects.toThrow('fetch failed');
    expect(server.incidents()).toHaveLength(1);
    server.fails('error');
    expect((await send(follow('resolve'))).status).toBe(500);
    server.works();
    expect((await send(follow('resolve'))).status).toBe(202);
  });
});

describe('a webhook', () => {
  it('tells of the incident with its key, signed with every secret over the raw bytes', async () => {
    const { received, url } = await hook();
    const { server, send } = await pagerDuty({ webhooks: { url, secrets: ['current', 'previous'] } });
    await send(trigger());
    await send(trigger());
    await send(follow('acknowledge'));
    await server.idle();
    server.person('resolve', server.incidents()[0]!.id);
    await server.idle();
    const events = received.map(({ raw }) => JSON.parse(raw).event);
    expect(events).toMatchObject([
      {
        event_type: 'incident.triggered',
        resource_type: 'incident',
        agent: { type: 'service_reference' },
        data: { type: 'incident', incident_key: 'k', status: 'triggered', title: 'down', urgency: 'high' },
      },
      { event_type: 'incident.acknowledged', data: { status: 'acknowledged' } },
      {
        event_type: 'incident.resolved',
        agent: { type: 'user_reference' },
        data: { incident_key: 'k', status: 'resolved' },
      },
    ]);
    for (const { headers, raw } of received) {
      const signed = ['current', 'previous'].map(
        (secret) => `v1=${createHmac('sha256', secret).update(raw).digest('hex')}`,
      );
      expect(headers['x-pagerduty-signature']).toBe(signed.join(','));
    }
  });

  it('comes again with the same id after a 5xx, and not after a 4xx', async () => {
    const { received, url } = await hook([503, 202, 403]);
    const { server, send } = await pagerDuty({ webhooks: { url, secrets: ['s'] } });
    await send(trigger());
    await send(follow('resolve'));
    await server.idle();
    expect(server.webhookDeliveries).toMatchObject([
      { eventType: 'incident.triggered', answers: [503, 202] },
      { eventType: 'incident.resolved', answers: [403] },
    ]);
    const ids = received.map(({ headers }) => headers['x-webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('goes nowhere until it is switched on, and no further once it is off', async () => {
    const { received, url } = await hook();
    const { server, send } = await pagerDuty();
    await send(trigger());
    server.sendWebhooks({ url, secrets: ['s'] });
    await send(follow('acknowledge'));
    server.sendWebhooks(undefined);
    await send(follow('resolve'));
    await server.idle();
    expect(received.map(({ raw }) => JSON.parse(raw).event.event_type)).toEqual(['incident.acknowledged']);
  });

  it('does not hold up the end', async () => {
    const { server, send } = await pagerDuty();
    server.sendWebhooks({ url: 'http://127.0.0.1:1/', secrets: ['s'] });
    await send(trigger());
    await server.close();
    expect(server.webhookDeliveries).toMatchObject([{ eventType: 'incident.triggered' }]);
  });
});
