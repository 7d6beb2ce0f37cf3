import { z } from 'zod';
import { type Endpoint, isoTime, limit, readQuery } from '../endpoint.ts';

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

export const auditEndpoints: readonly Endpoint[] = [list];
