import { z } from 'zod';
import { ourDedupPrefix } from '../core/alerts/page.ts';
import { readSeverity, type Severity } from '../core/alerts/severity.ts';
import type { Signal } from '../core/alerts/signal.ts';
import { eventName } from './event-name.ts';
import { givenLinks } from './given-links.ts';
import { lenientObject, lenientText, lenientTime, readOrRefuse } from './lenient.ts';
import { isHmacSha256Hex, readHeader } from './proofs.ts';
import { requiredTime } from './required-time.ts';
import { type SourceKind, UnreadableDelivery } from './source-kind.ts';

const reference = { id: lenientText, summary: lenientText, type: lenientText, html_url: lenientText };

const dataSchema = z.object({
  ...reference,
  status: lenientText,
  title: lenientText,
  number: lenientText,
  incident_key: lenientText,
  created_at: lenientTime,
  urgency: lenientText,
  service: lenientObject(reference),
  priority: lenientObject(reference),
  /** Notes, responders and status updates carry their incident here. */
  incident: lenientObject(reference),
  user: lenientObject(reference),
  state: lenientText,
});
type Data = z.infer<typeof dataSchema>;

const bodySchema = z.object({
  event: z.object({
    id: lenientText,
    event_type: z.string().min(1),
    occurred_at: requiredTime,
    agent: lenientObject(reference),
    data: z.unknown().optional(),
  }),
});
type PagerdutyEvent = z.infer<typeof bodySchema>['event'];

/**
 * PagerDuty v3 webhook subscriptions (PagerDuty/developer-docs, docs/webhooks 01, 02 and 04).
 *
 * - `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`: HMAC-SHA256 of the raw body, one per active secret while secrets are
 *   changed. Any `v1` that fits is proof; other versions are passed over.
 * - An answer has to come within 5 s. 5xx, 429 and timeouts come again for 48 hours and hold back what follows of the same
 *   incident; other 4xx are dropped, and three drops in a row switch the subscription off for a day.
 * - `X-Webhook-Id` is the same when a delivery is tried again. At least once, in order per incident.
 * - `data.type` decides the shape: only `incident` has a status, a title and a service. `agent`, `client`, `priority`,
 *   `assignees`, `conference_bridge` and `resolve_reason` may be null.
 * - An incident whose `incident_key` is one of our own deduplication keys is our own page come back: no alert is made of
 *   it, or a page would open a group that pages.
 * - Added over time: an event type nobody has told us of is counted and does nothing.
 */
export const pagerduty: SourceKind<Record<string, never>> = {
  kind: 'pagerduty',
  options: z.strictObject({}),
  tooMany: 429,

  verify(delivery, { secrets }) {
    if (secrets.length === 0) return { kind: 'unsigned' };
    const given = readHeader(delivery.headers, 'x-pagerduty-signature');
    if (given === undefined) return { kind: 'refused', why: 'X-PagerDuty-Signature is missing' };
    const digests = given
      .split(',')
      .flatMap((one) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(one)?.[1] ?? [])
      .slice(0, mostSignatures);
    return digests.some((digest) => secrets.some((secret) => isHmacSha256Hex(digest, secret, delivery.body)))
      ? { kind: 'proven' }
      : { kind: 'refused', why: 'no v1 signature in X-PagerDuty-Signature fits a configured secret' };
  },

  parse(json, delivery) {
    const { event } = readOrRefuse(bodySchema, json, 'a v3 webhook of PagerDuty');
    const isKnown = states.has(event.event_type) || quietTypes.has(event.event_type);
    return {
      event: eventName(event.event_type),
      isKnown,
      deliveryId: readHeader(delivery.headers, 'x-webhook-id') ?? event.id,
      signals: states.has(event.event_type) ? readSignals(event) : [],
      sentAt: event.occurred_at,
    };
  },
};

/** Each costs a digest of the whole body, before anything is proven; one secret is being replaced by another. */
const mostSignatures = 8;

type Happened = Signal['status'] | ((by: string, data: Data) => string);

/** What opens, what closes, and what only happens to an incident, in a sentence. */
const states = new Map<string, Happened>([
  ['incident.triggered', 'firing'],
  ['incident.reopened', 'firing'],
  ['incident.unacknowledged', 'firing'],
  ['incident.resolved', 'resolved'],
  ['incident.acknowledged', (by) => `Acknowledged at PagerDuty${by}.`],
  ['incident.annotated', (by) => `A note was added at PagerDuty${by}.`],
  ['incident.delegated', (by) => `Given to another escalation policy at PagerDuty${by}.`],
  ['incident.escalated', (by) => `Escalated at PagerDuty${by}.`],
  ['incident.priority_updated', (by, { priority }) => prioritySentence(priority?.summary, by)],
  ['incident.reassigned', (by) => `Reassigned at PagerDuty${by}.`],
  ['incident.responder.added', (by) => `A responder was asked for at PagerDuty${by}.`],
  ['incident.responder.replied', (by) => `A responder replied at PagerDuty${by}.`],
  ['incident.status_update_published', (by) => `A status update was published at PagerDuty${by}.`],
]);

/** Nothing of an incident's state. `pagey.ping` is the subscription's test button. */
const quietTypes = new Set([
  'pagey.ping',
  'incident.action_invocation.created',
  'incident.action_invocation.terminated',
  'incident.action_invocation.updated',
  'incident.conference_bridge.updated',
  'incident.custom_field_values.updated',
  'incident.incident_type.changed',
  'incident.role.assigned',
  'incident.service_updated',
  'incident.workflow.completed',
  'incident.workflow.started',
  'service.created',
  'service.custom_field_values.updated',
  'service.deleted',
  'service.updated',
]);

function readSignals(event: PagerdutyEvent): readonly Signal[] {
  const data = readOrRefuse(dataSchema, event.data, 'the data of a PagerDuty event');
  const happened = states.get(event.event_type);
  const isIncident = data.type === 'incident' || data.type === 'incident_reference';
  const incident = isIncident ? data : data.incident;
  if (happened === undefined) return [];
  if (incident?.id === undefined) {
    throw new UnreadableDelivery(`The event "${event.event_type}" has no incident with an "id" in its data.`);
  }
  if (data.incident_key?.startsWith(ourDedupPrefix)) return [];
  const signal = signalOf(incident.id, incident.html_url, data, event);
  if (typeof happened === 'function') {
    return [{ ...signal, status: 'noted', note: happened(byOf(event), data) }];
  }
  if (happened === 'resolved') {
    // The two contradict each other only in what PagerDuty did not send: shown, and not taken for the end.
    if (!isIncident || (data.status !== undefined && data.status !== 'resolved')) {
      const note = 'PagerDuty calls this resolved, but its own data does not: look there whether it is over.';
      return [{ ...signal, status: 'noted', note }];
    }
    return [
      {
        ...signal,
        status: 'resolved',
        endsAt: event.occurred_at,
        note: `Resolved at PagerDuty${byOf(event)}.`,
      },
    ];
  }
  return [{ ...signal, startsAt: startOf(event, data) }];
}

function signalOf(id: string, url: string | undefined, data: Data, event: PagerdutyEvent): Signal {
  const name = data.title ?? data.incident?.summary ?? (data.type === 'incident' ? data.summary : undefined);
  return {
    status: 'firing',
    groupKey: `incident:${id}`,
    fingerprint: `incident:${id}`,
    severity: severityOf(data),
    title: name ?? `Incident ${data.number === undefined ? id : `#${data.number}`}`,
    service: data.service?.summary,
    labels: {
      ...(data.number === undefined ? {} : { number: data.number }),
      ...(data.priority?.summary === undefined ? {} : { priority: data.priority.summary }),
      ...(data.urgency === undefined ? {} : { urgency: data.urgency }),
    },
    links: givenLinks(['PagerDuty', url]),
    order: event.occurred_at.getTime(),
  };
}

/** A reopened incident keeps its `created_at`, which belongs to the episode that was resolved. */
function startOf(
  { event_type: type, occurred_at: occurredAt }: PagerdutyEvent,
  data: Data,
): Date | undefined {
  if (type === 'incident.triggered') return data.created_at ?? occurredAt;
  return type === 'incident.reopened' ? occurredAt : undefined;
}

/** Priorities are named by each account: P1–P5 and SEV-1–4 are read, in whatever words they stand. Then the urgency. */
function severityOf({ priority, urgency }: Data): Severity {
  const level = /^(p|sev)[-\s]?([0-5])\b/i.exec(priority?.summary?.trim() ?? '');
  return readSeverity(level ? `${level[1]}${level[2]}` : urgency);
}

function prioritySentence(priority: string | undefined, by: string): string {
  return priority === undefined
    ? `The priority was taken away at PagerDuty${by}.`
    : `The priority at PagerDuty is now ${short(priority)}${by === '' ? '' : `, set${by}`}.`;
}

/** A service can be the agent too, which says nothing. */
function byOf({ agent }: PagerdutyEvent): string {
  return agent?.type === 'user_reference' && agent.summary !== undefined ? ` by ${short(agent.summary)}` : '';
}

function short(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79).toWellFormed()}…` : name;
}
