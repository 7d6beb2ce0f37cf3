import { z } from 'zod';
import type { Signal } from '../core/alerts/signal.ts';
import type { GenziOptions } from './genzi.ts';
import { lenientNumber, lenientObject, lenientText, readOrRefuse } from './lenient.ts';

const dataSchema = z.object({
  tenantId: lenientText,
  entityType: lenientText,
  entityId: lenientText,
  action: lenientText,
  /** Where the runbook looks for it. It is sent in `details`. */
  changeCount: lenientNumber,
  details: lenientObject({ changeCount: lenientNumber, fields: z.unknown().optional() }),
});
type Anomaly = z.infer<typeof dataSchema>;

/**
 * `audit.anomaly`, which despite its name comes for every audited change of at least one field. Two thresholds, as the
 * runbook has it: many fields at once, or many changes in a short time. Every change counts toward the second one, the
 * large ones too, so that one which is no alert by itself is still a signal, with a threshold: only so can a hundred small
 * changes be noticed.
 *
 * Creating and deleting change all fields of a record: they count for the frequency alone.
 */
export function auditSignals(json: unknown, { anomaly, resolveAfterQuietMinutes }: GenziOptions): Signal[] {
  const data = readOrRefuse(dataSchema, json, 'an audit.anomaly of Genzi RMS');
  const entity = data.entityType ?? 'records';
  const base = {
    status: 'firing',
    severity: 'warning',
    service: 'audit',
    tenant: data.tenantId,
    links: [],
    quietMinutes: resolveAfterQuietMinutes,
  } as const;
  const rateKey = `audit-rate:${data.tenantId ?? ''}:${entity}`;
  const often: Signal = {
    ...base,
    groupKey: rateKey,
    fingerprint: rateKey,
    title: `Many changes to ${entity}`,
    summary: `At least ${anomaly.frequency.count} changes within ${anomaly.frequency.withinMinutes} minutes`,
    labels: { entityType: entity },
    threshold: anomaly.frequency,
  };
  const changes = changeCountOf(data);
  if (changes < anomaly.changeCount || /^(create|delete)/i.test(data.action ?? '')) return [often];
  const key = `audit:${data.tenantId ?? ''}:${entity}:${data.entityId ?? ''}`;
  const many: Signal = {
    ...base,
    groupKey: key,
    fingerprint: key,
    title: `${changes} fields changed on ${entity}${data.action === undefined ? '' : ` (${data.action})`}`,
    summary: fieldsOf(data, changes),
    labels: {
      entityType: entity,
      ...(data.entityId === undefined ? {} : { entityId: data.entityId }),
      ...(data.action === undefined ? {} : { action: data.action }),
      changeCount: String(changes),
    },
  };
  return [many, often];
}

/** `fields` holds ten names at most: a lower bound where the count itself is missing. */
function changeCountOf({ changeCount, details }: Anomaly): number {
  const fields = Array.isArray(details?.fields) ? details.fields.length : 0;
  return Math.max(0, Math.trunc(details?.changeCount ?? changeCount ?? fields));
}

/** Names of fields, never what they held. */
function fieldsOf({ details }: Anomaly, changes: number): string | undefined {
  const given: readonly unknown[] = Array.isArray(details?.fields) ? details.fields : [];
  const names = given.slice(0, 3).filter((name) => typeof name === 'string');
  if (names.length === 0) return undefined;
  const more = changes - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
