import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alertmanagerDelivery } from '../../sandbox/alerts/alertmanager.ts';
import type { SampleDelivery } from '../../sandbox/alerts/delivery.ts';
import { hostileTexts } from '../../sandbox/alerts/hostile.ts';
import { cardText } from '../support/slack.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { firing, mentioned, startAlertBot } from './alert-bot.ts';

const promisedMilliseconds = 1_000;

describe('what is not taken', async () => {
  let proxy!: TcpProxy;
  const bot = await startAlertBot({
    mode: 'http',
    sources: `
    small: { kind: alertmanager, secrets: env:ALERTS_PROMETHEUS_TOKEN, limits: { bytes: 2000 } }
    hurried: { kind: alertmanager, secrets: env:ALERTS_PROMETHEUS_TOKEN, limits: { perMinute: 2 } }
    hurried-pagerduty: { kind: pagerduty, secrets: env:ALERTS_PROMETHEUS_TOKEN, limits: { perMinute: 2 } }`,
    databaseUrl: async (url) => {
      proxy = await TcpProxy.to(url);
      return proxy.through(url);
    },
  });
  /** A whole delivery, with something about it changed. */
  const delivery = (service: string, change: Partial<SampleDelivery> = {}): SampleDelivery => ({
    ...alertmanagerDelivery(
      { alerts: [firing(service)], groupBy: ['alertname', 'service'], reason: 'first notification' },
      bot.secrets,
    ),
    ...change,
  });
  const authorized = () => ({
    'content-type': 'application/json',
    authorization: `Bearer ${bot.secrets.prometheus}`,
  });
  async function answered(sent: SampleDelivery) {
    const began = performance.now();
    const response = await bot.post(sent);
    const body = (await response.json()) as { error?: string; message?: string };
    return {
      status: response.status,
      milliseconds: performance.now() - began,
      headers: response.headers,
      ...body,
    };
  }
  async function expectNothingOf(service: string) {
    await bot.quiet();
    const { rows } = await bot.database.pool.query(
      `SELECT id FROM countersign.deliveries WHERE position($1::bytea IN body) > 0`,
      [Buffer.from(service)],
    );
    expect(rows).toEqual([]);
    expect(bot.inChannel().filter((message) => cardText(message).includes(service))).toEqual([]);
  }

  it.each([
    [
      'a wrong token',
      { headers: { 'content-type': 'application/json', authorization: 'Bearer wrong' } },
      401,
      'not_proven',
    ],
    ['no token', { headers: { 'content-type': 'application/json' } }, 401, 'not_proven'],
    ['a source nobody configured', { path: '/hooks/nagios' }, 404, 'unknown_source'],
    ['a name that every object has', { path: '/hooks/constructor' }, 404, 'unknown_source'],
  ] as const)('%s is answered and leaves nothing', async (what, change, status, error) => {
    const service = `refused-${what.replaceAll(' ', '-')}`;
    const { message, ...answer } = await answered(delivery(service, change));
    expect(answer).toMatchObject({ status, error });
    expect(message).toMatch(/\w{4}.*\./);
    expect(message).not.toContain(bot.secrets.prometheus);
    await expectNothingOf(service);
  });

  it('another content type is 415, and says which it takes', async () => {
    const headers = { ...authorized(), 'content-type': 'text/plain' };
    const { status, message } = await answered(delivery('refused-type', { headers }));
    expect(status).toBe(415);
    expect(message).toContain('application/json');
    await expectNothingOf('refused-type');
  });

  it('what is not JSON is 400, with the place', async () => {
    const body = Buffer.from('{\n  "alerts": [\n    {"service": "refused-json",}\n  ]\n}');
    const { status, error, message } = await answered(delivery('', { headers: authorized(), body }));
    expect({ status, error }).toEqual({ status: 400, error: 'not_json' });
    expect(message).toMatch(/line 3, column \d+/);
    await expectNothingOf('refused-json');
  });

  it('JSON that is no notification is 400, and says what is missing', async () => {
    const body = Buffer.from('{"service": "refused-shape"}');
    const { status, error, message } = await answered(delivery('', { headers: authorized(), body }));
    expect({ status, error }).toEqual({ status: 400, error: 'unreadable' });
    expect(message).toContain('alerts');
    await expectNothingOf('refused-shape');
  });

  it('what is larger than the source may send is 413, also when it does not say how large it is', async () => {
    const service = `refused-size-${'x'.repeat(3_000)}`;
    const sent = delivery(service, { path: '/hooks/small' });
    expect(await answered(sent)).toMatchObject({ status: 413, error: 'too_large' });
    const chunked = await fetch(`${bot.url}/hooks/small`, {
      method: 'POST',
      headers: sent.headers,
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(sent.body));
          controller.close();
        },
      }),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    await expectNothingOf('refused-size');
  });

  it('too many are 503 to Alertmanager and 429 to PagerDuty, with when to come again', async () => {
    const ofAlertmanager = [];
    for (const nth of [1, 2, 3])
      ofAlertmanager.push(await answered(delivery(`hurried-${nth}`, { path: '/hooks/hurried' })));
    expect(ofAlertmanager.map(({ status }) => status)).toEqual([202, 202, 503]);
    expect(Number(ofAlertmanager[2]!.headers.get('retry-after'))).toBeGreaterThan(0);
    await bot.card(/hurried-1/);
    await bot.card(/hurried-2/);
    await expectNothingOf('hurried-3');

    const ofPagerDuty = [];
    for (const nth of [1, 2, 3]) {
      const event = { id: `E${nth}`, event_type: 'pagey.ping', occurred_at: new Date().toISOString() };
      const body = Buffer.from(JSON.stringify({ event }));
      const signature = `v1=${createHmac('sha256', bot.secrets.prometheus).update(body).digest('hex')}`;
      const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature };
      ofPagerDuty.push(await answered(delivery('', { path: '/hooks/hurried-pagerduty', headers, body })));
    }
    expect(ofPagerDuty.map(({ status }) => status)).toEqual([202, 202, 429]);
  });

  it.each(['refuse', 'blackhole'] as const)(
    'with its database away is 503 within a second, and is taken when it comes again (%s)',
    async (weather) => {
      await bot.quiet();
      await proxy[weather]();
      onTestFinished(() => proxy.resume());
      const sent = delivery(`outage-${weather}`);
      const { status, headers, milliseconds } = await answered(sent);
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(milliseconds).toBeLessThan(promisedMilliseconds);
      await proxy.resume();
      await until(async () => (await bot.post(sent)).status === 202, {
        deadlineMilliseconds: 15_000,
        waitingFor: 'the bot to take it',
      });
      await bot.card(new RegExp(`outage-${weather}`));
      await bot.quiet();
      // It may have been stored before: it is one alert all the same.
      expect(
        bot.inChannel().filter((message) => cardText(message).includes(`outage-${weather}`)),
      ).toHaveLength(1);
    },
  );

  it('what is hostile shows as text that calls nobody and leads nowhere', async () => {
    const since = bot.now();
    await bot.send('hostile');
    await bot.card(/hostile-labels/);
    await bot.card(/hostile-title/);
    await bot.quiet();
    const cards = bot.inChannel(since);
    expect(cards.length).toBeGreaterThanOrEqual(3);
    for (const card of cards) {
      expect(mentioned(card)).toEqual([]);
      expect(card.text.length).toBeLessThanOrEqual(90);
      const links = [...JSON.stringify(card.blocks).matchAll(/"url":"([^"]*)"/g)].map(
        ([, url]) => new URL(url!),
      );
      expect(links.filter(({ protocol }) => !/^https?:$/.test(protocol))).toEqual([]);
    }
    // Its own words are there to be read.
    const shown = cards.map(cardText).join('\n');
    expect(shown).toContain(hostileTexts[2]!.slice(0, 20));
  });

  it('is counted for whoever set the source up', async () => {
    const status = async () => cardText(await bot.ask('ada', 'monitoring-status'));
    await until(async () => /prometheus[\s\S]*refused/.test(await status()), {
      waitingFor: 'the refusals to be counted',
    });
  });
});
