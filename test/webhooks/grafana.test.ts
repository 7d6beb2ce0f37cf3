import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { grafana } from '../../src/webhooks/grafana.ts';
import { UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { oneSignal, parseAs, rawDelivery, verifyAs } from './deliver.ts';

const key = 'grafana-key';
const at = 1_772_444_700;
const receivedAt = new Date(at * 1000);

const alert = (labels: object, more: object = {}) => ({
  receiver: 'ops',
  status: 'firing',
  alerts: [{ status: 'firing', labels, fingerprint: 'aaaa', values: null, ...more }],
  groupKey: '{}:{x="y"}',
});
const broken = (alertname: string, rulename: string) =>
  oneSignal(grafana, alert({ alertname, rulename, grafana_folder: 'Shop' }));

test.each([
  ['DatasourceNoData', 'No data: Latency'],
  ['DatasourceError', 'Query failed: Latency'],
])('gives a rule whose query is broken (%s) a group and the name of its own', (alertname, title) => {
  const signal = broken(alertname, 'Latency');
  expect(signal).toMatchObject({ title, status: 'firing' });
  expect(signal.groupKey).not.toBe(broken(alertname, 'Errors').groupKey);
  expect(signal.groupKey).not.toBe(oneSignal(grafana, alert({ alertname: 'Latency' })).groupKey);
});

test('says of a resolve why, where nothing healed', () => {
  const resolvedBecause = (reason: string) =>
    oneSignal(
      grafana,
      alert({ alertname: 'A' }, { status: 'resolved', annotations: { grafana_state_reason: reason } }),
    );
  expect(resolvedBecause('MissingSeries')).toMatchObject({
    status: 'resolved',
    note: expect.stringContaining('vanished'),
  });
  expect(resolvedBecause('Paused').note).toContain('paused');
  expect(resolvedBecause('constructor').note).toBe('Grafana gives another reason than that it healed.');
  expect(oneSignal(grafana, alert({ alertname: 'A' }, { status: 'resolved' })).note).toBeUndefined();
});

test('takes no reason of what still fires for news', () => {
  const signal = oneSignal(
    grafana,
    alert({ alertname: 'A' }, { annotations: { grafana_state_reason: 'Error' } }),
  );
  expect(signal).toMatchObject({ status: 'firing', note: undefined });
});

test('ends what the test button sent after a quiet time, and wakes nobody', () => {
  const test = oneSignal(
    grafana,
    alert({ alertname: 'TestAlert', instance: 'Grafana', severity: 'critical' }),
  );
  expect(test).toMatchObject({ quietMinutes: 15, severity: 'info' });
  expect(oneSignal(grafana, alert({ alertname: 'TestAlert' })).quietMinutes).toBeUndefined();
});

test('names the folder where no service is named', () => {
  expect(oneSignal(grafana, alert({ alertname: 'A', grafana_folder: 'Shop' })).service).toBe('Shop');
  expect(oneSignal(grafana, alert({ alertname: 'A', grafana_folder: 'Shop', job: 'api' })).service).toBe(
    'api',
  );
});

test('has keys that no Alertmanager has', () => {
  expect(oneSignal(grafana, alert({ alertname: 'A' })).groupKey).toBe('grafana:ops:{}:{x="y"}');
});

test('comes by POST and by PUT', () => {
  expect(grafana.methods).toEqual(['POST', 'PUT']);
});

test('explains what to do about a template of its own, and about the alerting of old', () => {
  expect(() => parseAs(grafana, { text: 'A' })).toThrow(UnreadableDelivery);
  expect(() => parseAs(grafana, { text: 'A' })).toThrow(/custom payload.*kind "generic"/);
  expect(() => parseAs(grafana, { evalMatches: [], ruleName: 'A' })).toThrow(/before version 9/);
});

const signed = (timestamp: string | undefined, names = { signature: 'x-grafana-alerting-signature' }) => {
  const delivery = rawDelivery({ a: 1 }, { receivedAt });
  const mac = createHmac('sha256', key);
  if (timestamp !== undefined) mac.update(`${timestamp}:`);
  const headers: Record<string, string> = { [names.signature]: mac.update(delivery.body).digest('hex') };
  if (timestamp !== undefined) headers['x-signed-at'] = timestamp;
  return { ...delivery, headers };
};
const timed = { secrets: [key], options: { timestampHeader: 'X-Signed-At' } };

test('signs the body, in a header with the name the settings give', () => {
  expect(verifyAs(grafana, signed(undefined), { secrets: [key] })).toBe('proven');
  expect(verifyAs(grafana, signed(undefined), { secrets: ['other'] })).toBe('refused');
  const named = { secrets: [key], options: { signatureHeader: 'X-Mine' } };
  expect(verifyAs(grafana, signed(undefined, { signature: 'x-mine' }), named)).toBe('proven');
  expect(verifyAs(grafana, signed(undefined), named)).toBe('refused');
});

test('signs the time too, and then nothing else will do', () => {
  expect(verifyAs(grafana, signed(`${at}`), timed)).toBe('proven');
  expect(verifyAs(grafana, signed(undefined), timed)).toBe('refused');
  const untimed = { ...signed(undefined).headers, 'x-signed-at': `${at}` };
  expect(verifyAs(grafana, { ...signed(undefined), headers: untimed }, timed)).toBe('refused');
  expect(verifyAs(grafana, signed(`${at}`), { secrets: [key] })).toBe('refused');
});

test.each([
  [at - 300, 'proven'],
  [at - 301, 'refused'],
  [at + 300, 'proven'],
  [at + 301, 'refused'],
])('is told at %i, received at 1772444700: %s', (time, outcome) => {
  expect(verifyAs(grafana, signed(`${time}`), timed)).toBe(outcome);
});

test('is refused with a signed time that is none', () => {
  for (const time of ['soon', '-1', '1e9', `${at}.5`, '9'.repeat(20)]) {
    expect(verifyAs(grafana, signed(time), timed)).toBe('refused');
  }
});

test('tells how far the clocks are apart by the signed time', () => {
  const given = { options: timed.options, headers: signed(`${at}`).headers };
  expect(parseAs(grafana, alert({ alertname: 'A' }), given).sentAt).toEqual(receivedAt);
  expect(parseAs(grafana, alert({ alertname: 'A' })).sentAt).toBeUndefined();
});

test('comes with a bearer token or a password where the settings say so', () => {
  const as = (authorization: string) => rawDelivery({}, { headers: { authorization } });
  const basic = as(`Basic ${Buffer.from('g:pw').toString('base64')}`);
  expect(verifyAs(grafana, as('Bearer pw'), { secrets: ['pw'], options: { auth: 'bearer' } })).toBe('proven');
  expect(verifyAs(grafana, as('Bearer pw'), { secrets: ['pw'] })).toBe('refused');
  expect(verifyAs(grafana, basic, { secrets: ['pw'], options: { username: 'g' } })).toBe('proven');
  expect(verifyAs(grafana, basic, { secrets: ['pw'], options: { username: 'h' } })).toBe('refused');
  expect(verifyAs(grafana, rawDelivery({}), { secrets: [] })).toBe('unsigned');
});

test('refuses settings that contradict each other', () => {
  for (const options of [
    { auth: 'basic' },
    { auth: 'hmac', username: 'g' },
    { timestampHeader: 'a b' },
    { x: 1 },
  ]) {
    expect(grafana.options.safeParse(options).success).toBe(false);
  }
});
