import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Endpoint, isoTime, limit, readQuery } from '../endpoint.ts';
import { oneTenant } from '../tenant-rows.ts';

const list: Endpoint = {
  name: 'audit',
  method: 'GET',
  paths: ['/api/audit'],
  async answer(call, { pool }) {
    const filter = readQuery(
      {
        entity: z.enum(['tenant', 'settings']).optional(),
        entityId: z.string().max(200).optional(),
        section: z.string().max(200).optional(),
        action: z.string().max(200).optional(),
        since: isoTime().optional(),
        limit: limit(20, 500),
      },
      call.query,
    );
    const { rows } = await pool.query(
      `SELECT id, at, actor, action, section, changed FROM rms.audit_log
       WHERE ($1::text IS NULL OR entity = $1) AND ($2::text IS NULL OR entity_id = $2)
         AND ($3::text IS NULL OR section = $3) AND ($4::text IS NULL OR action = $4)
         AND ($5::timestamptz IS NULL OR at >= $5)
       ORDER BY at DESC, seq DESC LIMIT $6`,
      [filter.entity, filter.entityId, filter.section, filter.action, filter.since, filter.limit],
    );
    return { status: 200, body: { entries: rows } };
  },
};

/** Answers what an export holds, not the export: a download is fetched by whoever may read it. */
const exported: Endpoint = {
  name: 'audit/export',
  method: 'GET',
  paths: ['/api/audit/export'],
  async answer(call, { pool }) {
    const { tenantId, format } = readQuery(
      { tenantId: z.string().max(200).optional(), format: z.enum(['csv', 'json']).default('csv') },
      call.query,
    );
    const tenant = tenantId === undefined ? undefined : await oneTenant(pool, tenantId);
    const { rows } = await pool.query<Record<string, string | null>>(
      `SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, id, actor, action,
              entity, entity_id AS "entityId", section, array_to_string(changed, ' ') AS changed
       FROM rms.audit_log WHERE $1::text IS NULL OR entity_id = $1 ORDER BY at, seq`,
      [tenant?.id],
    );
    const content = format === 'csv' ? csvOf(rows) : JSON.stringify(rows);
    const body = {
      tenantId: tenant?.id ?? null,
      format,
      count: rows.length,
      bytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
      firstAt: rows[0]?.at ?? null,
      lastAt: rows.at(-1)?.at ?? null,
    };
    return { status: 200, body };
  },
};

const columns = ['at', 'id', 'actor', 'action', 'entity', 'entityId', 'section', 'changed'] as const;

/** RFC 4180: lines end in CRLF, quotes are doubled. */
function csvOf(rows: readonly Readonly<Record<string, string | null>>[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? '')).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

export const auditEndpoints: readonly Endpoint[] = [list, exported];
