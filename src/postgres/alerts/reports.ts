import type { AlertGroupFilter } from '../../alert-services.ts';
import type { StoredGroup } from '../../core/alerts/group.ts';
import type { Queryable } from '../ledger.ts';
import { type GroupRow, groupFromRow } from './groups.ts';

export interface SourceReport {
  readonly lastSeenAt: Date | undefined;
  readonly isSilent: boolean;
  readonly clockSkewSeconds: number | undefined;
  readonly deliveriesLastHour: number;
  readonly deliveriesLastMinute: number;
  readonly waiting: number;
  readonly lastProblem: { readonly at: Date; readonly reason: string } | undefined;
  readonly firingGroups: number;
  /** Of the last 24 hours. */
  readonly events: readonly {
    readonly outcome: string;
    readonly event: string;
    readonly count: number;
    readonly lastAt: Date;
    readonly detail: string | undefined;
  }[];
}

/** What is known of one source. */
export async function sourceReport(
  client: Queryable,
  workspaceId: string,
  source: string,
): Promise<SourceReport> {
  const given = [workspaceId, source];
  const [known, deliveries, problems, firing, events] = await Promise.all([
    client.query<{
      last_seen_at: Date;
      has_spoken: boolean;
      is_silent: boolean;
      clock_skew_seconds: number | null;
    }>('SELECT * FROM countersign.alert_sources WHERE workspace_id = $1::text AND source = $2::text', given),
    client.query<{ last_hour: string; last_minute: string; waiting: string; newest: Date | null }>(
      `SELECT count(*) AS last_hour, max(received_at) AS newest,
         count(*) FILTER (WHERE received_at > clock_timestamp() - interval '1 minute') AS last_minute,
         (SELECT count(*) FROM countersign.deliveries AS waiting
           WHERE workspace_id = $1::text AND source = $2::text AND processed_at IS NULL) AS waiting
       FROM countersign.deliveries
       WHERE workspace_id = $1::text AND source = $2::text AND received_at > clock_timestamp() - interval '1 hour'`,
      given,
    ),
    client.query<{ received_at: Date; problem: string | null }>(
      `SELECT received_at, problem FROM countersign.deliveries
       WHERE workspace_id = $1::text AND source = $2::text AND processed_at IS NOT NULL
       ORDER BY received_at DESC LIMIT 1`,
      given,
    ),
    client.query<{ count: string }>(
      `SELECT count(*) FROM countersign.alert_groups
       WHERE workspace_id = $1::text AND source = $2::text AND state = 'firing' AND is_current`,
      given,
    ),
    client.query<{ outcome: string; event: string; count: string; last_at: Date; detail: string | null }>(
      `SELECT outcome, event, sum(count) AS count, max(last_at) AS last_at,
         (array_agg(detail ORDER BY last_at DESC) FILTER (WHERE detail IS NOT NULL))[1] AS detail
       FROM countersign.alert_source_events
       WHERE workspace_id = $1::text AND source = $2::text AND hour > clock_timestamp() - interval '24 hours'
       GROUP BY outcome, event ORDER BY sum(count) DESC LIMIT 200`,
      given,
    ),
  ]);
  const state = known.rows[0];
  const counts = deliveries.rows[0]!;
  const newest = problems.rows[0];
  return {
    lastSeenAt: state?.has_spoken === true ? state.last_seen_at : (counts.newest ?? undefined),
    isSilent: state?.is_silent ?? false,
    clockSkewSeconds: state?.clock_skew_seconds ?? undefined,
    deliveriesLastHour: Number(counts.last_hour),
    deliveriesLastMinute: Number(counts.last_minute),
    waiting: Number(counts.waiting),
    lastProblem: newest?.problem == null ? undefined : { at: newest.received_at, reason: newest.problem },
    firingGroups: Number(firing.rows[0]!.count),
    events: events.rows.map((row) => ({
      outcome: row.outcome,
      event: row.event,
      count: Number(row.count),
      lastAt: row.last_at,
      detail: row.detail ?? undefined,
    })),
  };
}

/** Those that fire first, the worst first, of equals the oldest first. */
export async function listGroups(
  client: Queryable,
  workspaceId: string,
  { state = 'firing', source, service, limit }: AlertGroupFilter,
): Promise<{ items: StoredGroup[]; total: number; firing: number; hidden: number }> {
  const { rows } = await client.query<
    GroupRow & { total: string; firing_total: string; hidden_total: string; is_hidden: boolean }
  >(
    `WITH matching AS (
       SELECT *, silence_id IS NOT NULL OR (state_data->>'isMuted')::boolean AS is_hidden
       FROM countersign.alert_groups
       WHERE workspace_id = $1::text AND ($2::boolean OR state = 'firing' AND is_current)
         AND ($3::text IS NULL OR source = $3::text)
         AND ($4::text IS NULL OR lower(coalesce(state_data->>'service', '')) LIKE $4::text)
     ), counted AS (
       SELECT count(*) FILTER (WHERE NOT is_hidden) AS total,
         count(*) FILTER (WHERE NOT is_hidden AND state = 'firing') AS firing_total,
         count(*) FILTER (WHERE is_hidden AND state = 'firing') AS hidden_total
       FROM matching
     ), shown AS (
       SELECT * FROM matching WHERE NOT is_hidden
       ORDER BY state, array_position(ARRAY['critical', 'high', 'warning', 'info'], severity), opened_at
       LIMIT $5::integer
     )
     SELECT * FROM counted LEFT JOIN shown ON true`,
    [
      workspaceId,
      state === 'all',
      source ?? null,
      // LIKE's own characters are text; `*` is any text.
      service === undefined
        ? null
        : service
            .toLowerCase()
            .replace(/[\\%_]/g, '\\$&')
            .replaceAll('*', '%'),
      Math.min(limit, 100),
    ],
  );
  const counts = rows[0]!;
  return {
    items: rows.filter(({ id }) => id !== null).map(groupFromRow),
    total: Number(counts.total),
    firing: Number(counts.firing_total),
    hidden: Number(counts.hidden_total),
  };
}
