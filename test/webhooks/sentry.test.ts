import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { sentry } from '../../src/webhooks/sentry.ts';
import { UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { oneSignal, parseAs, rawDelivery, verifyAs } from './deliver.ts';

const receivedAt = new Date('2026-03-02T09:45:00Z');
const hookAt = receivedAt.getTime() / 1000 - 2;

const of = (resource: string, more: Record<string, string> = {}) => ({
  receivedAt,
  headers: { 'sentry-hook-resource': resource, 'sentry-hook-timestamp': `${hookAt}`, ...more },
});
const issue = (action: string, more: object = {}) => ({
  action,
  data: {
    issue: {
      id: '11',
      title: 'PaymentError',
      level: 'fatal',
      project: { slug: 'checkout' },
      firstSeen: '2026-03-01T09:20:17.677000+00:00',
      lastSeen: '2026-03-02T09:44:00Z',
      ...more,
    },
  },
});
const event = (more: object = {}) => ({
  action: 'triggered',
  data: {
    event: { issue_id: '11', title: 'PaymentError', level: 'error', received: 1772443218.0, ...more },
    triggered_rule: 'New error',
  },
});
const metric = (action: string, more: object = {}) => ({
  action,
  data: {
    metric_alert: {
      id: '4',
      identifier: '81',
      organization_id: 5,
      status: 20,
      title: 'brave otter',
      date_started: '2026-03-02T09:18:00Z',
      date_closed: '2026-03-02T09:40:00Z',
      projects: ['checkout', 'cart'],
      alert_rule: { name: 'Too many 5xx', environment: 'production', triggers: [{ label: 'critical' }] },
      ...more,
    },
    description_title: 'Critical: Too many 5xx',
  },
});
const legacy = {
  id: 11,
  project_slug: 'checkout',
  level: 'error',
  message: 'PaymentError',
  event: { tags: null },
};

test.each([
  ['created', 'firing'],
  ['unresolved', 'firing'],
  ['resolved', 'resolved'],
  ['archived', 'noted'],
  ['ignored', 'noted'],
  ['assigned', 'noted'],
])('an issue that is %s is %s', (action, status) => {
  expect(oneSignal(sentry, issue(action), of('issue'))).toMatchObject({
    status,
    groupKey: 'sentry:issue:11',
    severity: 'critical',
    service: 'checkout',
  });
});

test('an action it has never heard of is no news', () => {
  for (const [resource, body] of [
    ['issue', issue('merged')],
    ['issue', issue('constructor')],
    ['event_alert', { ...event(), action: 'resolved' }],
    ['metric_alert', metric('muted')],
  ] as const) {
    expect(parseAs(sentry, body, of(resource))).toMatchObject({ isKnown: false, signals: [] });
  }
});

test('folds what a rule, the issue and the old plugin say of one issue', () => {
  const signals = [
    oneSignal(sentry, issue('created'), of('issue')),
    oneSignal(sentry, event(), of('event_alert')),
    oneSignal(sentry, legacy),
  ];
  expect(new Set(signals.map(({ groupKey, fingerprint }) => `${groupKey} ${fingerprint}`)).size).toBe(1);
});

test('ends by quiet what only rules and the plugin speak of', () => {
  expect(oneSignal(sentry, event(), of('event_alert')).quietMinutes).toBe(1440);
  expect(oneSignal(sentry, legacy, { options: { quietMinutes: 30 } }).quietMinutes).toBe(30);
  expect(oneSignal(sentry, issue('created'), of('issue')).quietMinutes).toBeUndefined();
  const subscribed = { ...of('event_alert'), options: { hearsResolves: true } };
  expect(oneSignal(sentry, event(), subscribed).quietMinutes).toBeUndefined();
});

test('begins an episode with an issue that is new, not with one that comes back', () => {
  expect(oneSignal(sentry, issue('created'), of('issue')).startsAt).toEqual(
    new Date('2026-03-01T09:20:17.677Z'),
  );
  for (const action of ['unresolved', 'resolved']) {
    expect(oneSignal(sentry, issue(action), of('issue')).startsAt).toBeUndefined();
  }
  expect(
    oneSignal(sentry, event({ datetime: '2026-03-02T09:20:17Z' }), of('event_alert')).startsAt,
  ).toBeUndefined();
});

test('orders an event that happened before the issue was resolved before its resolve', () => {
  const resolve = oneSignal(sentry, issue('resolved'), of('issue')).order!;
  const before = oneSignal(sentry, event({ received: hookAt - 10.5 }), of('event_alert')).order!;
  const after = oneSignal(sentry, event({ received: hookAt + 1 }), of('event_alert')).order!;
  expect(before).toBeLessThan(resolve);
  expect(after).toBeGreaterThan(resolve);
});

test('lets an unsigned time that is far off order nothing', () => {
  for (const offset of [-4000, 4000]) {
    const told = of('issue', { 'sentry-hook-timestamp': `${hookAt + offset}` });
    expect(oneSignal(sentry, issue('resolved'), told).order).toBeUndefined();
  }
  expect(
    oneSignal(sentry, issue('resolved'), of('issue', { 'sentry-hook-timestamp': 'x' })).order,
  ).toBeUndefined();
});

test.each([
  ['critical', 'firing', 'critical'],
  ['warning', 'firing', 'warning'],
  ['open', 'firing', 'critical'],
  ['resolved', 'resolved', 'critical'],
  ['close', 'resolved', 'critical'],
])('a metric alert that is %s is %s, %s', (action, status, severity) => {
  expect(oneSignal(sentry, metric(action), of('metric_alert'))).toMatchObject({
    status,
    severity,
    groupKey: 'sentry:metric:5:81',
    title: 'Too many 5xx',
    service: 'checkout, cart',
    environment: 'production',
    startsAt: new Date('2026-03-02T09:18:00Z'),
    endsAt: status === 'resolved' ? new Date('2026-03-02T09:40:00Z') : undefined,
  });
});

test('keeps metric alerts of two organisations apart', () => {
  const keyOf = (organization_id: number) =>
    oneSignal(sentry, metric('critical', { organization_id }), of('metric_alert')).groupKey;
  expect(keyOf(5)).not.toBe(keyOf(6));
});

test.each(['error', 'comment', 'installation', 'seer'])('knows %s, and makes nothing of it', (resource) => {
  expect(parseAs(sentry, { action: 'created', data: {} }, of(resource))).toMatchObject({
    event: `${resource}.created`,
    isKnown: true,
    signals: [],
  });
});

test('counts a resource it does not know', () => {
  expect(parseAs(sentry, { action: 'created' }, of('replay'))).toMatchObject({
    event: 'replay.created',
    isKnown: false,
    signals: [],
  });
});

test('knows a delivery by the key that stays the same, not by the id of one attempt', () => {
  const ids = { 'request-id': 'attempt-1', 'idempotency-key': 'delivery-1' };
  expect(parseAs(sentry, issue('created'), of('issue', ids)).deliveryId).toBe('delivery-1');
  const attempt = of('issue', { 'request-id': 'attempt-1' });
  expect(parseAs(sentry, issue('created'), attempt).deliveryId).toBeUndefined();
});

test('tells when it was sent', () => {
  expect(parseAs(sentry, issue('created'), of('issue')).sentAt).toEqual(new Date(hookAt * 1000));
});

test('names the service by tag, else by the project in the address of the event', () => {
  const url = 'https://sentry.example.com/api/0/projects/acme/shop/events/e4/';
  expect(oneSignal(sentry, event({ url }), of('event_alert')).service).toBe('shop');
  const tags = [['service', 'cart']];
  expect(oneSignal(sentry, event({ url, tags }), of('event_alert')).service).toBe('cart');
});

test('keeps to itself who met the error', () => {
  const tags = [
    ['user', 'id:7'],
    ['user.email', 'ada@example.com'],
    ['username_style', 'kept'],
    ['browser', 'Firefox'],
    'odd',
    [null, 'x'],
  ];
  expect(oneSignal(sentry, event({ tags }), of('event_alert')).labels).toEqual({
    rule: 'New error',
    username_style: 'kept',
    browser: 'Firefox',
  });
});

test('reads issues that are no errors', () => {
  const occurrence = { issueTitle: 'Slow query', subtitle: 'SELECT 1', level: 'info' };
  const slow = event({ title: undefined, level: undefined, occurrence });
  expect(oneSignal(sentry, slow, of('event_alert'))).toMatchObject({
    title: 'Slow query',
    summary: 'SELECT 1',
    severity: 'info',
  });
});

test('does not take the body of the old plugin for an integration, nor anything else for the plugin', () => {
  expect(parseAs(sentry, legacy)).toMatchObject({ event: 'legacy.triggered', isKnown: true });
  expect(parseAs(sentry, legacy, of('issue'))).toMatchObject({ isKnown: false, signals: [] });
  expect(() => parseAs(sentry, issue('created'))).toThrow(/no "Sentry-Hook-Resource" header/);
  expect(() => parseAs(sentry, { ...legacy, id: undefined })).toThrow(/no "id" of the issue/);
});

test.each([
  ['issue', { action: 'resolved', data: {} }],
  ['issue', { action: 'resolved' }],
  ['event_alert', { action: 'triggered', data: { event: {} } }],
  ['metric_alert', { action: 'resolved', data: { metric_alert: {} } }],
  ['metric_alert', []],
])('refuses the "%s" %j, which names nothing', (resource, body) => {
  expect(() => parseAs(sentry, body, of(resource))).toThrow(UnreadableDelivery);
});

test('is proven by its bytes as they came, not as they would be written again', () => {
  const written = '{"at":1772443217.0,"title":"\\u201cdeclined\\u201d"}';
  const signature = createHmac('sha256', 'client-secret').update(written).digest('hex');
  const headers = { 'sentry-hook-signature': signature };
  const asItCame = rawDelivery({}, { headers, body: Buffer.from(written) });
  expect(verifyAs(sentry, asItCame, { secrets: ['client-secret'] })).toBe('proven');
  const again = rawDelivery(JSON.parse(written), { headers });
  expect(verifyAs(sentry, again, { secrets: ['client-secret'] })).toBe('refused');
});

test('does not let the unsigned plugin pass where signatures are asked for', () => {
  expect(verifyAs(sentry, rawDelivery(legacy), { secrets: ['client-secret'] })).toBe('refused');
  expect(verifyAs(sentry, rawDelivery(legacy), { secrets: [] })).toBe('unsigned');
});
