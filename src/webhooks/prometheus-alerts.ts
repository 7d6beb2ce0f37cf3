import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readSeverity } from '../core/alerts/severity.ts';
import type { ParsedDelivery, Signal, SignalLink } from '../core/alerts/signal.ts';
import {
  firstLabel,
  lenientLabels,
  lenientNumber,
  lenientText,
  lenientTime,
  readOrRefuse,
} from './lenient.ts';

/*
 * The body that Prometheus Alertmanager and Grafana share: a group of alerts, notified together (prometheus/alertmanager
 * 0.34, `notify/webhook/webhook.go` and `template/template.go`; grafana/alerting, `templates/template_data.go`).
 *
 * - `status` of the group is `firing` while any alert fires: each alert's own status is what counts.
 * - A resolved alert is sent once and then leaves the group. Absence is not a state.
 * - A firing alert has `endsAt: 0001-01-01T00:00:00Z`, Go's zero time.
 * - `groupKey` is the route's matchers and the group's labels, without the receiver: two receivers get the same one.
 * - `receiver` is regexp-quoted (`regexp.QuoteMeta`): `ops.bot` arrives as `ops\.bot`.
 * - `truncatedAlerts` counts what `max_alerts` left out.
 */

const alertSchema = z.object({
  status: lenientText,
  labels: lenientLabels,
  annotations: lenientLabels,
  startsAt: lenientTime,
  endsAt: lenientTime,
  generatorURL: lenientText,
  fingerprint: lenientText,
  // Grafana's own.
  dashboardURL: lenientText,
  panelURL: lenientText,
  silenceURL: lenientText,
});

const groupSchema = z.object({
  receiver: lenientText,
  status: lenientText,
  alerts: z.array(alertSchema),
  groupLabels: lenientLabels,
  commonLabels: lenientLabels,
  commonAnnotations: lenientLabels,
  externalURL: lenientText,
  groupKey: lenientText,
  truncatedAlerts: lenientNumber,
});

export type AlertGroup = z.infer<typeof groupSchema>;
export type GroupedAlert = z.infer<typeof alertSchema>;
type Labels = Readonly<Record<string, string>>;

/** The first of these annotations that an alert has, or all alerts of its group have. */
export type Annotation = (...names: readonly string[]) => string | undefined;

/** @throws UnreadableDelivery */
export function readAlertGroup(json: unknown, what: string): AlertGroup {
  return readOrRefuse(groupSchema, json, what);
}

export const heartbeatsSchema = z.array(z.string().trim().min(1)).default(['Watchdog']);

/** What a source adds to, or sees otherwise than, the words the two share. */
export type Adjust = (signal: Signal, alert: GroupedAlert) => Signal;

/**
 * A heartbeat is an alert that always fires, to show that the way here works (kube-prometheus' `Watchdog`): it is no
 * signal, only a sign of life, and its absence is what `expectEvery` alerts about. Known by its name alone: others with
 * severity `none`, such as `InfoInhibitor`, come and go.
 */
export function readSignals(
  group: AlertGroup,
  {
    prefix,
    heartbeats,
    links,
    adjust,
  }: {
    /** Of the group key: one per kind. */
    prefix: string;
    heartbeats: readonly string[];
    links: (alert: GroupedAlert, annotation: Annotation) => readonly SignalLink[];
    adjust?: Adjust;
  },
): ParsedDelivery {
  const isHeartbeat = ({ labels }: GroupedAlert) => heartbeats.includes(labels?.alertname ?? '');
  const beats = group.alerts.filter(isHeartbeat);
  const alerts = group.alerts.filter((alert) => !isHeartbeat(alert));
  const shared = {
    groupKey: `${prefix}:${groupIdentity(group)}`,
    title: groupTitle(group, alerts),
  };
  const signals = alerts.map((alert) => {
    const signal = readSignal(alert, group, shared, links);
    return adjust ? adjust(signal, alert) : signal;
  });
  return {
    event: alerts.length === 0 && beats.length > 0 ? 'heartbeat' : (group.status ?? 'unknown'),
    isKnown: true,
    signals,
    truncated: Math.max(0, Math.trunc(group.truncatedAlerts ?? 0)),
    ...(beats.length > 0 && { isAlive: beats.some((beat) => !isResolved(beat)) }),
  };
}

function readSignal(
  alert: GroupedAlert,
  group: AlertGroup,
  shared: { groupKey: string; title: string },
  links: (alert: GroupedAlert, annotation: Annotation) => readonly SignalLink[],
): Signal {
  const labels = alert.labels ?? {};
  const annotation: Annotation = (...names) =>
    firstLabel(alert.annotations ?? {}, names) ?? firstLabel(group.commonAnnotations ?? {}, names);
  return {
    status: isResolved(alert) ? 'resolved' : 'firing',
    ...shared,
    fingerprint: alert.fingerprint ?? labelsKey(labels),
    severity: readSeverity(labels.severity),
    summary: annotation('summary') ?? annotation('message', 'description'),
    service: firstLabel(labels, ['service', 'app', 'job', 'namespace']),
    tenant: firstLabel(labels, tenantNames),
    environment: firstLabel(labels, ['env', 'environment', 'cluster']),
    labels,
    links: links(alert, annotation),
    startsAt: alert.startsAt,
    // Of a firing one it is Go's zero time, or a guess of when it will have timed out.
    endsAt: isResolved(alert) ? alert.endsAt : undefined,
  };
}

const tenantNames = ['tenant', 'tenant_slug', 'tenant_id'];

/** Only the word itself: an alert whose status is missing or new is shown rather than taken to be over. */
function isResolved(alert: GroupedAlert): boolean {
  return alert.status === 'resolved';
}

/** What it is hashed for here, once, would else be hashed for each alert of the group when it is stored. */
const longestIdentity = 2000;

function groupIdentity({ receiver = '', groupKey, groupLabels = {} }: AlertGroup): string {
  const name = receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
  const identity = `${name}:${groupKey ?? labelsKey(groupLabels)}`;
  return identity.length <= longestIdentity ? identity : labelsKey({ identity });
}

/** Group labels that are named on the card beside the title, or say where a rule is filed. */
const shownElsewhere = [
  'alertname',
  'severity',
  'service',
  'env',
  'environment',
  'grafana_folder',
  ...tenantNames,
];

/** The alerts' names, and what else the group is grouped by: `InstanceDown (eu1)`. */
function groupTitle(group: AlertGroup, alerts: readonly GroupedAlert[]): string {
  const shared = group.groupLabels?.alertname ?? group.commonLabels?.alertname;
  const names = shared ? [shared] : [...new Set(alerts.flatMap(({ labels }) => labels?.alertname ?? []))];
  const title =
    names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ');
  const others = Object.entries(group.groupLabels ?? {})
    .filter(([name]) => !shownElsewhere.includes(name))
    .map(([, value]) => value);
  return `${title || 'Alert without a name'}${others.length > 0 ? ` (${others.join(', ')})` : ''}`;
}

/** For what names no key of its own: the same labels give the same one, in whatever order they come. */
function labelsKey(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return `labels:${createHash('sha256').update(JSON.stringify(sorted)).digest('hex')}`;
}
