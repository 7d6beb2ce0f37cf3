import { z } from 'zod';
import { readSeverity } from '../core/alerts/severity.ts';
import type { ParsedDelivery, Signal } from '../core/alerts/signal.ts';
import { givenLinks } from './given-links.ts';
import { isObject, lenientObject, lenientText, lenientTime, readOrRefuse, readText } from './lenient.ts';
import { readHeader } from './proofs.ts';
import { type HookContext, refuse, type Understood, understood, unknownHook } from './sentry-hook.ts';
import { eventSignal, given, issueIdentity, sentryEventSchema } from './sentry-issue.ts';
import { metricAlert } from './sentry-metric-alert.ts';
import type { RawDelivery } from './source-kind.ts';

/** Documented, and no news about whether something is broken. `error` is every single event: it floods. */
const ignoredResources = ['error', 'comment', 'installation', 'seer', 'preprod_artifact'];

/** A delivery of the integration platform: `Sentry-Hook-Resource` says what `data` holds. */
export function parseIntegration(
  json: unknown,
  delivery: RawDelivery,
  { resource, quietMinutes }: { resource: string; quietMinutes: number | undefined },
): ParsedDelivery {
  const envelope = isObject(json) ? json : refuse(`The body of this "${resource}" is not an object.`);
  const action = readText(envelope.action) ?? 'unknown';
  const sentAt = hookTime(delivery);
  const context: HookContext = { action, quietMinutes, order: believable(sentAt, delivery)?.getTime() };
  return {
    event: `${resource}.${action}`,
    ...understand(resource, envelope.data, context),
    // `Request-ID` is another one on each attempt; this one, which newer versions send, stays.
    deliveryId: readHeader(delivery.headers, 'idempotency-key'),
    sentAt,
  };
}

function understand(resource: string, data: unknown, context: HookContext): Understood {
  if (ignoredResources.includes(resource)) return { isKnown: true, signals: [] };
  if (resource === 'event_alert') return eventAlert(data, context);
  if (resource === 'issue') return issue(data, context);
  return resource === 'metric_alert' ? metricAlert(data, context) : unknownHook;
}

const eventAlertSchema = z.object({ event: sentryEventSchema, triggered_rule: lenientText });

function eventAlert(data: unknown, { action, quietMinutes }: HookContext): Understood {
  if (action !== 'triggered') return unknownHook;
  const { event, triggered_rule: rule } = readOrRefuse(
    eventAlertSchema,
    data,
    'the "data" of an event_alert',
  );
  if (event?.issue_id === undefined) return refuse('This event_alert has no "data.event.issue_id".');
  // `project` is a number here; its name is in the address of the event.
  const project = /\/projects\/[^/]+\/([^/]+)\/events\//.exec(event.url?.slice(0, 2000) ?? '')?.[1];
  return understood(eventSignal(event, { issueId: event.issue_id, rule, project, quietMinutes }));
}

const issueSchema = z.object({
  issue: lenientObject({
    id: lenientText,
    shortId: lenientText,
    title: lenientText,
    culprit: lenientText,
    level: lenientText,
    platform: lenientText,
    substatus: lenientText,
    firstSeen: lenientTime,
    lastSeen: lenientTime,
    web_url: lenientText,
    permalink: lenientText,
    project: lenientObject({ slug: lenientText, name: lenientText }),
  }),
});

/** `archived` in the documentation, `ignored` in the code. */
const issueActions: ReadonlyMap<string, Pick<Signal, 'status' | 'note'>> = new Map([
  ['created', { status: 'firing' }],
  ['unresolved', { status: 'firing' }],
  ['resolved', { status: 'resolved' }],
  ['archived', { status: 'noted', note: 'Archived in Sentry.' }],
  ['ignored', { status: 'noted', note: 'Archived in Sentry.' }],
  ['assigned', { status: 'noted', note: 'Assigned in Sentry.' }],
]);

function issue(data: unknown, { action, order }: HookContext): Understood {
  const meaning = issueActions.get(action);
  if (meaning === undefined) return unknownHook;
  const { issue } = readOrRefuse(issueSchema, data, 'the "data" of an issue');
  if (issue?.id === undefined) return refuse('This issue has no "data.issue.id".');
  const project = issue.project?.slug ?? issue.project?.name;
  const isNew = action === 'created';
  return understood({
    ...meaning,
    ...issueIdentity(issue.id),
    severity: readSeverity(issue.level),
    title: issue.title ?? `Sentry issue ${issue.shortId ?? issue.id}`,
    summary: issue.culprit,
    service: project,
    labels: given({ project, issue: issue.shortId, platform: issue.platform, substatus: issue.substatus }),
    links: givenLinks(['Issue', issue.web_url ?? issue.permalink]),
    // firstSeen stays the same when it comes back later, which is another episode: it begins the first one only.
    startsAt: isNew ? issue.firstSeen : undefined,
    order: isNew ? (issue.lastSeen ?? issue.firstSeen)?.getTime() : order,
  });
}

/** When Sentry built the request. */
function hookTime({ headers }: RawDelivery): Date | undefined {
  const seconds = readHeader(headers, 'sentry-hook-timestamp');
  return seconds !== undefined && /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1000) : undefined;
}

const believableMs = 60 * 60_000;

/** The header is not signed: a time far ahead would make everything that follows look late. */
function believable(at: Date | undefined, { receivedAt }: RawDelivery): Date | undefined {
  return at !== undefined && Math.abs(receivedAt.getTime() - at.getTime()) <= believableMs ? at : undefined;
}
