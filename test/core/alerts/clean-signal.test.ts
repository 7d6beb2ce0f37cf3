import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cleanParsed } from '../../../src/core/alerts/clean-signal.ts';
import type { ParsedDelivery, Signal } from '../../../src/core/alerts/signal.ts';
import { hostileText } from '../../slack/views/hostile-text.ts';
import fc from '../../support/properties.ts';

const signal: Signal = {
  status: 'firing',
  groupKey: 'am:ops:{}',
  fingerprint: 'aaaa',
  severity: 'high',
  title: 'Disk is full',
  labels: {},
  links: [],
};
const parsed = (over: Partial<ParsedDelivery> = {}): ParsedDelivery => ({
  event: 'firing',
  isKnown: true,
  signals: [],
  ...over,
});
const cleaned = (over: Partial<Signal>): Signal =>
  cleanParsed(parsed({ signals: [{ ...signal, ...over }] })).signals[0]!;
const linked = (url: string) => cleaned({ links: [{ label: 'Rule', url }] }).links.map((link) => link.url);
const numbered = (count: number, prefix = 'label_') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));

test('leaves what is short and plain as it is', () => {
  const plain: Signal = {
    ...signal,
    summary: 'Ürümqi — 漢字 👨‍👩‍👧',
    service: 'checkout',
    tenant: 'acme',
    environment: 'production',
    labels: { instance: '10.0.4.11:9100' },
    links: [{ label: 'Rule', url: 'https://prometheus.example.com/graph?g0.expr=up%7Bjob%3D%22a%22%7D' }],
    startsAt: new Date('2026-03-02T09:14:23.113Z'),
    endsAt: new Date('2026-03-02T09:15:00Z'),
    order: 7,
    quietMinutes: 15,
    threshold: { count: 3, withinMinutes: 5 },
    note: 'Archived in Sentry.',
  };
  const delivery = parsed({ signals: [plain], deliveryId: 'd-1', truncated: 3, isAlive: false });
  expect(cleanParsed(delivery)).toEqual({ ...delivery, sentAt: undefined });
});

test('takes secrets out of everything that is shown, and keeps what tells alerts apart', () => {
  const quoting: Signal = {
    ...signal,
    groupKey: 'hunter2',
    title: 'login as hunter2',
    summary: `${'x'.repeat(495)}hunter2`,
    tenant: 'hunter2',
    labels: { hunter2: 'is hunter2' },
    links: [
      { label: 'Rule hunter2', url: 'https://a.example/' },
      { label: 'Log', url: 'https://a.example/?key=hunter2' },
    ],
    note: 'hunter2',
  };
  const redact = (text: string) => text.replaceAll('hunter2', '[redacted]');
  const { groupKey, ...shown } = cleanParsed(parsed({ signals: [quoting] }), redact).signals[0]!;
  expect(groupKey).toBe('hunter2');
  expect(JSON.stringify(shown)).not.toMatch(/hunter|hunt\b/);
  expect(shown.labels).toEqual({ '[redacted]': 'is [redacted]' });
  // Without the secret in it an address leads elsewhere.
  expect(shown.links).toEqual([{ label: 'Rule [redacted]', url: 'https://a.example/' }]);
});

test('cuts every text to its length', () => {
  const long = 'x'.repeat(1_000_000);
  const short = cleaned({
    title: long,
    summary: long,
    service: long,
    tenant: long,
    environment: long,
    note: long,
    labels: { [long]: long },
  });
  const [[name, value]] = Object.entries(short.labels) as [[string, string]];
  expect({
    title: short.title.length,
    summary: short.summary?.length,
    service: short.service?.length,
    tenant: short.tenant?.length,
    environment: short.environment?.length,
    note: short.note?.length,
    name: name.length,
    value: value.length,
    event: cleanParsed(parsed({ event: long })).event.length,
  }).toEqual({
    title: 200,
    summary: 500,
    service: 100,
    tenant: 100,
    environment: 100,
    note: 200,
    name: 100,
    value: 200,
    event: 100,
  });
});

test('shows what cannot be seen, so that two names do not look the same', () => {
  expect(cleaned({ service: 'ad\u200bmin', title: 'a\0b\u202ec\nd\ud800' })).toMatchObject({
    service: 'ad\ufffdmin',
    title: 'a\ufffdb\ufffdc d\ufffd',
  });
});

test('calls what has no name something, and keeps nothing blank', () => {
  expect(
    cleaned({ title: ' \n ', summary: '', service: '  ', labels: { a: '', b: ' ', ' ': 'c' } }),
  ).toMatchObject({
    title: 'Alert without a name',
    summary: undefined,
    service: undefined,
    labels: {},
  });
});

test.each([
  ['too long', 'k'.repeat(201)],
  ['not storable', 'a\0b'],
  ['not visible', 'a\u202eb'],
])('keeps a key that is %s as its hash, never cut', (_what, key) => {
  const hash = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  expect(cleaned({ groupKey: key, fingerprint: key })).toMatchObject({ groupKey: hash, fingerprint: hash });
  expect(cleanParsed(parsed({ deliveryId: key })).deliveryId).toBe(hash);
});

test('keeps a key of 200 characters as it is', () => {
  expect(cleaned({ groupKey: 'k'.repeat(200) }).groupKey).toBe('k'.repeat(200));
});

test('keeps of too many labels those that tell most', () => {
  const labels = { ...numbered(10_000, '__meta_'), ...numbered(30), instance: 'a', severity: 'high' };
  const { labels: kept } = cleaned({ labels });
  expect(Object.keys(kept)).toHaveLength(40);
  expect(kept).toMatchObject({ instance: 'a', severity: 'high', ...numbered(30) });
  expect(cleaned({ labels: numbered(40) }).labels).toEqual(numbered(40));
});

test('keeps the first of two labels that are one once they are cut', () => {
  const long = 'n'.repeat(100);
  expect(Object.values(cleaned({ labels: { [`${long}1`]: 'one', [`${long}2`]: 'two' } }).labels)).toEqual([
    'one',
  ]);
});

test('has no label that means something to JavaScript', () => {
  const labels = JSON.parse('{"__proto__":"a","constructor":"b","prototype":"c","app":"d"}') as Record<
    string,
    string
  >;
  const kept = cleaned({ labels }).labels;
  expect(Object.keys(kept)).toEqual(['app']);
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'ftp://example.com/',
  '/graph',
  'example.com',
  'https://',
  '',
  `https://example.com/${'x'.repeat(2000)}`,
  `https://example.com/${'ü'.repeat(500)}`,
])('follows no link to %s', (url) => {
  expect(linked(url)).toEqual([]);
});

test.each([
  ['https://slack.com@evil.example/x', 'https://evil.example/x'],
  ['https://ops:secret@prometheus.example.com/', 'https://prometheus.example.com/'],
  ['https://example.com/a|b?c|d#e|f', 'https://example.com/a%7Cb?c%7Cd#e%7Cf'],
  ['https://example.com/\u202ecod.exe', 'https://example.com/%E2%80%AEcod.exe'],
  ['https://ex\nample.com/<!channel>', 'https://example.com/%3C!channel%3E'],
  ['https://münchen.example/', 'https://xn--mnchen-3ya.example/'],
])('writes the link %j as %s', (url, expected) => {
  expect(linked(url)).toEqual([expected]);
});

test('keeps six links, each once', () => {
  const links = Array.from({ length: 20 }, (_, index) => ({
    label: 'L',
    url: `https://example.com/${index >> 1}`,
  }));
  expect(cleaned({ links }).links.map(({ url }) => url)).toEqual(
    [0, 1, 2, 3, 4, 5].map((index) => `https://example.com/${index}`),
  );
});

test('knows no time that is none', () => {
  for (const at of ['nonsense', '0001-01-01T00:00:00Z', '+012026-01-01T00:00:00Z']) {
    const time = new Date(at);
    expect(cleaned({ startsAt: time, endsAt: time })).toMatchObject({
      startsAt: undefined,
      endsAt: undefined,
    });
    expect(cleanParsed(parsed({ sentAt: time })).sentAt).toBeUndefined();
  }
});

test('keeps counts that a database can', () => {
  expect(cleaned({ order: 1e300 }).order).toBeUndefined();
  expect(cleaned({ order: Number.NaN }).order).toBeUndefined();
  expect(cleanParsed(parsed({ truncated: 1e300 })).truncated).toBe(2_147_483_647);
  expect(cleanParsed(parsed({ truncated: -1.5 })).truncated).toBe(0);
  expect(cleanParsed(parsed({ truncated: Number.NaN })).truncated).toBeUndefined();
});

test('bounds whatever it is given, and cleaning twice changes nothing more', () => {
  const hostile: fc.Arbitrary<Signal> = fc.record({
    status: fc.constant('firing'),
    groupKey: hostileText,
    fingerprint: hostileText,
    severity: fc.constant('high'),
    title: hostileText,
    summary: fc.option(hostileText, { nil: undefined }),
    service: hostileText,
    tenant: hostileText,
    environment: hostileText,
    labels: fc.dictionary(hostileText, hostileText, { maxKeys: 60 }),
    links: fc.array(fc.record({ label: hostileText, url: fc.oneof(fc.webUrl(), hostileText) }), {
      maxLength: 9,
    }),
    note: hostileText,
  });
  fc.assert(
    fc.property(hostile, (given) => {
      const once = cleaned(given);
      for (const text of textsIn(once)) {
        expect(text).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
        expect(text.isWellFormed()).toBe(true);
        expect(text.length).toBeLessThanOrEqual(2000);
      }
      expect(once.title.length).toBeLessThanOrEqual(200);
      expect(Object.keys(once.labels).length).toBeLessThanOrEqual(40);
      expect(once.links.length).toBeLessThanOrEqual(6);
      for (const { url } of once.links) expect(url).toMatch(/^https?:\/\/[^\s<>|@/]+\//);
      expect(cleaned(once)).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
