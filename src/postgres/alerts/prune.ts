import type { Queryable } from '../ledger.ts';

/** Of one statement: pruning must not hold up what is coming in. */
const mostAtOnce = 5_000;
/** `/ops monitoring-status` tells of a day; a month leaves time to look into a strange one. */
const countsDays = 30;

/**
 * Forgets what has been kept long enough: bodies that were processed, groups that are over with their alerts, and counts.
 * Who woke, silenced or acknowledged stays in the ledger.
 * @returns how many deliveries and groups went.
 */
export async function pruneAlerts(
  client: Queryable,
  workspaceId: string,
  retentionDays: { readonly alerts: number; readonly raw: number },
): Promise<{ readonly deliveries: number; readonly groups: number }> {
  const deliveries = await untilNone(
    client,
    [workspaceId, retentionDays.raw, mostAtOnce],
    `
    DELETE FROM countersign.deliveries WHERE workspace_id = $1::text AND id IN (
      SELECT id FROM countersign.deliveries
      WHERE workspace_id = $1::text AND processed_at < clock_timestamp() - make_interval(secs => $2::double precision * 86400)
      LIMIT $3::integer)`,
  );
  const groups = await untilNone(
    client,
    [workspaceId, retentionDays.alerts, mostAtOnce],
    `
    DELETE FROM countersign.alert_groups WHERE workspace_id = $1::text AND id IN (
      SELECT id FROM countersign.alert_groups
      WHERE workspace_id = $1::text AND state = 'resolved'
        AND resolved_at < clock_timestamp() - make_interval(secs => $2::double precision * 86400)
      LIMIT $3::integer)`,
  );
  const over = [workspaceId, retentionDays.alerts];
  for (const statement of [
    `DELETE FROM countersign.silenced_groups AS hidden WHERE workspace_id = $1::text AND silence_id IN (
       SELECT id FROM countersign.silences WHERE workspace_id = $1::text
         AND least(until, coalesce(ended_at, until)) < clock_timestamp() - make_interval(secs => $2::double precision * 86400))`,
    `DELETE FROM countersign.silences WHERE workspace_id = $1::text
       AND least(until, coalesce(ended_at, until)) < clock_timestamp() - make_interval(secs => $2::double precision * 86400)`,
    `DELETE FROM countersign.alert_digests WHERE workspace_id = $1::text
       AND last_at < clock_timestamp() - make_interval(secs => $2::double precision * 86400)
       AND NOT EXISTS (SELECT FROM countersign.alert_groups AS still
         WHERE still.workspace_id = $1::text AND still.digest_id = alert_digests.id)`,
    `DELETE FROM countersign.pages WHERE workspace_id = $1::text AND (sent_at IS NOT NULL OR problem IS NOT NULL)
       AND asked_at < clock_timestamp() - make_interval(secs => $2::double precision * 86400)`,
    `DELETE FROM countersign.alert_samples WHERE workspace_id = $1::text
       AND times[cardinality(times)] < clock_timestamp() - make_interval(secs => $2::double precision * 86400)`,
  ]) {
    await client.query(statement, over);
  }
  await client.query(
    `DELETE FROM countersign.alert_source_events WHERE workspace_id = $1::text
       AND hour < clock_timestamp() - make_interval(days => $2::integer)`,
    [workspaceId, countsDays],
  );
  return { deliveries, groups };
}

async function untilNone(client: Queryable, values: readonly unknown[], statement: string): Promise<number> {
  let pruned = 0;
  for (;;) {
    const { rowCount } = await client.query(statement, [...values]);
    pruned += rowCount ?? 0;
    if ((rowCount ?? 0) < mostAtOnce) return pruned;
  }
}
