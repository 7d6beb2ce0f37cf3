import type { Pool, PoolClient } from 'pg';
import { receiptOf } from '../core/ledger/receipt.ts';

/** The receipt of a run's newest ledger entry. */
export async function maybeReceipt(
  pool: Pool | PoolClient,
  workspaceId: string,
  runId: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ seq: number; hash: string }>({
    name: 'run-receipt',
    text: `SELECT seq, encode(hash, 'hex') AS hash FROM countersign.ledger_entries
           WHERE workspace_id = $1::text AND run_id = $2::text ORDER BY seq DESC LIMIT 1`,
    values: [workspaceId, runId],
  });
  return rows[0] && receiptOf(rows[0].seq, rows[0].hash);
}

/** The receipt of the newest entry about a lockdown. */
export async function lockdownReceipt(pool: Pool, workspaceId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ seq: number; hash: string }>(
    `SELECT seq, encode(hash, 'hex') AS hash FROM countersign.ledger_entries
     WHERE workspace_id = $1::text AND kind IN ('lockdown.begun', 'lockdown.lift_signed', 'lockdown.lifted')
     ORDER BY seq DESC LIMIT 1`,
    [workspaceId],
  );
  return rows[0] && receiptOf(rows[0].seq, rows[0].hash);
}

/** The receipt of the newest entry about a group of alerts. */
export async function maybeGroupReceipt(
  pool: Pool,
  workspaceId: string,
  groupId: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ seq: number; hash: string }>({
    name: 'alert-group-receipt',
    // The kinds as in the index, which serves nothing else.
    text: `SELECT seq, encode(hash, 'hex') AS hash FROM countersign.ledger_entries
           WHERE workspace_id = $1::text AND (body::jsonb) -> 'facts' ->> 'group' = $2::text
             AND kind IN ('alert.woke', 'alert.escalated', 'alert.acknowledged', 'alert.closed', 'alert.severity_set', 'incident.started')
           ORDER BY seq DESC LIMIT 1`,
    values: [workspaceId, groupId],
  });
  return rows[0] && receiptOf(rows[0].seq, rows[0].hash);
}

/** The receipt of the newest entry about an incident. */
export async function maybeIncidentReceipt(
  pool: Pool,
  workspaceId: string,
  incidentId: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ seq: number; hash: string }>({
    name: 'incident-receipt',
    text: `SELECT seq, encode(hash, 'hex') AS hash FROM countersign.ledger_entries
           WHERE workspace_id = $1::text AND incident_id = $2::text ORDER BY seq DESC LIMIT 1`,
    values: [workspaceId, incidentId],
  });
  return rows[0] && receiptOf(rows[0].seq, rows[0].hash);
}
