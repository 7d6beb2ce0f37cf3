import { fingerprintOf, goZeroTime, notificationBody, type PostedAlert } from './batches.ts';
import type { StormAlert, StormGroup } from './storm-story.ts';

/** One delivery and when it leaves. */
export interface StormDelivery {
  /** Milliseconds since the storm began. */
  readonly at: number;
  /** Those of one group follow each other. */
  readonly group: number;
  readonly body: Buffer;
}

/**
 * What an Alertmanager sends of a storm: each group by itself, every `everyMilliseconds` in which something changed, and
 * each time all of its alerts; those that resolved are in it once and then left out.
 */
export function stormDeliveries(
  groups: readonly StormGroup[],
  beganAt: Date,
  everyMilliseconds: number,
): StormDelivery[] {
  return groups
    .flatMap(({ alerts }, group) =>
      deliveriesOf(alerts, { beganAt, everyMilliseconds, group, groups: groups.length }),
    )
    .toSorted((one, other) => one.at - other.at);
}

function deliveriesOf(
  alerts: readonly StormAlert[],
  how: {
    readonly beganAt: Date;
    readonly everyMilliseconds: number;
    readonly group: number;
    readonly groups: number;
  },
): StormDelivery[] {
  const { beganAt, everyMilliseconds, group } = how;
  const last = Math.max(...alerts.map(({ firesAt, resolvesAt }) => resolvesAt ?? firesAt));
  const deliveries: StormDelivery[] = [];
  // Each group at a moment of its own, as their first alerts came at one.
  let before = -1;
  for (
    let at = (group / how.groups) * everyMilliseconds;
    before < last;
    before = at, at += everyMilliseconds
  ) {
    const isNew = (time: number | undefined) => time !== undefined && time > before && time <= at;
    if (!alerts.some(({ firesAt, resolvesAt }) => isNew(firesAt) || isNew(resolvesAt))) continue;
    const told = alerts.filter(({ firesAt, resolvesAt }) => firesAt <= at && !((resolvesAt ?? at) <= before));
    deliveries.push({ at, group, body: notificationBody(told.map((alert) => posted(alert, beganAt, at))) });
  }
  return deliveries;
}

/** One alert in Prometheus' words, as it is at a moment. */
export function posted(alert: StormAlert, beganAt: Date, at: number): PostedAlert {
  const labels = labelsOf(alert);
  const isOver = alert.resolvesAt !== undefined && alert.resolvesAt <= at;
  return {
    status: isOver ? 'resolved' : 'firing',
    labels,
    annotations: { summary: `${alert.alertname} on ${alert.instance}` },
    startsAt: timeOf(beganAt, alert.firesAt),
    endsAt: isOver ? timeOf(beganAt, alert.resolvesAt!) : goZeroTime,
    generatorURL: 'https://prometheus.example/graph?g0.expr=up&g0.tab=1',
    fingerprint: fingerprintOf(labels),
  };
}

export function labelsOf({ alertname, service, instance, severity }: StormAlert): Record<string, string> {
  return { alertname, env: 'production', instance, service, severity };
}

export function timeOf(beganAt: Date, milliseconds: number): string {
  return new Date(beganAt.getTime() + milliseconds).toISOString();
}
