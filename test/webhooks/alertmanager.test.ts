import { expect, test } from 'vitest';
import { cleanParsed } from '../../src/core/alerts/clean-signal.ts';
import { alertmanager } from '../../src/webhooks/alertmanager.ts';
import { UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { oneSignal, parseAs, rawDelivery, verifyAs } from './deliver.ts';

const firing = {
  status: 'firing',
  labels: { alertname: 'DiskFull', instance: 'a', severity: 'page' },
  annotations: { summary: 'Disk of a is full' },
  startsAt: '2026-03-02T09:14:23.113Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'aaaa',
};
const resolved = {
  ...firing,
  status: 'resolved',
  labels: { ...firing.labels, instance: 'b' },
  endsAt: '2026-03-02T09:20:00Z',
  fingerprint: 'bbbb',
};
const watchdog = {
  ...firing,
  labels: { alertname: 'Watchdog', severity: 'none' },
  fingerprint: 'cccc',
};
const group = (...alerts: object[]) => ({
  receiver: 'ops',
  status: 'firing',
  alerts,
  groupLabels: { alertname: 'DiskFull' },
  groupKey: '{}:{alertname="DiskFull"}',
  version: '4',
});

test("goes by each alert's own status in a group of which a part has resolved", () => {
  const { signals } = parseAs(alertmanager, group(firing, resolved));
  expect(signals.map(({ fingerprint, status }) => [fingerprint, status])).toEqual([
    ['aaaa', 'firing'],
    ['bbbb', 'resolved'],
  ]);
});

test('knows no end of what fires, whatever is written there', () => {
  expect(oneSignal(alertmanager, group(firing)).endsAt).toBeUndefined();
  const guessed = { ...firing, endsAt: '2026-03-02T12:00:00Z' };
  expect(oneSignal(alertmanager, group(guessed)).endsAt).toBeUndefined();
  expect(oneSignal(alertmanager, group(resolved)).endsAt).toEqual(new Date('2026-03-02T09:20:00Z'));
  const zero = { ...resolved, endsAt: '0001-01-01T00:00:00Z' };
  expect(oneSignal(alertmanager, group(zero)).endsAt).toBeUndefined();
});

test.each(['', 'RESOLVED', 'suppressed', null, undefined, 1])(
  'takes an alert with the status %j to fire',
  (status) => {
    expect(oneSignal(alertmanager, { ...group({ ...firing, status }), status: 'resolved' }).status).toBe(
      'firing',
    );
  },
);

test.each([
  ['2026-03-02T10:14:23.113456789+01:00', '2026-03-02T09:14:23.113Z'],
  ['2026-03-02T09:14:23Z', '2026-03-02T09:14:23.000Z'],
])('reads the start %s', (startsAt, expected) => {
  expect(oneSignal(alertmanager, group({ ...firing, startsAt })).startsAt?.toISOString()).toBe(expected);
});

test.each(['yesterday', '2026-03-02 09:14', '2026-02-31T99:00:00Z', '0001-01-01T00:00:00Z', 17, null])(
  'has no start where %j is written',
  (startsAt) => {
    expect(oneSignal(alertmanager, group({ ...firing, startsAt })).startsAt).toBeUndefined();
  },
);

test('keeps two receivers apart that share a route, and reads their names unquoted', () => {
  const keyOf = (receiver: string) => oneSignal(alertmanager, { ...group(firing), receiver }).groupKey;
  expect(keyOf('ops\\.bot')).toBe('am:ops.bot:{}:{alertname="DiskFull"}');
  expect(keyOf('a\\\\b\\[c\\]')).toBe('am:a\\b[c]:{}:{alertname="DiskFull"}');
  expect(keyOf('ops')).not.toBe(keyOf('shadow'));
});

test('is called after its alert and what else it is grouped by', () => {
  const titleOf = (groupLabels: object, ...alerts: object[]) =>
    parseAs(alertmanager, { ...group(...alerts), groupLabels }).signals[0]?.title;
  const other = (alertname: string) => ({ ...firing, labels: { alertname } });
  expect(titleOf({ alertname: 'DiskFull', device: 'sda', service: 'shop' }, firing)).toBe('DiskFull (sda)');
  expect(titleOf({ region: 'eu' }, firing, other('HostDown'))).toBe('DiskFull, HostDown (eu)');
  expect(titleOf({}, other('A'), other('B'), other('C'), other('D'))).toBe('A, B and 2 more');
  expect(titleOf({}, other(''))).toBe('Alert without a name');
});

test('takes the Watchdog for a sign of life and not for an alert', () => {
  expect(parseAs(alertmanager, group(watchdog))).toMatchObject({
    event: 'heartbeat',
    signals: [],
    isAlive: true,
  });
});

test('hears no sign of life in a Watchdog that has stopped', () => {
  const stopped = { ...watchdog, status: 'resolved' };
  expect(parseAs(alertmanager, group(stopped))).toMatchObject({ signals: [], isAlive: false });
  expect(parseAs(alertmanager, group(stopped, watchdog)).isAlive).toBe(true);
});

test('hears the other alerts beside a Watchdog', () => {
  const parsed = parseAs(alertmanager, group(watchdog, firing));
  expect(parsed.signals.map(({ fingerprint }) => fingerprint)).toEqual(['aaaa']);
  expect(parsed.event).toBe('firing');
});

test('takes no other alert of severity "none" for a heartbeat', () => {
  const inhibitor = { ...firing, labels: { alertname: 'InfoInhibitor', severity: 'none' } };
  const parsed = parseAs(alertmanager, group(inhibitor));
  expect(parsed.signals).toMatchObject([{ severity: 'info', status: 'firing' }]);
  expect(parsed.isAlive).toBeUndefined();
});

test('takes the heartbeats that the settings name', () => {
  const named = { options: { heartbeats: ['DeadMansSwitch'] } };
  const other = { ...watchdog, labels: { alertname: 'DeadMansSwitch' } };
  expect(parseAs(alertmanager, group(other), named)).toMatchObject({ signals: [], isAlive: true });
  expect(parseAs(alertmanager, group(watchdog), named).signals).toHaveLength(1);
});

test('says how many alerts were left out', () => {
  expect(parseAs(alertmanager, { ...group(firing), truncatedAlerts: 7 }).truncated).toBe(7);
  expect(parseAs(alertmanager, group(firing)).truncated).toBe(0);
  expect(parseAs(alertmanager, { ...group(firing), truncatedAlerts: 'many' }).truncated).toBe(0);
});

test('understands versions before and after its own', () => {
  const newer = {
    ...group({ ...firing, fresh: { a: [1] } }),
    version: '9',
    notification_reason: 'x',
    more: [],
  };
  expect(parseAs(alertmanager, newer).signals).toEqual(parseAs(alertmanager, group(firing)).signals);
});

test('tells alerts apart by their labels where there is no fingerprint', () => {
  const fingerprintOf = (labels: object) =>
    oneSignal(alertmanager, group({ ...firing, labels, fingerprint: undefined })).fingerprint;
  expect(fingerprintOf({ a: '1', b: '2' })).toBe(fingerprintOf({ b: '2', a: '1' }));
  expect(fingerprintOf({ a: '1', b: '2' })).not.toBe(fingerprintOf({ a: '1', b: '3' }));
});

test.each([[{ text: 'DiskFull' }], [{ alerts: {} }], [[]], [null], ['text'], [1]])(
  'explains what to do about a body of a custom payload: %j',
  (json) => {
    const parse = () => parseAs(alertmanager, json);
    expect(parse).toThrow(UnreadableDelivery);
    expect(parse).toThrow(/"alerts".*"payload" in webhook_configs.*kind "generic"/);
  },
);

test('says which alert is not one', () => {
  expect(() => parseAs(alertmanager, group(firing, ['x']))).toThrow(/"alerts\.1"/);
});

test('survives a label that is called __proto__', () => {
  const labels = JSON.parse('{"alertname":"A","__proto__":{"x":"1"},"toString":"t"}') as object;
  const signal = oneSignal(alertmanager, group({ ...firing, labels }));
  expect(Object.keys(signal.labels)).toEqual(['alertname', 'toString']);
});

test('comes with a bearer token, or as a user with a password', () => {
  const as = (authorization: string) => rawDelivery({}, { headers: { authorization } });
  const basic = (text: string) => as(`Basic ${Buffer.from(text).toString('base64')}`);
  const bearer = { secrets: ['old', 'new'] };
  expect(verifyAs(alertmanager, as('Bearer new'), bearer)).toBe('proven');
  expect(verifyAs(alertmanager, as('Bearer old'), bearer)).toBe('proven');
  expect(verifyAs(alertmanager, as('Bearer other'), bearer)).toBe('refused');
  expect(verifyAs(alertmanager, basic('am:new'), bearer)).toBe('refused');
  expect(verifyAs(alertmanager, rawDelivery({}), bearer)).toBe('refused');
  const user = { secrets: ['new'], options: { username: 'am' } };
  expect(verifyAs(alertmanager, basic('am:new'), user)).toBe('proven');
  expect(verifyAs(alertmanager, basic('you:new'), user)).toBe('refused');
  expect(verifyAs(alertmanager, basic('am:old'), user)).toBe('refused');
  expect(verifyAs(alertmanager, as('Bearer new'), user)).toBe('refused');
  expect(verifyAs(alertmanager, as('Bearer new'), { secrets: [] })).toBe('unsigned');
});

test('may send 16 MB, and is asked to come again with 503', () => {
  expect(alertmanager).toMatchObject({ limitBytes: 16_000_000, tooMany: 503 });
});

test('reads a body of 16 MB in which everything shared is large', () => {
  const large = 'x'.repeat(3_000_000);
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`note_${index}`, 'x']));
  const body = {
    ...group(...Array.from({ length: 20_000 }, (_, index) => ({ ...firing, fingerprint: `${index}` }))),
    receiver: large,
    groupKey: large,
    externalURL: `https://example.com${'/'.repeat(2_000_000)}x`,
    commonAnnotations: { ...many, runbook: large },
  };
  const started = performance.now();
  const { signals } = cleanParsed(parseAs(alertmanager, body));
  expect(signals).toHaveLength(20_000);
  // It takes about a second; work done once for each alert on what they share takes minutes.
  expect(performance.now() - started).toBeLessThan(20_000);
});
