import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type AuditEntry, auditHash, canonicalJson } from './audit-hash.ts';

export interface NewAudit {
  readonly tenantId: string;
  readonly action: string;
  readonly actorId?: string | null;
  /** Default: `{}`. */
  readonly metadata?: unknown;
  /** Default: now, or a millisecond after the last record where that is later. */
  readonly createdAt?: Date;
  /** Default: a random uuid. */
  readonly id?: string;
  /** The parent to name, as a second application node would that read before the last append. */
  readonly prevHash?: string | null;
}

/** Appends as the pilot application does: read the newest record, hash, insert. Nothing stops two at once. */
export async function appendAudit(
  database: Pick<pg.ClientBase, 'query'>,
  audit: NewAudit,
): Promise<AuditEntry & { readonly hash: string }> {
  const { rows } = await database.query<{ hash: string; createdAt: Date }>(
    `SELECT "hash", "createdAt" FROM "AuditLog" WHERE "tenantId" = $1 ORDER BY "createdAt" DESC, "id" DESC LIMIT 1`,
    [audit.tenantId],
  );
  const last = rows[0];
  const earliest = last ? last.createdAt.getTime() + 1 : 0;
  const entry: AuditEntry = {
    id: audit.id ?? randomUUID(),
    tenantId: audit.tenantId,
    actorId: audit.actorId ?? null,
    action: audit.action,
    metadata: audit.metadata ?? {},
    prevHash: audit.prevHash === undefined ? (last?.hash ?? null) : audit.prevHash,
    createdAt: audit.createdAt ?? new Date(Math.max(Date.now(), earliest)),
  };
  const hash = auditHash(entry);
  await database.query(
    `INSERT INTO "AuditLog" ("id", "tenantId", "actorId", "action", "metadata", "prevHash", "hash", "createdAt")
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      entry.id,
      entry.tenantId,
      entry.actorId,
      entry.action,
      canonicalJson(entry.metadata),
      entry.prevHash,
      hash,
      entry.createdAt,
    ],
  );
  return { ...entry, hash };
}
