import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAlertSender } from '../../../sandbox/alerts/alert-sender.ts';
import { fingerprintOf } from '../../../sandbox/alerts/alertmanager.ts';
import { grafanaTimestampHeader } from '../../../sandbox/alerts/grafana.ts';
import { hostileTexts } from '../../../sandbox/alerts/hostile.ts';
import { sampleTenants } from '../../../sandbox/targets/rms/sample-tenants.ts';
import type { ParsedDelivery, Signal } from '../../../src/core/alerts/signal.ts';
import { Secret } from '../../../src/core/secret.ts';
import { alertmanager } from '../../../src/webhooks/alertmanager.ts';
import { grafana } from '../../../src/webhooks/grafana.ts';
import { readJson } from '../../../src/webhooks/json-body.ts';
import type { SourceKind } from '../../../src/webhooks/source-kind.ts';
import { type Received, receivingBot, secrets } from './receiving-bot.ts';

/** As the bot reads it: proof first, then the words. */
function understood<Options>(
  kind: SourceKind<Options>,
  delivery: Received,
  source: { name: keyof typeof secrets; options?: object },
): ParsedDelivery {
  const identity = {
    name: source.name,
    secrets: [new Secret('SECRET', secrets[source.name])],
    options: kind.options.parse(source.options ?? {}),
  };
  expect(kind.verify(delivery, identity)).toEqual({ kind: 'proven' });
  const reading = readJson(delivery.body);
  if (!('json' in reading)) throw new Error(reading.problem);
  return kind.parse(reading.json, delivery, identity);
}

const prometheus = (delivery: Received) => understood(alertmanager, delivery, { name: 'prometheus' });
const shown = (signals: readonly Signal[]) => signals.map(({ status, severity }) => `${severity} ${status}`);

async function sending(...samples: string[]) {
  const bot = await receivingBot();
  let milliseconds = Date.now();
  const now = () => {
    milliseconds += 1000;
    return new Date(milliseconds);
  };
  const sender = createAlertSender({ origin: () => bot.origin, secrets, now });
  for (const sample of samples) await sender.send(sample);
  return { ...bot, sender };
}

describe('Prometheus', () => {
  it('computes fingerprints as Prometheus does', () => {
    expect(fingerprintOf({ server: 'ni3', alertname: 'DemoAlert', severity: 'critical' })).toBe(
      '8a07086b74f3ba78',
    );
  });

  it('sends the same fields in the same order as the real one', async () => {
    const real = readFileSync(
      new URL('../../fixtures/webhooks/alertmanager/firing-group.json', import.meta.url),
    );
    const { received } = await sending('checkout-errors');
    const { json, body } = received[0]!;
    const expected = JSON.parse(real.toString('utf8'));
    expect(Object.keys(json)).toEqual(Object.keys(expected));
    expect(Object.keys((json.alerts as object[])[0]!)).toEqual(Object.keys(expected.alerts[0]));
    expect(body.at(-1)).toBe(real.at(-1));
    expect(body.toString('utf8')).not.toMatch(/[<>&]/);
  });

  it('wakes people with three critical alerts of one service', async () => {
    const { received } = await sending('checkout-errors');
    const { signals, truncated } = prometheus(received[0]!);
    expect(shown(signals)).toEqual(['critical firing', 'critical firing', 'critical firing']);
    expect(new Set(signals.map(({ groupKey }) => groupKey)).size).toBe(1);
    expect(new Set(signals.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    expect(signals[0]).toMatchObject({ service: 'payments-api', environment: 'production' });
    expect(truncated).toBe(0);
  });

  it('repeats what fires, and begins anew only after it was over', async () => {
    const { received } = await sending(
      'checkout-errors',
      'checkout-errors',
      'resolve checkout-errors',
      'checkout-errors',
    );
    const [first, repeat, over, anew] = received.map((one) => prometheus(one).signals[0]!);
    expect(repeat).toEqual(first);
    expect(over).toMatchObject({ status: 'resolved', startsAt: first!.startsAt, groupKey: first!.groupKey });
    expect(anew!.startsAt!.getTime()).toBeGreaterThan(first!.startsAt!.getTime());
    expect(received.map(({ json }) => json.notification_reason)).toEqual([
      'first notification',
      'repeat interval elapsed',
      'all alerts resolved',
      'first notification',
    ]);
  });

  it('makes a warning worse within its group, and resolves all of it', async () => {
    const { received } = await sending(
      'disk-filling',
      'worse disk-filling',
      'disk-filling',
      'resolve disk-filling',
    );
    const parsed = received.map((one) => prometheus(one).signals);
    expect(parsed.map(shown)).toEqual([
      ['warning firing'],
      ['warning firing', 'critical firing'],
      ['warning firing', 'critical firing'],
      ['warning resolved', 'critical resolved'],
    ]);
    expect(new Set(parsed.flat().map(({ groupKey }) => groupKey)).size).toBe(1);
    expect(parsed[3]![0]!.startsAt).toEqual(parsed[0]![0]!.startsAt);
  });

  it('shows a sign of life that is no alert', async () => {
    const { received } = await sending('watchdog');
    expect(prometheus(received[0]!)).toMatchObject({ event: 'heartbeat', signals: [], isAlive: true });
  });

  it('storms with 500 alerts over 25 groups that grow, and calms down', async () => {
    const { received, sender } = await sending('storm');
    const storm = received.map((one) => prometheus(one).signals);
    expect(storm).toHaveLength(100);
    const groups = new Map<string, Set<string>>();
    for (const { groupKey, fingerprint } of storm.flat())
      groups.set(groupKey, (groups.get(groupKey) ?? new Set()).add(fingerprint));
    expect([...groups.values()].map(({ size }) => size)).toEqual(Array.from({ length: 25 }, () => 20));
    // One after another within a group, however they lie between the others.
    for (const key of groups.keys())
      expect(storm.filter(([one]) => one?.groupKey === key).map(({ length }) => length)).toEqual([
        5, 10, 15, 20,
      ]);
    const severities = new Set(storm.map(([one]) => one!.severity));
    expect(severities).toEqual(new Set(['critical', 'high', 'warning']));
    received.length = 0;
    await sender.send('resolve storm');
    const calm = received.flatMap((one) => prometheus(one).signals);
    expect(calm).toHaveLength(500);
    expect(calm.every(({ status }) => status === 'resolved')).toBe(true);
  });

  it('is hostile as far as an edge may let it through', async () => {
    const { received } = await sending('hostile');
    expect(received).toHaveLength(4);
    const parsed = received.map((one) => prometheus(one).signals[0]!);
    expect(new Set(parsed.map(({ groupKey }) => groupKey)).size).toBe(4);
    expect(parsed[0]!.title).toContain('<!channel>');
    expect(parsed[0]!.summary).toBe(hostileTexts.join(' '));
    expect(received[0]!.body.toString('utf8')).toContain('"__proto__":"polluted"');
    expect(Buffer.byteLength(parsed[1]!.title)).toBeGreaterThanOrEqual(1_000_000);
    expect(Object.keys(parsed[2]!.labels).length).toBeGreaterThanOrEqual(10_000);
    expect(JSON.stringify(received[3]!.json).match(/[[{]/g)!.length).toBeGreaterThan(90);
    expect(Math.max(...received.map(({ body }) => body.length))).toBeLessThan(16_000_000);
  });
});

describe('Grafana', () => {
  const signed = (delivery: Received) =>
    understood(grafana, delivery, { name: 'grafana', options: { timestampHeader: grafanaTimestampHeader } });

  it('signs body and time, becomes worse and resolves', async () => {
    const { received } = await sending('slow-checkout', 'worse slow-checkout', 'resolve slow-checkout');
    expect(received.map((one) => shown(signed(one).signals))).toEqual([
      ['high firing'],
      ['high firing', 'critical firing'],
      ['high resolved', 'critical resolved'],
    ]);
    expect(received[0]!.path).toBe('/hooks/grafana');
    const fields = JSON.parse(
      readFileSync(new URL('../../fixtures/webhooks/grafana/firing.json', import.meta.url), 'utf8'),
    );
    expect(Object.keys(received[0]!.json)).toEqual(Object.keys(fields));
    expect(Object.keys((received[0]!.json.alerts as object[])[0]!)).toEqual(Object.keys(fields.alerts[0]));
  });
});

describe('the RMS', () => {
  it('tells twice of each failed email, of the tenant whose emails can be resent', async () => {
    const { received } = await sending('email-failures', 'email-failures');
    const acme = sampleTenants().find(({ slug }) => slug === 'acme')!;
    const failures = received.filter(({ json }) => json.event === 'notification.failure');
    const deliveries = received.filter(({ json }) => json.event === 'notification.delivery');
    expect([failures.length, deliveries.length]).toEqual([24, 24]);
    for (const { json, path } of received) {
      expect(json.data).toMatchObject({ tenantId: acme.id, channel: 'email' });
      expect(path).toBe(`/hooks/rms/${secrets.rms}`);
    }
    const ids = (some: Received[]) =>
      new Set(some.map(({ json }) => (json.data as { notificationId: string }).notificationId));
    expect(ids(failures).size).toBe(24);
    expect(ids(deliveries)).toEqual(ids(failures));
  });
});

describe('Uptime Kuma', () => {
  it('says down and up of the same monitor, with its token', async () => {
    const { received } = await sending('shop-down', 'resolve shop-down');
    expect(received.map(({ json }) => json)).toMatchObject([
      { heartbeat: { monitorID: 7, status: 0, time: expect.stringMatching(/^[-\d]{10} [\d:.]{12}$/) } },
      { heartbeat: { monitorID: 7, status: 1 }, msg: '[Shop API health] [✅ Up] 200 - OK' },
    ]);
    expect(received[0]!.headers.authorization).toBe(`Bearer ${secrets.uptime}`);
  });
});
