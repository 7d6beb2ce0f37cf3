import { z } from 'zod';
import type { ParsedDelivery, Signal } from '../core/alerts/signal.ts';
import { eventName } from './event-name.ts';
import { auditSignals } from './genzi-audit.ts';
import { lenientNumber, lenientText, readOrRefuse } from './lenient.ts';
import { pathTemplate } from './path-template.ts';
import type { SourceKind } from './source-kind.ts';
import { withoutPersonalData } from './without-personal-data.ts';

/** Each of them is remembered by its time, so that there is an end to how many. */
const rate = (count: number, withinMinutes: number) =>
  z
    .strictObject({
      count: z.int().min(1).max(1_000).default(count),
      withinMinutes: z.int().min(1).max(1_440).default(withinMinutes),
    })
    .prefault({});

const options = z.strictObject({
  anomaly: z
    .strictObject({
      /** So many fields changed at once is an alert by itself. Default 10, as the runbook has it. */
      changeCount: z.int().min(1).default(10),
      /** So many changes to one tenant's records of one type, however small. Default 30 within 10 minutes. */
      frequency: rate(30, 10),
    })
    .prefault({}),
  /** So many answers of 500 and above of one route. Default 5 within 5 minutes. */
  httpErrors: rate(5, 5),
  /** Nothing here ever says that it is over: it counts as resolved after this long without another. Default 60. */
  resolveAfterQuietMinutes: z.int().min(1).max(10_080).default(60),
});
export type GenziOptions = z.infer<typeof options>;

/**
 * Genzi RMS, `{event, data}` (GenziCode/genzi-rms, backend/src/utils/monitoring.ts).
 *
 * - No id, no time, no signature, no header but the content type, and never sent again: the secret is in the URL, the time
 *   is ours. `MONITORING_WEBHOOK_URL` is to be pointed here and not at Slack, whose format it does not speak.
 * - A failure is posted twice, in no order: `notification.delivery` with `success: false` and `notification.failure`;
 *   likewise `notification.test` and `payment.test`. Only the `.failure` counts, or each would count double.
 * - A later success is of another message, perhaps by another provider: it ends nothing. All of it resolves by quiet time.
 * - `audit.anomaly` is sent for every audited change, with all fields of what is created: see `genzi-audit.ts`.
 * - `http.request` is every answer of 500 and above and a sample of the rest: only the former count. `path` has the query
 *   string, where tokens stand.
 * - `payload`, `target` and `metadata` hold personal data and are never looked at; a reason may quote an address.
 */
export const genzi: SourceKind<GenziOptions> = {
  kind: 'genzi',
  needsUrlSecret: true,
  options,

  verify: () => ({ kind: 'unsigned' }),

  parse(json, _delivery, { options }): ParsedDelivery {
    const { event, data } = readOrRefuse(bodySchema, json, 'a monitoring event of Genzi RMS');
    const read = readers.get(event);
    return { event: eventName(event), isKnown: read !== undefined, signals: read?.(data, options) ?? [] };
  },
};

const bodySchema = z.object({ event: z.string().min(1), data: z.unknown().optional() });

const dataSchema = z.object({
  tenantId: lenientText,
  notificationId: lenientText,
  channel: lenientText,
  provider: lenientText,
  reason: lenientText,
  method: lenientText,
  path: lenientText,
  status: lenientNumber,
});

type Reader = (data: unknown, options: GenziOptions) => readonly Signal[];

const counted: Reader = () => [];

const readers = new Map<string, Reader>([
  ['notification.failure', notificationFailure],
  ['notification.delivery', counted],
  ['notification.test', counted],
  ['payment.failure', paymentFailure],
  ['payment.test', counted],
  ['audit.anomaly', auditSignals],
  ['http.request', httpRequest],
]);

function notificationFailure(json: unknown, { resolveAfterQuietMinutes }: GenziOptions): Signal[] {
  const data = readOrRefuse(dataSchema, json, 'a notification.failure of Genzi RMS');
  const channel = data.channel ?? 'notification';
  const reason = withoutPersonalData(data.reason ?? 'unknown');
  // Somebody tries out settings: no customer waits for it, and it must not raise the count of those who do.
  const isTest = data.notificationId === 'test';
  const key = `${isTest ? 'notification-test' : 'notification'}:${data.tenantId ?? ''}:${channel}`;
  return [
    {
      status: 'firing',
      groupKey: key,
      // One for each that failed: how many people wait for theirs is what a responder asks first.
      fingerprint: data.notificationId ?? key,
      severity: !isTest && (channel === 'email' || channel === 'sms') ? 'high' : 'warning',
      title: isTest ? `Test of ${channel} settings failed` : `${channel} delivery failing`,
      summary: reason,
      service: 'notifications',
      tenant: data.tenantId,
      labels: { channel, reason },
      links: [],
      quietMinutes: resolveAfterQuietMinutes,
    },
  ];
}

function paymentFailure(json: unknown, { resolveAfterQuietMinutes }: GenziOptions): Signal[] {
  const data = readOrRefuse(dataSchema, json, 'a payment.failure of Genzi RMS');
  const provider = data.provider ?? 'payment';
  const reason = withoutPersonalData(data.reason ?? 'unknown');
  const key = `payment:${data.tenantId ?? ''}:${provider}`;
  return [
    {
      status: 'firing',
      groupKey: key,
      fingerprint: key,
      // Its own word for a test without an error message; with one, a test looks like a payment and is taken for it.
      severity: data.reason === 'test_failed' ? 'warning' : 'high',
      title: `${provider} payments failing: ${reason}`,
      service: 'payments',
      tenant: data.tenantId,
      labels: { provider, reason },
      links: [],
      quietMinutes: resolveAfterQuietMinutes,
    },
  ];
}

/**
 * One group with an alert per route: when everything is down one card says so and names the routes. The tenant is left
 * out: a route answers for all of them, and whoever called last would be named on the card.
 */
function httpRequest(json: unknown, { httpErrors, resolveAfterQuietMinutes }: GenziOptions): Signal[] {
  const data = readOrRefuse(dataSchema, json, 'an http.request of Genzi RMS');
  if (data.status === undefined || data.status < 500 || data.status > 599) return [];
  const method = data.method === undefined || !/^[A-Za-z]{1,10}$/.test(data.method) ? 'ANY' : data.method;
  const path = pathTemplate(data.path ?? '');
  return [
    {
      status: 'firing',
      groupKey: 'http-errors',
      fingerprint: `${method} ${path}`,
      severity: 'high',
      title: 'API answers with server errors',
      summary: `${method} ${path} answered ${data.status}`,
      service: 'api',
      labels: { method, path, status: String(data.status) },
      links: [],
      quietMinutes: resolveAfterQuietMinutes,
      threshold: httpErrors,
    },
  ];
}
