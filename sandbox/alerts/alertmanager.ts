import { goJson, type SampleDelivery, type SampleSecrets } from './delivery.ts';

/** One alert in Prometheus' words. Its fingerprint is made of all labels, severity among them. */
export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: Date;
  /** Set once it is over. */
  readonly endsAt?: Date | undefined;
}

export interface Notification {
  readonly alerts: readonly PrometheusAlert[];
  /** Labels the receiver's route groups by; each must be the same in all alerts. */
  readonly groupBy: readonly string[];
  /** Why Alertmanager notifies, in its own words (0.32+). */
  readonly reason:
    | 'first notification'
    | 'new alerts added'
    | 'all alerts resolved'
    | 'repeat interval elapsed';
}

export const goZeroTime = '0001-01-01T00:00:00Z';
const externalUrl = 'https://alertmanager.example';

/** A notification as Alertmanager 0.34 posts it (`notify/webhook`), with its bearer token. */
export function alertmanagerDelivery(
  notification: Notification,
  secrets: Pick<SampleSecrets, 'prometheus'>,
  more: Readonly<Record<string, unknown>> = {},
): SampleDelivery {
  const { alerts, reason } = notification;
  const groupLabels = Object.fromEntries(
    notification.groupBy.map((name) => [name, alerts[0]?.labels[name] ?? '']),
  );
  const group = Object.entries(groupLabels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ');
  const body = {
    receiver: 'countersign',
    status: alerts.some(({ endsAt }) => endsAt === undefined) ? 'firing' : 'resolved',
    alerts: alerts.map((alert) => ({
      status: alert.endsAt === undefined ? 'firing' : 'resolved',
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: alert.startsAt.toISOString(),
      endsAt: alert.endsAt?.toISOString() ?? goZeroTime,
      generatorURL: 'https://prometheus.example/graph?g0.expr=up&g0.tab=1',
      fingerprint: fingerprintOf(alert.labels),
    })),
    notification_reason: reason,
    groupLabels,
    commonLabels: commonOf(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
    routeLabels: {},
    externalURL: externalUrl,
    version: '4',
    groupKey: `{}:{${group}}`,
    truncatedAlerts: 0,
    ...more,
  };
  return {
    source: 'prometheus',
    path: '/hooks/prometheus',
    headers: {
      'user-agent': 'Alertmanager/0.34.0',
      'content-type': 'application/json',
      authorization: `Bearer ${secrets.prometheus}`,
    },
    // Go's encoder ends with a newline.
    body: Buffer.from(`${goJson(body)}\n`),
  };
}

export function commonOf(all: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((other) => other[name] === value)),
  );
}

const separator = 0xff;
const offset = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/** Prometheus' label fingerprint: FNV-1a, 64 bits, over the labels sorted by name (prometheus/common, `LabelsToSignature`). */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const bytes = Object.keys(labels)
    .sort()
    .flatMap((name) => [Buffer.from(name), [separator], Buffer.from(labels[name]!), [separator]]);
  let hash = offset;
  for (const part of bytes) {
    for (const byte of part) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  }
  return hash.toString(16).padStart(16, '0');
}
