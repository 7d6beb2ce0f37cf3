import { describe, expect, test } from 'vitest';
import type { ParsedDelivery, Signal } from '../../src/core/alerts/signal.ts';
import { Secret } from '../../src/core/secret.ts';
import { genzi } from '../../src/webhooks/genzi.ts';
import { pathTemplate } from '../../src/webhooks/path-template.ts';
import { type RawDelivery, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { withoutPersonalData } from '../../src/webhooks/without-personal-data.ts';
import fc from '../support/properties.ts';
import { mutationsOf, parsedOrRefused } from './mutations.ts';
import { readSample } from './samples.ts';

const delivery: RawDelivery = {
  method: 'POST',
  headers: {},
  body: Buffer.from('{}'),
  receivedAt: new Date('2026-03-02T10:00:00Z'),
};

function parse(event: string, data: unknown, options: unknown = {}): ParsedDelivery {
  const source = { name: 'genzi', secrets: [], options: genzi.options.parse(options) };
  return genzi.parse({ event, data }, delivery, source);
}

function onlySignal({ signals }: ParsedDelivery): Signal {
  expect(signals).toHaveLength(1);
  return signals[0]!;
}

const tenantId = '65f0c0ffee0000000000a001';
const failure = { tenantId, notificationId: 'e1', channel: 'email', reason: 'SMTP timeout' };

test('it proves nothing, even with a secret configured', () => {
  const secrets = [new Secret('S', 'a-secret-for-tests')];
  const options = genzi.options.parse({});
  expect(genzi.verify(delivery, { name: 'genzi', secrets, options })).toEqual({ kind: 'unsigned' });
});

describe('a notification that failed', () => {
  test('is one alert, though it is posted twice, in whatever order', () => {
    const twice = [
      parse('notification.delivery', {
        ...failure,
        durationMs: 3,
        success: false,
        errorMessage: 'SMTP timeout',
      }),
      parse('notification.failure', failure),
    ];
    expect(twice.every(({ isKnown }) => isKnown)).toBe(true);
    expect(twice.flatMap(({ signals }) => signals)).toHaveLength(1);
  });

  test('is the same alert for the same tenant and channel, whatever the reason', () => {
    const [one, other] = ['SMTP timeout', 'bounced'].map((reason) =>
      onlySignal(parse('notification.failure', { ...failure, reason })),
    );
    expect(other?.fingerprint).toBe(one?.fingerprint);
    const sms = onlySignal(parse('notification.failure', { ...failure, channel: 'sms' }));
    expect(sms.groupKey).not.toBe(one?.groupKey);
    const elsewhere = onlySignal(parse('notification.failure', { ...failure, tenantId: 'another' }));
    expect(elsewhere.groupKey).not.toBe(one?.groupKey);
  });

  test.each([
    ['email', 'high'],
    ['sms', 'high'],
    ['push', 'warning'],
    ['in_app', 'warning'],
    ['pigeon', 'warning'],
  ])('by %s is %s', (channel, severity) => {
    expect(onlySignal(parse('notification.failure', { ...failure, channel })).severity).toBe(severity);
  });

  test('in a test of settings is another alert, and no worse than a warning', () => {
    const tried = onlySignal(
      parse('notification.failure', { ...failure, notificationId: 'test', reason: 'test_failed' }),
    );
    expect(tried.severity).toBe('warning');
    expect(tried.groupKey).not.toBe(onlySignal(parse('notification.failure', failure)).groupKey);
  });

  test('without a channel or a reason is still one', () => {
    expect(onlySignal(parse('notification.failure', { tenantId }))).toMatchObject({
      title: 'notification delivery failing',
      summary: 'unknown',
    });
  });
});

test.each(['notification.delivery', 'notification.test', 'payment.test'])(
  'a success of %s ends nothing, and a failure of it counts by its own post alone',
  (event) => {
    for (const success of [true, false]) {
      expect(parse(event, { tenantId, channel: 'email', provider: 'stripe', success })).toMatchObject({
        isKnown: true,
        signals: [],
      });
    }
  },
);

describe('a payment that failed', () => {
  test('is high', () => {
    expect(
      onlySignal(parse('payment.failure', { tenantId, provider: 'stripe', reason: 'card network down' })),
    ).toMatchObject({
      status: 'firing',
      severity: 'high',
      service: 'payments',
      tenant: tenantId,
      title: 'stripe payments failing: card network down',
    });
  });

  test('in a test without a message is a warning', () => {
    const signal = onlySignal(
      parse('payment.failure', { tenantId, provider: 'stripe', reason: 'test_failed' }),
    );
    expect(signal.severity).toBe('warning');
  });
});

describe('a change in the audit log', () => {
  const change = (changeCount: number, rest: object = {}, options: unknown = {}) =>
    parse(
      'audit.anomaly',
      {
        tenantId,
        entityType: 'settings',
        entityId: 'd1',
        action: 'update',
        details: { changeCount, fields: ['a'] },
        ...rest,
      },
      options,
    ).signals;
  const atOnce = (signals: readonly Signal[]) => signals.filter(({ threshold }) => threshold === undefined);

  test('of ten fields is an alert, of nine it only counts', () => {
    expect(atOnce(change(10))).toHaveLength(1);
    expect(atOnce(change(9))).toEqual([]);
  });

  test('always counts for how often there are changes, the large ones too', () => {
    for (const count of [1, 9, 10, 500]) {
      const rates = change(count).filter(({ threshold }) => threshold !== undefined);
      expect(rates).toMatchObject([
        { fingerprint: `audit-rate:${tenantId}:settings`, threshold: { count: 30, withinMinutes: 10 } },
      ]);
    }
  });

  test.each(['create', 'delete'])('that is a %s touches every field, which is nothing special', (action) => {
    expect(atOnce(change(40, { action }))).toEqual([]);
    expect(change(40, { action })).toHaveLength(1);
  });

  test('is counted where the runbook looks for the number, where it really is, and else by its fields', () => {
    expect(atOnce(change(0, { changeCount: 14, details: undefined }))[0]?.labels.changeCount).toBe('14');
    expect(atOnce(change(0, { changeCount: 3, details: { changeCount: 14 } }))[0]?.labels.changeCount).toBe(
      '14',
    );
    expect(atOnce(change(0, { details: { fields: Array(10).fill('x') } }))[0]?.labels.changeCount).toBe('10');
    expect(atOnce(change(0, { details: { changeCount: 'many' } }))).toEqual([]);
  });

  test('is measured by the settings', () => {
    const options = { anomaly: { changeCount: 3, frequency: { count: 2, withinMinutes: 1 } } };
    expect(atOnce(change(3, {}, options))).toHaveLength(1);
    expect(change(1, {}, options)[0]?.threshold).toEqual({ count: 2, withinMinutes: 1 });
  });
});

describe('a request', () => {
  const request = (data: object, options: unknown = {}) =>
    parse('http.request', { method: 'GET', path: '/api/sales', duration: 4, ...data }, options);

  test.each([200, 404, 499, 600, '500', undefined])('answered %s counts for nothing', (status) => {
    expect(request({ status })).toMatchObject({ isKnown: true, signals: [] });
  });

  test('answered 500 and above counts toward a rate', () => {
    expect(onlySignal(request({ status: 503 }))).toMatchObject({
      service: 'api',
      labels: { method: 'GET', path: '/api/sales', status: '503' },
      threshold: { count: 5, withinMinutes: 5 },
    });
    const httpErrors = { count: 50, withinMinutes: 1 };
    expect(onlySignal(request({ status: 500 }, { httpErrors })).threshold).toEqual(httpErrors);
  });

  test('is one route, whatever the ids in it', () => {
    const [one, other] = ['65f0c0ffee0000000000a001', '65f0c0ffee0000000000a002'].map((id) =>
      onlySignal(request({ status: 500, path: `/api/tenants/${id}/sales?token=${id}` })),
    );
    expect(one?.fingerprint).toBe('GET /api/tenants/:id/sales');
    expect(other?.fingerprint).toBe(one?.fingerprint);
  });

  test('shows neither who called nor with which query', () => {
    const signal = onlySignal(
      request({ status: 500, path: '/api/reset?token=hunter2', tenantId, userId: 'u-77' }),
    );
    expect(Object.keys(signal.labels)).toEqual(['method', 'path', 'status']);
    expect(JSON.stringify(signal)).not.toMatch(/hunter2|u-77|65f0c0ffee/);
  });
});

test.each([
  ['/api/sales', '/api/sales'],
  ['/api/sync-status/', '/api/sync-status'],
  ['/api/v2/x', '/api/v2/x'],
  ['/api/users/42', '/api/users/:id'],
  ['/u/0b9d1c1e-6a2b-4a57-9f1e-3f0c2b7b7c11', '/u/:id'],
  ['/u/anna@example.com', '/u/:id'],
  ['/reset/eyJhbGciOiJIUzI1NiJ9.e30.x', '/reset/:id'],
  ['/x?y=/z', '/x'],
  ['/x#y', '/x'],
  ['/x;jsessionid=1', '/x'],
  ['//a//b', '/a/b'],
  ['/../../etc', '/:id/:id/etc'],
  ['', '/'],
  [`/${'a/'.repeat(500)}`, `${'/a'.repeat(12)}/…`],
])('the route of %s is %s', (path, route) => {
  expect(pathTemplate(path)).toBe(route);
});

test.each([
  ['SMTP timeout', 'SMTP timeout'],
  ['550 5.1.1 no such user <anna@example.com>', '550 5.1.1 no such user <…@…>'],
  ['unreachable: +44 7700 900123', 'unreachable: …'],
  ['to (030) 1234567 failed', 'to (… failed'],
  ['code 30003', 'code 30003'],
])('of the message %s stays %s', (message, kept) => {
  expect(withoutPersonalData(message)).toBe(kept);
});

test('nothing of what may hold personal data is kept', () => {
  const secrets = { payload: { to: 'anna' }, target: 'anna', metadata: { who: 'anna' }, userId: 'anna' };
  for (const event of ['notification.failure', 'payment.failure', 'audit.anomaly', 'http.request']) {
    const parsed = parse(event, {
      ...failure,
      status: 500,
      path: '/x',
      ...secrets,
      details: { changeCount: 20, ...secrets },
    });
    expect(parsed.signals.length).toBeGreaterThan(0);
    expect(JSON.stringify(parsed)).not.toContain('anna');
  }
});

test('everything ends by quiet time, as long as the settings say', () => {
  const all = (options: unknown) =>
    [
      parse('notification.failure', failure, options),
      parse('payment.failure', { provider: 'stripe' }, options),
      parse('audit.anomaly', { details: { changeCount: 20 } }, options),
      parse('http.request', { status: 500 }, options),
    ].flatMap(({ signals }) => signals.map(({ quietMinutes }) => quietMinutes));
  expect(new Set(all({}))).toEqual(new Set([60]));
  expect(new Set(all({ resolveAfterQuietMinutes: 15 }))).toEqual(new Set([15]));
});

test.each([{ anomally: {} }, { httpErrors: { count: 0 } }, { resolveAfterQuietMinutes: -1 }])(
  'settings that make no sense are refused: %j',
  (options) => {
    expect(genzi.options.safeParse(options).success).toBe(false);
  },
);

test.each(['user.login', 'notification.delivered', 'constructor', '__proto__'])(
  '"%s" is counted and not known',
  (event) => {
    expect(parse(event, undefined)).toMatchObject({ event, isKnown: false, signals: [] });
  },
);

test.each([
  null,
  [],
  'x',
  { event: 1 },
  { data: {} },
  { event: 'notification.failure' },
  { event: 'http.request', data: [] },
])('unreadable is %j', (json) => {
  const source = { name: 'genzi', secrets: [], options: genzi.options.parse({}) };
  expect(() => genzi.parse(json, delivery, source)).toThrow(UnreadableDelivery);
});

test('any JSON at all is read or refused, and ends nothing', () => {
  const source = { name: 'genzi', secrets: [], options: genzi.options.parse({}) };
  const samples = [
    'notification-failure',
    'notification-delivery-failed',
    'audit-anomaly',
    'http-request-sample',
  ];
  const mutated = samples.map((name) => mutationsOf(readSample('genzi', name).json));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), ...mutated), (json) => {
      const parsed = parsedOrRefused(genzi, json, delivery, source);
      expect(parsed?.signals.every(({ status }) => status === 'firing') ?? true).toBe(true);
    }),
    { numRuns: 400 },
  );
});
