import { z } from 'zod';
import { readSeverity } from '../core/alerts/severity.ts';
import { givenLinks } from './given-links.ts';
import {
  isObject,
  lenient,
  lenientNumber,
  lenientObject,
  lenientText,
  lenientTime,
  readOrRefuse,
  readText,
} from './lenient.ts';
import { type HookContext, refuse, type Understood, understood, unknownHook } from './sentry-hook.ts';
import { given } from './sentry-issue.ts';

const metricAlertSchema = z.object({
  metric_alert: lenientObject({
    id: lenientText,
    identifier: lenientText,
    organization_id: lenientText,
    status: lenientNumber,
    title: lenientText,
    date_started: lenientTime,
    date_closed: lenientTime,
    projects: lenient(readTexts),
    alert_rule: lenientObject({
      name: lenientText,
      environment: lenientText,
      aggregate: lenientText,
      triggers: lenient(readTriggers),
    }),
  }),
  description_title: lenientText,
  description_text: lenientText,
  web_url: lenientText,
});

/** The documentation has the first three, the code `open` and `close` besides. */
const metricActions = ['critical', 'warning', 'resolved', 'open', 'close', 'closed'];
/** `sentry/incidents/models/incident.py`: of an incident that is open, how bad it is. */
const statusWords: ReadonlyMap<number | undefined, string> = new Map([
  [10, 'warning'],
  [20, 'critical'],
]);

/** A rule over numbers, such as errors a minute: it says itself when it is over. */
export function metricAlert(data: unknown, { action, order }: HookContext): Understood {
  if (!metricActions.includes(action)) return unknownHook;
  const read = readOrRefuse(metricAlertSchema, data, 'the "data" of a metric_alert');
  const alert = read.metric_alert;
  const identifier = alert?.identifier ?? alert?.id;
  if (alert === undefined || identifier === undefined) {
    return refuse('This metric_alert has no "data.metric_alert.identifier".');
  }
  const isOver = !['critical', 'warning', 'open'].includes(action);
  const rule = alert.alert_rule;
  const projects = alert.projects?.join(', ') || undefined;
  // The identifier counts within the organisation.
  const key = `sentry:metric:${alert.organization_id ?? '-'}:${identifier}`;
  return understood({
    status: isOver ? 'resolved' : 'firing',
    groupKey: key,
    fingerprint: key,
    severity: readSeverity(
      isOver || action === 'open' ? (statusWords.get(alert.status) ?? rule?.triggers) : action,
    ),
    // Its own title can be two random words.
    title: rule?.name ?? read.description_title ?? alert.title ?? `Sentry metric alert ${identifier}`,
    summary: read.description_text,
    service: projects,
    environment: rule?.environment,
    labels: given({ project: projects, aggregate: rule?.aggregate }),
    links: givenLinks(['Alert', read.web_url]),
    startsAt: alert.date_started,
    endsAt: isOver ? alert.date_closed : undefined,
    order,
  });
}

function readTexts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.flatMap((text) => readText(text) ?? []) : undefined;
}

/** The worst of the rule's thresholds, for want of the one that was passed. */
function readTriggers(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const labels = value.map((trigger) => isObject(trigger) && trigger.label);
  return ['critical', 'warning'].find((label) => labels.includes(label));
}
