import type { Pool } from 'pg';
import { receiptOf } from '../core/ledger-receipt.ts';

/** The receipt of a run's newest ledger entry. */
export async function maybeReceipt(
  pool: Pool,
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

/** The hash of an entry as it stands now, to hold a checkpoint against. */
export async function maybeEntryHash(
  pool: Pool,
  workspaceId: string,
  seq: number,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM countersign.ledger_entries
     WHERE workspace_id = $1::text AND seq = $2::integer`,
    [workspaceId, seq],
  );
  return rows[0]?.hash;
}
