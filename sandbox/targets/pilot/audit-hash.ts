import { createHash } from 'node:crypto';

/** The pilot application's own code, kept apart from Countersign's: the two must agree without sharing it. */
export interface AuditEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly metadata: unknown;
  readonly prevHash: string | null;
  readonly createdAt: Date;
}

export function canonicalJson(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = value as Record<string, unknown>;
    const keys = Object.keys(members).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(members[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

export function auditHash(entry: AuditEntry): string {
  return createHash('sha256')
    .update(entry.prevHash ?? '')
    .update(canonicalJson(entry.metadata))
    .update(entry.createdAt.toISOString())
    .update(entry.actorId ?? '')
    .update(entry.action)
    .digest('hex');
}
