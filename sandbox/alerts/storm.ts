import { alertmanagerDelivery, type PrometheusAlert } from './alertmanager.ts';
import type { Sample } from './sample.ts';

export const stormGroups = 25;
export const stormAlerts = 500;
const perGroup = stormAlerts / stormGroups;
/** A group grows while the storm goes on: Alertmanager notifies all of it each time. */
const growth = [5, 10, 15, perGroup];

const services = ['payments-api', 'orders-api', 'search', 'ledger', 'sessions'];
const names = ['HighLatency', 'ErrorBudgetBurn', 'PodCrashLooping', 'QueueGrowing', 'TargetDown'];

/** Few of very many are critical, as when a zone goes. */
function severityOf(group: number): string {
  if (group % 10 === 4) return 'critical';
  return group % 5 === 1 ? 'high' : 'warning';
}

export const storm: Sample = {
  summary: `${stormAlerts} alerts over ${stormGroups} groups, as when a zone goes`,
  deliveries: (moment) =>
    Array.from({ length: stormGroups }, (_, group) => {
      const alerts = Array.from({ length: perGroup }, (_, index): PrometheusAlert => {
        const service = services[Math.floor(group / names.length)]!;
        const instance = `${service}-${index + 1}`;
        return {
          labels: {
            alertname: names[group % names.length]!,
            env: 'production',
            instance,
            service,
            severity: severityOf(group),
            zone: `eu1-${'abc'[index % 3]}`,
          },
          annotations: { summary: `${names[group % names.length]} on ${instance}` },
          startsAt: new Date(moment.episode.startedAt.getTime() + index),
          endsAt: moment.isOver ? moment.now : undefined,
        };
      });
      const notify = (some: readonly PrometheusAlert[], index: number) =>
        alertmanagerDelivery(
          {
            alerts: some,
            groupBy: ['alertname', 'service'],
            reason: moment.isOver
              ? 'all alerts resolved'
              : index === 0
                ? 'first notification'
                : 'new alerts added',
          },
          moment.secrets,
        );
      return moment.isOver
        ? [notify(alerts, 0)]
        : growth.map((count, index) => notify(alerts.slice(0, count), index));
    }),
};
