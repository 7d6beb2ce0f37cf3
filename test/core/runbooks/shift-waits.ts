import type pg from 'pg';

/**
 * Time passes for one workspace's waits: their ends and the jobs that look move into the past by this much. The database's own
 * clock stays, so that what decides by it decides as it would later.
 */
export async function shiftWaits(pool: pg.Pool, workspaceId: string, minutes: number): Promise<void> {
  const by = 'make_interval(secs => $2::double precision * 60)';
  await pool.query(
    `UPDATE countersign.runbook_instances SET data = jsonb_set(data, '{steps}', (
       SELECT jsonb_agg(CASE WHEN step ? 'dueAt'
           THEN step || jsonb_build_object('dueAt', (step->>'dueAt')::timestamptz - ${by}) ELSE step END ORDER BY place)
       FROM jsonb_array_elements(data->'steps') WITH ORDINALITY AS steps (step, place)))
     WHERE workspace_id = $1::text`,
    [workspaceId, minutes],
  );
  await pool.query(
    `UPDATE graphile_worker._private_jobs SET run_at = run_at - ${by} WHERE payload->>'workspaceId' = $1::text`,
    [workspaceId, minutes],
  );
}
