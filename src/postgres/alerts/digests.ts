import type { DigestView } from '../../core/alerts/group.ts';
import { type Severity, worst } from '../../core/alerts/severity.ts';
import type { Queryable } from '../ledger.ts';

/** Groups shown in this channel that began within the last seconds. */
export async function countOpened(
  client: Queryable,
  workspaceId: string,
  channel: string,
  withinSeconds: number,
): Promise<number> {
  const { rows } = await client.query<{ count: string }>({
    name: 'count-opened-groups',
    text: `SELECT count(*) FROM countersign.alert_groups
      WHERE workspace_id = $1::text AND channel = $2::text AND silence_id IS NULL
        AND NOT (state_data->>'isMuted')::boolean
        AND (digest_id IS NOT NULL OR (state_data->>'hasCard')::boolean)
        AND opened_at > clock_timestamp() - make_interval(secs => $3::double precision)`,
    values: [workspaceId, channel, withinSeconds],
  });
  return Number(rows[0]!.count);
}

/** The newest digest of a channel, if it took a group within the last seconds. */
export async function maybeDigest(
  client: Queryable,
  workspaceId: string,
  channel: string,
  withinSeconds: number,
): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>({
    name: 'open-digest',
    text: `SELECT id FROM countersign.alert_digests
      WHERE workspace_id = $1::text AND channel = $2::text
        AND last_at > clock_timestamp() - make_interval(secs => $3::double precision)
      ORDER BY id DESC LIMIT 1`,
    values: [workspaceId, channel, withinSeconds],
  });
  return rows[0]?.id;
}

export async function insertDigest(client: Queryable, workspaceId: string, channel: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    'INSERT INTO countersign.alert_digests (workspace_id, channel) VALUES ($1::text, $2::text) RETURNING id',
    [workspaceId, channel],
  );
  return rows[0]!.id;
}

export async function touchDigest(client: Queryable, workspaceId: string, id: number): Promise<void> {
  await client.query({
    name: 'touch-digest',
    text: `UPDATE countersign.alert_digests SET last_at = clock_timestamp()
      WHERE workspace_id = $1::text AND id = $2::integer`,
    values: [workspaceId, id],
  });
}

const mostServices = 6;

/** A digest as its card shows it: the groups it stands for, by service, as they are now. */
export async function digestView(
  client: Queryable,
  workspaceId: string,
  id: number,
): Promise<DigestView | undefined> {
  const [digests, groups] = await Promise.all([
    client.query<{ channel: string; begun_at: Date; last_at: Date }>(
      `SELECT channel, begun_at, last_at FROM countersign.alert_digests
       WHERE workspace_id = $1::text AND id = $2::integer`,
      [workspaceId, id],
    ),
    client.query<{ service: string; severity: Severity; state: string; count: string; last_seen_at: Date }>(
      `SELECT coalesce(nullif(state_data->>'service', ''), source) AS service, severity, state, count(*),
         max(last_seen_at) AS last_seen_at
       FROM countersign.alert_groups WHERE workspace_id = $1::text AND digest_id = $2::integer
       GROUP BY 1, 2, 3`,
      [workspaceId, id],
    ),
  ]);
  const digest = digests.rows[0];
  if (digest === undefined) return undefined;
  const services = new Map<string, { firing: number; resolved: number; severities: Severity[] }>();
  for (const { service, severity, state, count } of groups.rows) {
    const one = services.get(service) ?? { firing: 0, resolved: 0, severities: [] };
    one[state === 'firing' ? 'firing' : 'resolved'] += Number(count);
    // What is over is not what makes it bad now.
    if (state === 'firing') one.severities.push(severity);
    services.set(service, one);
  }
  const sorted = [...services]
    .map(([service, { firing, resolved, severities }]) => {
      return { service, firing, resolved, worst: worst(severities) ?? 'warning' };
    })
    .sort(
      (one, other) =>
        other.firing - one.firing ||
        other.resolved - one.resolved ||
        one.service.localeCompare(other.service),
    );
  return {
    id,
    channel: digest.channel,
    since: digest.begun_at,
    lastSeenAt: new Date(
      Math.max(digest.last_at.getTime(), ...groups.rows.map((row) => row.last_seen_at.getTime())),
    ),
    firingGroups: sorted.reduce((sum, { firing }) => sum + firing, 0),
    resolvedGroups: sorted.reduce((sum, { resolved }) => sum + resolved, 0),
    worst: worst(groups.rows.flatMap(({ state, severity }) => (state === 'firing' ? [severity] : []))),
    services: sorted.slice(0, mostServices),
    moreServices: Math.max(0, sorted.length - mostServices),
  };
}
