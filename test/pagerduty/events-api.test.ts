import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startPagerDuty } from '../../sandbox/targets/pagerduty/server.ts';
import { Secret } from '../../src/core/secret.ts';
import { createEventsApi } from '../../src/pagerduty/events-api.ts';
import type { PageEvent } from '../../src/pagerduty/page-event.ts';

const key = '0123456789abcdef0123456789abcdef';
const routingKey = new Secret('PAGERDUTY_ROUTING_KEY', key);
const event: PageEvent = {
  action: 'trigger',
  dedupKey: 'countersign/T0ACME/g-1',
  summary: 'CRITICAL checkout errors on payments-api',
  source: 'payments-api',
  severity: 'critical',
  links: [{ label: 'Runbook', url: 'https://runbooks.example/checkout' }],
  clientUrl: 'https://acme.slack.com/archives/C0ALERTS/p1',
  customDetails: { firing: 3 },
};

async function listening(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer((request, response) => {
    request.resume();
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`;
}

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function pagerDuty(options: { perMinute?: number } = {}) {
  const server = await startPagerDuty({ routingKeys: [key], ...options });
  onTestFinished(() => server.close());
  return { server, api: createEventsApi({ routingKey, url: server.url }) };
}

describe('a page', () => {
  it('opens an incident, and acknowledge and resolve follow by its key', async () => {
    const { server, api } = await pagerDuty();
    expect(await api.send(event)).toBe('accepted');
    expect(server.incidents()).toMatchObject([
      { status: 'triggered', incidentKey: event.dedupKey, urgency: 'high' },
    ]);
    expect(server.events[0]?.body).toEqual({
      routing_key: key,
      event_action: 'trigger',
      dedup_key: event.dedupKey,
      payload: {
        summary: event.summary,
        source: event.source,
        severity: 'critical',
        custom_details: { firing: 3 },
      },
      client: 'Countersign',
      client_url: event.clientUrl,
      links: [{ href: 'https://runbooks.example/checkout', text: 'Runbook' }],
    });
    expect(await api.send({ ...event, action: 'acknowledge' })).toBe('accepted');
    expect(server.incidents()).toMatchObject([{ status: 'acknowledged' }]);
    expect(await api.send({ ...event, action: 'resolve' })).toBe('accepted');
    expect(server.incidents()).toMatchObject([{ status: 'resolved' }]);
    expect(Object.keys(server.events[2]?.body as object)).toEqual([
      'routing_key',
      'event_action',
      'dedup_key',
    ]);
  });

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['warning', 'warning'],
    ['info', 'info'],
  ] as const)('says %s in the word that PagerDuty has for it', async (severity, word) => {
    const { server, api } = await pagerDuty();
    expect(await api.send({ ...event, severity })).toBe('accepted');
    expect(server.events[0]?.body).toMatchObject({ payload: { severity: word } });
  });

  it('goes out whatever its text holds, cleaned and cut to what PagerDuty takes', async () => {
    const { server, api } = await pagerDuty();
    const hostile: PageEvent = {
      ...event,
      summary: `\u202eevil\u0000\n${'💥'.repeat(800)}`,
      source: ' \u0007 ',
      links: [
        { label: 'x', url: 'javascript:alert(1)' },
        { label: '', url: 'https://ok.example/a' },
        { label: 'y', url: 'https://ok.example/ with space' },
        ...Array.from({ length: 40 }, (_, index) => ({ label: 'z', url: `https://ok.example/${index}` })),
      ],
      clientUrl: 'not a url',
    };
    expect(await api.send(hostile)).toBe('accepted');
    const { payload, links, client_url } = server.events[0]!.body as {
      payload: { summary: string; source: string };
      links: unknown[];
      client_url?: string;
    };
    expect(payload.summary.length).toBeLessThanOrEqual(1024);
    expect(payload.summary.isWellFormed()).toBe(true);
    expect(payload.summary).toMatch(/^�evil� 💥.*…$/u);
    expect(payload.source).not.toBe('');
    expect(links).toHaveLength(10);
    expect(links[0]).toEqual({ href: 'https://ok.example/a', text: 'Link' });
    expect(client_url).toBeUndefined();
  });

  it('is sent with words of ours where the alert has none', async () => {
    const { server, api } = await pagerDuty();
    expect(await api.send({ ...event, summary: ' \n ', source: '' })).toBe('accepted');
    expect(server.events[0]?.body).toMatchObject({
      payload: { summary: '(the alert has no title)', source: 'countersign' },
    });
  });

  it('leaves out details past 512 KB rather than not going out', async () => {
    const { server, api } = await pagerDuty();
    expect(await api.send({ ...event, customDetails: { log: 'é'.repeat(300_000) } })).toBe('accepted');
    expect(server.events[0]?.body).toMatchObject({
      payload: { custom_details: { left_out: 'the details were too large for PagerDuty' } },
    });
  });

  it.each(['', 'k'.repeat(256)])('is not sent with a key PagerDuty would not take', async (dedupKey) => {
    const { server, api } = await pagerDuty();
    expect(await api.send({ ...event, dedupKey })).toEqual({
      kind: 'refused',
      why: `The page was not sent: its key has ${dedupKey.length} characters; PagerDuty takes 1 to 255.`,
    });
    expect(server.events).toEqual([]);
  });
});

describe('an answer that is none of success', () => {
  it('is for good when PagerDuty refuses the event, in its own words and without the key', async () => {
    const { server } = await pagerDuty();
    const wrong = 'f'.repeat(32);
    const api = createEventsApi({ routingKey: new Secret('KEY', wrong), url: server.url });
    expect(await api.send(event)).toEqual({
      kind: 'refused',
      why: 'PagerDuty answered 400: Event object is invalid; Invalid routing key.',
    });
    const url = await listening((_, response) =>
      json(response, 400, { message: 'no', errors: [`${'x'.repeat(250)} ${wrong} is wrong`] }),
    );
    const echoed = await createEventsApi({ routingKey: new Secret('KEY', wrong), url }).send(event);
    expect(JSON.stringify(echoed)).toContain('[redacted]');
    expect(JSON.stringify(echoed)).not.toContain('fffff');
  });

  it('passes when PagerDuty is asked too much, and waits as long as it says', async () => {
    const { api } = await pagerDuty({ perMinute: 1 });
    expect(await api.send(event)).toBe('accepted');
    const outcome = await api.send(event);
    expect(outcome).toMatchObject({ kind: 'later', why: expect.stringContaining('Enhance Your Calm') });
    const { afterMilliseconds } = outcome as { afterMilliseconds: number };
    expect(afterMilliseconds).toBeGreaterThan(50_000);
    expect(afterMilliseconds).toBeLessThanOrEqual(60_000);
  });

  it.each([
    [{ 'retry-after': 'Sat, 21 Nov 2026 00:02:00 GMT', date: 'Sat, 21 Nov 2026 00:00:00 GMT' }, 120_000],
    [{ 'retry-after': '999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, 1_000],
    [{ 'retry-after': '-5' }, 1_000],
    [{}, 1_000],
  ])('reads %j as a wait', async (headers, afterMilliseconds) => {
    const url = await listening((_, response) => json(response, 429, {}, headers));
    const outcome = await createEventsApi({ routingKey, url }).send(event);
    expect(outcome).toEqual({ kind: 'later', afterMilliseconds, why: 'PagerDuty answered 429.' });
  });

  it('passes when PagerDuty fails, and the wait doubles to five minutes', async () => {
    const { server, api } = await pagerDuty();
    server.fails('error');
    const waits = [];
    for (const attempt of [1, 2, 3, 9, 10, 1_000]) {
      const outcome = await api.send(event, attempt);
      expect(outcome).toMatchObject({
        kind: 'later',
        why: 'PagerDuty answered 500: Internal Server Error.',
      });
      waits.push((outcome as { afterMilliseconds: number }).afterMilliseconds);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  });

  it('passes when the connection breaks, and sending again opens no second incident', async () => {
    const { server, api } = await pagerDuty();
    server.fails('cut_after', 1);
    expect(await api.send(event)).toMatchObject({
      kind: 'later',
      why: expect.stringMatching(/^PagerDuty cannot be reached \([A-Z_]+\)\.$/),
    });
    expect(await api.send(event, 2)).toBe('accepted');
    expect(server.incidents()).toMatchObject([{ triggers: 2 }]);
  });

  it('passes when nobody listens', async () => {
    const url = await listening(() => undefined);
    const closed = await startPagerDuty({ routingKeys: [key] });
    await closed.close();
    expect(await createEventsApi({ routingKey, url: closed.url }).send(event)).toMatchObject({
      kind: 'later',
      why: 'PagerDuty cannot be reached (ECONNREFUSED).',
    });
    const hanging = createEventsApi({ routingKey, url, timeoutMilliseconds: 50 });
    expect(await hanging.send(event)).toMatchObject({
      kind: 'later',
      why: 'PagerDuty did not answer within 0.05 s.',
    });
  });

  it('is not waited for when it comes in drops', async () => {
    const url = await listening((_, response) => void response.writeHead(202).write('{"status":'));
    const outcome = await createEventsApi({ routingKey, url, timeoutMilliseconds: 100 }).send(event);
    expect(outcome).toMatchObject({ kind: 'later', why: 'PagerDuty did not answer within 0.1 s.' });
  });

  it('is not followed when it is a redirect', async () => {
    let arrived = 0;
    const elsewhere = await listening((_, response) => {
      arrived += 1;
      json(response, 202, { status: 'success' });
    });
    for (const status of [301, 307, 308]) {
      const url = await listening((_, response) => response.writeHead(status, { location: elsewhere }).end());
      expect(await createEventsApi({ routingKey, url }).send(event)).toMatchObject({
        kind: 'refused',
        why: expect.stringContaining(`answered ${status}, a redirect, which is not followed`),
      });
    }
    expect(arrived).toBe(0);
  });

  it.each([
    ['a page of a proxy', 200, '<html>welcome</html>'],
    ['a 200', 200, '{"status":"success"}'],
    ['an empty 202', 202, ''],
    ['a 202 that says something else', 202, '{"status":"queued"}'],
    ['a 202 for another key', 202, '{"status":"success","dedup_key":"other"}'],
    ['a 202 without end', 202, `{"status":"success","x":"${'y'.repeat(100_000)}"}`],
  ])('is not taken for accepted: %s', async (_, status, body) => {
    const url = await listening((_request, response) => response.writeHead(status).end(body));
    expect(await createEventsApi({ routingKey, url }).send(event)).toMatchObject({ kind: 'later' });
  });

  it('is for good when nobody has that address', async () => {
    const { server } = await pagerDuty();
    const url = server.url.replace('enqueue', 'enqeue');
    expect(await createEventsApi({ routingKey, url }).send(event)).toEqual({
      kind: 'refused',
      why: 'PagerDuty answered 404: Not Found.',
    });
  });
});
