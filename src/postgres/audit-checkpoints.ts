import type pg from 'pg';
import type { AuditCheckpoint, AuditCheckpointStore } from '../core/audit-chain/checkpoint.ts';

/** The one method needed of a pool or a client. */
export interface AuditCheckpointDatabase {
  query<Row extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<{ rows: Row[] }>;
}

/** @example createAuditCheckpoints({ database: pool, workspaceId: 'T0COUNTER' }) */
export function createAuditCheckpoints(options: {
  readonly database: AuditCheckpointDatabase;
  readonly workspaceId: string;
}): AuditCheckpointStore {
  const { database, workspaceId } = options;
  return {
    async load(target, tenantId) {
      const { rows } = await database.query<CheckpointRow>(loadCheckpoint, [workspaceId, target, tenantId]);
      const row = rows[0];
      return row && checkpointOf(row);
    },
    async save(target, tenantId, checkpoint) {
      await database.query(saveCheckpoint, [
        workspaceId,
        target,
        tenantId,
        checkpoint.records,
        checkpoint.head,
        checkpoint.headId,
        checkpoint.boundaryAt,
        checkpoint.olderRecords,
        checkpoint.anchor ?? null,
        checkpoint.verifiedAt,
      ]);
    },
  };
}

interface CheckpointRow {
  readonly records: string;
  readonly head_hash: string;
  readonly head_id: string;
  readonly boundary_at: string;
  readonly older_records: string;
  readonly anchor_hash: string | null;
  readonly verified_at: Date;
}

// As text: a JavaScript Date would cut the microseconds off, and the boundary would move.
const loadCheckpoint = `
  SELECT records::text, head_hash, head_id, older_records::text, anchor_hash, verified_at,
    to_char(boundary_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS boundary_at
  FROM countersign.audit_checkpoints
  WHERE workspace_id = $1::text AND target = $2::text AND tenant_id = $3::text`;

// Two verifications may end in any order: the one that saw less never replaces the one that saw more.
const saveCheckpoint = `
  INSERT INTO countersign.audit_checkpoints AS kept (
    workspace_id, target, tenant_id, records, head_hash, head_id, boundary_at, older_records, anchor_hash, verified_at
  ) VALUES ($1::text, $2::text, $3::text, $4::bigint, $5::text, $6::text, $7::timestamptz, $8::bigint, $9::text, $10::timestamptz)
  ON CONFLICT (workspace_id, target, tenant_id) DO UPDATE SET
    records = EXCLUDED.records, head_hash = EXCLUDED.head_hash, head_id = EXCLUDED.head_id,
    boundary_at = EXCLUDED.boundary_at, older_records = EXCLUDED.older_records,
    anchor_hash = EXCLUDED.anchor_hash, verified_at = EXCLUDED.verified_at
  WHERE (kept.records, kept.verified_at) <= (EXCLUDED.records, EXCLUDED.verified_at)`;

function checkpointOf(row: CheckpointRow): AuditCheckpoint {
  return {
    records: Number(row.records),
    head: row.head_hash,
    headId: row.head_id,
    boundaryAt: row.boundary_at,
    olderRecords: Number(row.older_records),
    anchor: row.anchor_hash ?? undefined,
    verifiedAt: row.verified_at,
  };
}
