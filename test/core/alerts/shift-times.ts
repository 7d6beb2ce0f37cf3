import type pg from 'pg';

const columns: Readonly<Record<string, readonly string[]>> = {
  deliveries: ['received_at', 'processed_at'],
  alerts: ['starts_at', 'first_seen_at', 'last_seen_at', 'resolved_at'],
  alert_groups: ['first_seen_at', 'opened_at', 'last_seen_at', 'resolved_at'],
  alert_digests: ['begun_at', 'last_at'],
  silences: ['begun_at', 'until', 'ended_at'],
  alert_sources: ['last_seen_at'],
  pages: ['asked_at', 'sent_at'],
};
const jsonTimes = ['acknowledgedAt', 'escalatedAt', 'wokenAt', 'pagedAt'];

/**
 * Time passes for one workspace: what is stored moves into the past by this much, jobs included. The database's own clock
 * stays, so that what decides by it decides as it would later.
 */
export async function shiftTimes(pool: pg.Pool, workspaceId: string, minutes: number): Promise<void> {
  const by = `make_interval(secs => $2::double precision * 60)`;
  const values = [workspaceId, minutes];
  for (const [table, names] of Object.entries(columns)) {
    const moved = names.map((name) => `${name} = ${name} - ${by}`);
    await pool.query(
      `UPDATE countersign.${table} SET ${moved.join(', ')} WHERE workspace_id = $1::text`,
      values,
    );
  }
  const moved = jsonTimes.map((name) => `'${name}', (state_data->>'${name}')::timestamptz - ${by}`);
  await pool.query(
    `UPDATE countersign.alert_groups SET state_data = state_data || jsonb_strip_nulls(jsonb_build_object(${moved.join(', ')}))
       || jsonb_build_object('flips', (SELECT coalesce(jsonb_agg(flip::timestamptz - ${by} ORDER BY at), '[]')
            FROM jsonb_array_elements_text(state_data->'flips') WITH ORDINALITY AS flips (flip, at)))
     WHERE workspace_id = $1::text`,
    values,
  );
  await pool.query(
    `UPDATE countersign.alert_samples SET times = (SELECT array_agg(at - ${by} ORDER BY at) FROM unnest(times) AS at)
     WHERE workspace_id = $1::text`,
    values,
  );
  await pool.query(
    `UPDATE graphile_worker._private_jobs SET run_at = run_at - ${by} WHERE payload->>'workspaceId' = $1::text`,
    values,
  );
}
