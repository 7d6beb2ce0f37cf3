import type { Pool } from 'pg';

/** A run's steps in the order they began. */
export async function manySteps(
  pool: Pool,
  workspaceId: string,
  runId: string,
): Promise<{ readonly name: string; readonly state: string }[]> {
  const { rows } = await pool.query<{ name: string; state: string }>(
    `SELECT name, state FROM countersign.steps
     WHERE workspace_id = $1::text AND run_id = $2::text ORDER BY position`,
    [workspaceId, runId],
  );
  return rows;
}
