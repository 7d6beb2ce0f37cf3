import type { Queryable } from './ledger.ts';

/** Whether a run has decided something of this kind: that is on record under its id. */
export async function isDecidedBy(
  client: Queryable,
  workspaceId: string,
  runId: string,
  about: 'incident' | 'runbook',
): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM countersign.ledger_entries
     WHERE workspace_id = $1::text AND run_id = $2::text AND starts_with(kind, $3::text) LIMIT 1`,
    [workspaceId, runId, `${about}.`],
  );
  return rows.length > 0;
}
