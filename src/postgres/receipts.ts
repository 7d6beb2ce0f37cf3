import type { Pool, PoolClient } from 'pg';
import { receiptOf } from '../core/ledger-receipt.ts';
import type { Run } from '../core/run.ts';
import { maybeRun } from './runs.ts';

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

/** A run and its receipt, asked for together. */
export async function maybeRunWithReceipt(
  pool: Pool,
  workspaceId: string,
  id: string,
): Promise<{ run: Run; receipt: string | undefined } | undefined> {
  const client = await pool.connect();
  try {
    const [run, receipt] = await Promise.all([
      maybeRun(client, workspaceId, id),
      maybeReceipt(client, workspaceId, id),
    ]);
    return run && { run, receipt };
  } finally {
    client.release();
  }
}
