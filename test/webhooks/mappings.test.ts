import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadShippedMappings, shippedMappings } from '../../src/webhooks/shipped-mappings.ts';
import { type SourceKind, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';
import fc from '../support/properties.ts';
import { oneSignal, parseAs, rawDelivery, verifyAs } from './deliver.ts';
import { readSample } from './samples.ts';

const kinds = loadSourceKinds();
const kindNamed = (name: string) => kinds.get(name) as SourceKind;
const sampled = (folder: string, name: string) => readSample(folder, name).json as object;

describe('the shipped mappings', () => {
  it('are kinds beside those in code', () => {
    expect(loadShippedMappings().map(({ kind }) => kind)).toEqual(shippedMappings);
    for (const kind of [...shippedMappings, 'generic', 'alertmanager'])
      expect(kinds.get(kind)?.kind).toBe(kind);
  });

  it.each(shippedMappings)('%s need no settings, and take changes to single keys', (name) => {
    const changed = kindNamed(name).options.parse({ mapping: { severity: 'info' } });
    expect(changed).toMatchObject({ mapping: { severity: 'info', key: { text: expect.any(Array) } } });
    expect(kindNamed(name).options.safeParse({}).success).toBe(true);
    const wrong = kindNamed(name).options.safeParse({ mapping: { title: '{name}' } });
    expect(wrong.error?.issues.map(({ path }) => path.join('.'))).toEqual(['mapping.title.0']);
    expect(kindNamed(name).options.safeParse({ mapings: {} }).success).toBe(false);
  });

  it('prove themselves as their settings say, else as their file does', () => {
    const secrets = ['a-secret-for-tests'];
    const byHeader = rawDelivery({}, { headers: { 'x-countersign-token': secrets[0]! } });
    const byToken = rawDelivery({}, { headers: { authorization: `Bearer ${secrets[0]}` } });
    const ours = (name: string, delivery: typeof byHeader, options = {}) =>
      verifyAs(kindNamed(name), delivery, { secrets, options });
    expect(ours('datadog', byHeader)).toBe('proven');
    expect(ours('uptimerobot', byHeader)).toBe('proven');
    expect(ours('uptime-kuma', byToken)).toBe('proven');
    expect(ours('uptime-kuma', byHeader)).toBe('refused');
    expect(ours('datadog', byToken)).toBe('refused');
    expect(ours('datadog', byHeader, { username: 'datadog' })).toBe('refused');
    expect(verifyAs(kindNamed('datadog'), byHeader, { secrets: [] })).toBe('unsigned');
  });

  it('ask Datadog alone to come again', () => {
    expect(shippedMappings.map((name) => kindNamed(name).tooMany)).toEqual([503, undefined, undefined]);
  });
});

describe('datadog', () => {
  const kind = kindNamed('datadog');
  const triggered = sampled('datadog', 'triggered');
  const signal = (changes: object) => oneSignal(kind, { ...triggered, ...changes });

  it('is told by exactly the template that is shipped', () => {
    const template = JSON.parse(
      readFileSync(
        new URL('../../src/webhooks/mappings/datadog-payload-template.json', import.meta.url),
        'utf8',
      ),
    );
    expect(Object.keys(triggered).sort()).toEqual(Object.keys(template).sort());
  });

  it('links the recovery to what it recovers from', () => {
    const recovered = oneSignal(kind, sampled('datadog', 'recovered'));
    const fired = signal({});
    expect([recovered.status, fired.status]).toEqual(['resolved', 'firing']);
    expect(recovered.fingerprint).toBe(fired.fingerprint);
    expect(recovered.groupKey).toBe(fired.groupKey);
    expect(recovered.title).toBe(fired.title);
    expect(recovered.order).toBeGreaterThan(fired.order ?? Number.POSITIVE_INFINITY);
  });

  it.each([
    'Triggered',
    'Re-Triggered',
    'No Data',
    'Re-No Data',
    'Warn',
    'Re-Warn',
    'Renotify',
    'Null',
    'Muted tomorrow',
    '',
    '$ALERT_TRANSITION',
    'Recovered partly',
  ])('fires for %j', (alert_transition) => {
    expect(signal({ alert_transition }).status).toBe('firing');
  });

  it.each([
    ['P1', 'error', 'Triggered', 'critical'],
    ['P2', 'error', 'Triggered', 'high'],
    ['P3', 'error', 'Triggered', 'warning'],
    ['P5', 'error', 'Triggered', 'info'],
    ['P1', 'warning', 'Warn', 'warning'],
    ['P1', 'warning', 'Re-Warn', 'warning'],
    ['P1', 'warning', 'Renotify', 'warning'],
    ['P1', 'error', 'Renotify', 'critical'],
    ['P5', 'warning', 'Warn', 'info'],
    ['', 'error', 'Triggered', 'high'],
    ['$ALERT_PRIORITY', 'info', 'Triggered', 'info'],
    ['', '', 'Triggered', 'warning'],
    ['', 'success', 'Renotify', 'info'],
  ])('with priority %j, type %j and %j is %s', (alert_priority, alert_type, alert_transition, severity) => {
    expect(signal({ alert_priority, alert_type, alert_transition }).severity).toBe(severity);
  });

  it('shows an event of no monitor, and lets it end', () => {
    const event = signal({
      aggreg_key: '',
      alert_id: '$ALERT_ID',
      alert_cycle_key: '',
      alert_transition: '',
      alert_title: '',
      title: 'Deploy failed',
    });
    expect(event).toMatchObject({
      status: 'firing',
      groupKey: 'event:7716548234011234567',
      title: 'Deploy failed',
      quietMinutes: 240,
    });
    expect(signal({}).quietMinutes).toBeUndefined();
  });

  it('leaves out what the template could not fill', () => {
    const bare = signal({
      service: '$TAGS[service]',
      env: '',
      snapshot: 'null',
      hostname: '$HOSTNAME',
      tags: '',
    });
    expect(bare).toMatchObject({ service: undefined, environment: undefined, links: [{ label: 'Event' }] });
    expect(Object.keys(bare.labels).sort()).toEqual(['metric', 'scope']);
  });
});

describe('uptime-kuma', () => {
  const kind = kindNamed('uptime-kuma');
  const down = sampled('uptime-kuma', 'down') as Record<'heartbeat' | 'monitor', object>;
  const beat = (heartbeat: object, monitor: object = {}) =>
    parseAs(kind, {
      ...down,
      heartbeat: { ...down.heartbeat, ...heartbeat },
      monitor: { ...down.monitor, ...monitor },
    });
  const message = (msg: unknown) => parseAs(kind, { heartbeat: null, monitor: null, msg });

  it.each([
    [0, 'down', ['firing']],
    [1, 'up', ['resolved']],
    [2, 'pending', ['noted']],
    [3, 'maintenance', ['noted']],
    [4, '4', []],
    [null, 'unknown', []],
    [true, 'true', []],
    ['up', 'up', []],
  ])('with status %j is %s', (status, event, statuses) => {
    const parsed = beat({ status });
    expect(parsed.event).toBe(event);
    expect(parsed.signals.map((signal) => signal.status)).toEqual(statuses);
    expect(parsed.isKnown).toBe(statuses.length > 0);
  });

  it('reads its time as UTC, whatever its local one is', () => {
    expect(beat({}).signals[0]?.order).toBe(Date.UTC(2026, 2, 2, 9, 16, 40, 118));
  });

  it('is as bad as its tag says, else critical', () => {
    const tagged = (tags: unknown) => beat({}, { tags }).signals[0]?.severity;
    expect(tagged([])).toBe('critical');
    expect(tagged(undefined)).toBe('critical');
    expect(
      tagged([
        { name: 'env', value: 'x' },
        { name: 'severity', value: 'Warning' },
      ]),
    ).toBe('warning');
    expect(tagged([{ name: 'priority', value: 'P2' }])).toBe('high');
  });

  it('tells the test from an expiry, and neither from what it does not know', () => {
    expect(message('Ops bot Testing')).toMatchObject({ event: 'test', isKnown: true, signals: [] });
    const left = (days: number) =>
      message(
        `[Shop][https://shop.example.com] server certificate shop.example.com will expire in ${days} days`,
      );
    expect(left(14)).toMatchObject({
      event: 'expiry',
      isKnown: true,
      signals: [
        {
          status: 'firing',
          severity: 'warning',
          title: 'Expiring: [Shop][https://shop.example.com] server certificate shop.example.com',
          summary: expect.stringContaining('in 14 days'),
          quietMinutes: 10_080,
        },
      ],
    });
    expect(left(7).signals[0]?.groupKey).toBe(left(14).signals[0]?.groupKey);
    expect(message('Something new')).toMatchObject({ isKnown: false, signals: [] });
    expect(message(null)).toMatchObject({ isKnown: false, signals: [] });
  });

  it('stores nothing but what it reads: no address, no password', () => {
    const monitor = {
      ...down.monitor,
      url: 'https://user:hunter22@shop.example.com/?token=abc',
      basic_auth_pass: 'hunter22',
      headers: '{"authorization":"hunter22"}',
      databaseConnectionString: 'postgres://hunter22',
    };
    const json = { ...down, monitor };
    const source = { name: 'tested', secrets: [], options: kind.options.parse({}) };
    const kept = kind.keep?.(json, rawDelivery(json), source);
    expect(JSON.stringify(kept)).not.toMatch(/hunter22|token=abc|Istanbul/);
    expect(parseAs(kind, kept)).toEqual(parseAs(kind, json));
    expect(JSON.stringify(parseAs(kind, json))).not.toMatch(/hunter22|token=abc/);
  });
});

describe('uptimerobot', () => {
  const kind = kindNamed('uptimerobot');
  const down = sampled('uptimerobot', 'down');
  const parse = (changes: object) => parseAs(kind, { ...down, ...changes });

  it('opens with 1 and closes with 2 what has the same monitor', () => {
    const [fired] = parse({}).signals;
    const [over] = parse({ alertType: 2, alertDateTime: '1772443482' }).signals;
    expect([fired?.status, over?.status]).toEqual(['firing', 'resolved']);
    expect(over?.fingerprint).toBe(fired?.fingerprint);
    expect(over?.order).toBe((fired?.order ?? 0) + 482_000);
  });

  it('warns of a certificate apart from the monitor, and not for ever', () => {
    const certificate = { alertType: '3', sslExpiryDate: '2026-03-20', sslExpiryDaysLeft: '18' };
    expect(parse(certificate)).toMatchObject({
      event: 'ssl',
      signals: [
        {
          status: 'firing',
          groupKey: 'certificate:78901234',
          severity: 'warning',
          title: 'The certificate of Shop expires',
          summary: '18 days are left, until 2026-03-20',
          quietMinutes: 10_080,
        },
      ],
    });
  });

  it('counts another type and does nothing else, and refuses a template that was not filled', () => {
    for (const alertType of ['4', '', '*alertType*', '22']) {
      expect(parse({ alertType })).toMatchObject({ isKnown: false, signals: [] });
    }
    expect(() => parse({ monitorID: '*monitorID*' })).toThrow(UnreadableDelivery);
  });
});

describe.each(shippedMappings)('any JSON sent to %s', (name) => {
  const kind = kindNamed(name);
  const source = { name: 'tested', secrets: [], options: kind.options.parse({}) };
  const value = fc.oneof(
    fc.constantFrom(
      '0',
      0,
      '1',
      1,
      '2',
      'Recovered',
      'recovering',
      '',
      null,
      '$ID',
      'x will expire in 3 days',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const record = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), value);
  const bodies = fc.oneof(
    fc.jsonValue(),
    record(
      'alert_transition',
      'alert_id',
      'aggreg_key',
      'alert_cycle_key',
      'tags',
      'date',
      'alertType',
      'monitorID',
    ),
    fc.record(
      {
        heartbeat: fc.oneof(value, record('status', 'time', 'monitorID')),
        monitor: fc.oneof(value, record('id', 'tags', 'name')),
        msg: value,
      },
      { requiredKeys: [] },
    ),
  );
  /** The very words of each that end an alert. */
  const ends = (body: unknown): boolean => {
    const { alert_transition, alertType, heartbeat } = Object(body);
    if (name === 'datadog') return /^recovered$/i.test(String(alert_transition).trim());
    if (name === 'uptimerobot') return String(alertType).trim() === '2';
    return String(Object(heartbeat).status).trim() === '1';
  };

  it('is read or refused with a sentence, the same from what is stored, and ends nothing by accident', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const read = (json: unknown): unknown => {
          try {
            return kind.parse(json, rawDelivery(json), source);
          } catch (error) {
            if (!(error instanceof UnreadableDelivery)) throw error;
            return error.message;
          }
        };
        const json = JSON.parse(JSON.stringify(body)) as unknown;
        const parsed = read(json);
        if (!ends(json)) expect(JSON.stringify(parsed)).not.toContain('"status":"resolved"');
        expect(read(kind.keep?.(json, rawDelivery(json), source))).toEqual(parsed);
      }),
      { numRuns: 1_000 },
    );
  });
});
