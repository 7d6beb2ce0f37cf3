import { sampleTenants } from '../targets/rms/sample-tenants.ts';
import { alertmanagerDelivery, type Notification, type PrometheusAlert } from './alertmanager.ts';
import { failedNotification } from './genzi.ts';
import { grafanaDelivery } from './grafana.ts';
import type { Sample, SampleMoment } from './sample.ts';
import { uptimeKumaDelivery } from './uptime-kuma.ts';

const runbooks = 'https://runbooks.example';

/** Alertmanager's reason for a notification of an episode. */
export function reasonFor({ isOver, isRepeat, episode }: SampleMoment): Notification['reason'] {
  if (isOver) return 'all alerts resolved';
  if (isRepeat) return 'repeat interval elapsed';
  return episode.worseAt === undefined ? 'first notification' : 'new alerts added';
}

/** Three instances of one service: people are woken. */
export const checkoutErrors: Sample = {
  summary: 'a critical: checkouts fail on three instances of payments-api',
  deliveries: (moment) => {
    const alerts = ['7c9f4', 'b2k8d', 'x5m1q'].map((pod, index): PrometheusAlert => {
      const instance = `payments-api-${pod}`;
      return {
        labels: {
          alertname: 'CheckoutErrors',
          env: 'production',
          instance,
          job: 'payments-api',
          service: 'payments-api',
          severity: 'critical',
          zone: ['eu1-a', 'eu1-b', 'eu1-b'][index]!,
        },
        annotations: {
          summary: `${[18, 23, 31][index]} % of checkouts fail on ${instance}`,
          runbook_url: `${runbooks}/checkout-errors`,
          dashboard: 'https://grafana.example/d/checkout',
        },
        startsAt: new Date(moment.episode.startedAt.getTime() + index),
        endsAt: moment.isOver ? moment.now : undefined,
      };
    });
    const groupBy = ['alertname', 'service'];
    return [[alertmanagerDelivery({ alerts, groupBy, reason: reasonFor(moment) }, moment.secrets)]];
  },
};

/** Two rules of one name: the critical one joins the group of the warning. */
export const diskFilling: Sample = {
  summary: 'a warning: a disk fills up; `worse` makes it critical',
  canBecomeWorse: true,
  deliveries: (moment) => {
    const { episode } = moment;
    const alert = (severity: 'warning' | 'critical', startsAt: Date): PrometheusAlert => ({
      labels: {
        alertname: 'DiskFilling',
        device: '/dev/nvme1n1',
        env: 'production',
        instance: 'db-2.internal:9100',
        job: 'node',
        service: 'orders-db',
        severity,
      },
      annotations: {
        summary:
          severity === 'warning' ? 'db-2: 86 % full, full in 9 hours' : 'db-2: 97 % full, full in 20 min',
        runbook_url: `${runbooks}/disk-filling`,
      },
      startsAt,
      endsAt: moment.isOver ? moment.now : undefined,
    });
    const alerts = [
      alert('warning', episode.startedAt),
      ...(episode.worseAt === undefined ? [] : [alert('critical', episode.worseAt)]),
    ];
    const groupBy = ['alertname', 'service'];
    return [[alertmanagerDelivery({ alerts, groupBy, reason: reasonFor(moment) }, moment.secrets)]];
  },
};

export const slowCheckout: Sample = {
  summary: "Grafana: the checkout's latency is high; `worse` makes it critical",
  canBecomeWorse: true,
  deliveries: ({ now, episode, isOver, secrets }) => {
    const alert = (severity: 'high' | 'critical', startsAt: Date): PrometheusAlert => ({
      labels: {
        alertname: 'High latency p95',
        env: 'production',
        grafana_folder: 'Checkout',
        service: 'payments-api',
        severity,
        zone: 'eu1',
      },
      annotations: {
        summary: `Checkout p95 latency is ${severity === 'high' ? '1.21' : '4.80'} s`,
        runbook_url: `${runbooks}/latency`,
      },
      startsAt,
      endsAt: isOver ? now : undefined,
    });
    const alerts = [
      alert('high', episode.startedAt),
      ...(episode.worseAt === undefined ? [] : [alert('critical', episode.worseAt)]),
    ];
    return [[grafanaDelivery({ alerts, groupBy: ['alertname', 'grafana_folder'], now }, secrets)]];
  },
};

const failedEmails = 12;

/** Of the tenant whose emails the sample system has really failed to send: resending them helps. */
export const emailFailures: Sample = {
  summary: `the RMS: ${failedEmails} emails of Acme failed`,
  canResolve: false,
  deliveries: ({ secrets, newId }) => {
    const tenantId = sampleTenants().find(({ slug }) => slug === 'acme')!.id;
    return Array.from({ length: failedEmails }, (_, index) =>
      failedNotification(
        {
          tenantId,
          notificationId: newId(),
          channel: 'email',
          reason: index % 3 === 2 ? 'connection_refused' : 'smtp_timeout',
        },
        secrets,
      ),
    );
  },
};

/** Of the same emails as the sample of the RMS's own, seen from outside: people are woken, and it says when it is over. */
export const emailOutage: Sample = {
  summary: 'a critical: no email of Acme goes out; resending is offered',
  deliveries: (moment) => {
    const alert: PrometheusAlert = {
      labels: {
        alertname: 'EmailsNotSent',
        channel: 'email',
        env: 'production',
        service: 'rms',
        severity: 'critical',
        tenant: 'acme',
      },
      annotations: { summary: 'No email of Acme was sent for 10 minutes' },
      startsAt: moment.episode.startedAt,
      endsAt: moment.isOver ? moment.now : undefined,
    };
    const groupBy = ['alertname', 'tenant'];
    return [[alertmanagerDelivery({ alerts: [alert], groupBy, reason: reasonFor(moment) }, moment.secrets)]];
  },
};

export const shopDown: Sample = {
  summary: 'Uptime Kuma: the shop does not answer',
  deliveries: ({ now, episode, isOver, secrets }) => [
    [uptimeKumaDelivery({ isUp: isOver, now, downSince: episode.startedAt }, secrets)],
  ],
};

/** Always firing: its absence is the alert. */
export const watchdog: Sample = {
  summary: "one sign of life; after `silent` it is the source's first word again",
  canResolve: false,
  deliveries: ({ secrets }) => {
    const alert: PrometheusAlert = {
      labels: { alertname: 'Watchdog', prometheus: 'monitoring/k8s', severity: 'none' },
      annotations: { summary: 'Alerting pipeline is alive' },
      startsAt: new Date('2026-02-20T00:00:00Z'),
    };
    const notification = {
      alerts: [alert],
      groupBy: ['alertname'],
      reason: 'repeat interval elapsed',
    } as const;
    return [[alertmanagerDelivery(notification, secrets)]];
  },
};
