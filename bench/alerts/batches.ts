import { createHash } from 'node:crypto';

export const alertsPerBatch = 100;
const groups = 40;

/** An alert as Alertmanager posts it, with the labels a Kubernetes cluster's alerts usually have. */
export interface PostedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

export const goZeroTime = '0001-01-01T00:00:00Z';

/** The body of one notification (webhook version 4) of alerts that share `alertname` and `service`. */
export function notificationBody(alerts: readonly PostedAlert[]): Buffer {
  const { alertname = '', service = '' } = alerts[0]?.labels ?? {};
  return Buffer.from(
    JSON.stringify({
      receiver: 'countersign',
      status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
      alerts,
      groupLabels: { alertname, service },
      commonLabels: { alertname, service },
      commonAnnotations: {},
      externalURL: 'https://alertmanager.example',
      version: '4',
      groupKey: `{}:{alertname="${alertname}", service="${service}"}`,
      truncatedAlerts: 0,
    }),
  );
}

/** Alerts nobody has sent before, a hundred of one group together. */
export function freshBatch(number: number): PostedAlert[] {
  const group = number % groups;
  const startsAt = new Date().toISOString();
  return Array.from({ length: alertsPerBatch }, (_, index) => {
    const pod = `worker-${number}-${index}`;
    const labels = {
      alertname: `QueueGrowing${group}`,
      cluster: 'eu1',
      container: 'worker',
      env: 'production',
      instance: `10.${number % 250}.${index}.7:9100`,
      job: 'kube-state-metrics',
      namespace: 'payments',
      pod,
      prometheus: 'monitoring/k8s',
      service: `service-${group % 8}`,
      severity: 'warning',
    };
    return {
      status: 'firing',
      labels,
      annotations: {
        summary: `The queue of ${pod} grows`,
        description: `The queue of ${pod} has grown for 15 minutes and is not being worked off.`,
        runbook_url: 'https://runbooks.example/queues#growing',
      },
      startsAt,
      endsAt: goZeroTime,
      generatorURL: `https://prometheus.example/graph?g0.expr=queue_length%7Bpod%3D%22${pod}%22%7D+%3E+100&g0.tab=1`,
      fingerprint: fingerprintOf(labels),
    };
  });
}

/** Sixteen hexadecimal digits that stand for the labels, as Alertmanager's do. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  return createHash('sha1').update(JSON.stringify(labels)).digest('hex').slice(0, 16);
}
