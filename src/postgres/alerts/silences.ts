import type { AlertMatch } from '../../core/alerts/alert-settings.ts';
import type { NewSilence, Silence } from '../../core/alerts/alert-store.ts';
import type { StoredGroup } from '../../core/alerts/group.ts';
import type { Queryable } from '../ledger.ts';
import { storableJson, storableText } from '../storable.ts';

interface SilenceRow {
  id: number;
  source: string | null;
  key: string | null;
  match: AlertMatch;
  owner: string;
  reason: string;
  begun_at: Date;
  until: Date;
  ended_at: Date | null;
  ended_by: string | null;
}

function toSilence(row: SilenceRow): Silence {
  return {
    id: row.id,
    group: row.source === null || row.key === null ? undefined : { source: row.source, key: row.key },
    match: row.match,
    owner: row.owner,
    reason: row.reason,
    begunAt: row.begun_at,
    until: row.until,
    endedAt: row.ended_at ?? undefined,
    endedBy: row.ended_by ?? undefined,
  };
}

/** Those that are not over. */
export async function manySilences(client: Queryable, workspaceId: string): Promise<Silence[]> {
  const { rows } = await client.query<SilenceRow>({
    name: 'silences',
    text: `SELECT * FROM countersign.silences
      WHERE workspace_id = $1::text AND ended_at IS NULL AND until > clock_timestamp() ORDER BY id`,
    values: [workspaceId],
  });
  return rows.map(toSilence);
}

export async function maybeSilence(
  client: Queryable,
  workspaceId: string,
  id: number,
): Promise<Silence | undefined> {
  const { rows } = await client.query<SilenceRow>(
    'SELECT * FROM countersign.silences WHERE workspace_id = $1::text AND id = $2::integer',
    [workspaceId, id],
  );
  return rows[0] && toSilence(rows[0]);
}

export async function maybeSilenceOf(
  client: Queryable,
  workspaceId: string,
  runId: string,
): Promise<Silence | undefined> {
  const { rows } = await client.query<SilenceRow>(
    'SELECT * FROM countersign.silences WHERE workspace_id = $1::text AND run_id = $2::text',
    [workspaceId, runId],
  );
  return rows[0] && toSilence(rows[0]);
}

export async function insertSilence(
  client: Queryable,
  workspaceId: string,
  { group, match, owner, reason, minutes, runId }: NewSilence,
): Promise<Silence> {
  const { rows } = await client.query<SilenceRow>(
    `INSERT INTO countersign.silences (workspace_id, source, key, match, owner, reason, run_id, until)
     VALUES ($1::text, $2::text, $3::text, $4::jsonb, $5::text, $6::text, $8::text,
       clock_timestamp() + make_interval(secs => $7::double precision * 60))
     RETURNING *`,
    [
      workspaceId,
      group?.source ?? null,
      group?.key ?? null,
      storableJson(match),
      owner,
      storableText(reason),
      minutes,
      runId ?? null,
    ],
  );
  return toSilence(rows[0]!);
}

export async function endSilence(
  client: Queryable,
  workspaceId: string,
  id: number,
  by: string,
): Promise<void> {
  await client.query(
    `UPDATE countersign.silences SET ended_at = clock_timestamp(), ended_by = $3::text
     WHERE workspace_id = $1::text AND id = $2::integer AND ended_at IS NULL`,
    [workspaceId, id, by],
  );
}

/** Counts what silences hide: the alerts that have fired since each began. */
export async function countHidden(
  client: Queryable,
  workspaceId: string,
  groups: readonly StoredGroup[],
): Promise<void> {
  const hidden = groups.filter(({ silenceId }) => silenceId !== undefined);
  if (hidden.length === 0) return;
  await client.query({
    name: 'count-hidden-groups',
    text: `
      INSERT INTO countersign.silenced_groups AS known (workspace_id, silence_id, group_id, alerts)
      SELECT $1::text, hidden.silence_id, hidden.group_id, count(*)
      FROM unnest($2::integer[], $3::text[]) AS hidden (silence_id, group_id)
      JOIN countersign.silences ON silences.workspace_id = $1::text AND silences.id = hidden.silence_id
      JOIN countersign.alerts ON alerts.workspace_id = $1::text AND alerts.group_id = hidden.group_id
        AND alerts.count > 0 AND (state = 'firing' OR resolved_at > silences.begun_at)
      GROUP BY hidden.silence_id, hidden.group_id
      ON CONFLICT (workspace_id, silence_id, group_id) DO UPDATE SET alerts = greatest(known.alerts, excluded.alerts)`,
    values: [workspaceId, hidden.map(({ silenceId }) => silenceId), hidden.map(({ id }) => id)],
  });
}

export interface CountedSilence extends Silence {
  readonly hiddenGroups: number;
  readonly hiddenAlerts: number;
  /** What a silence of one group is for. */
  readonly groupTitle: string | undefined;
  /** By the database's clock. */
  readonly isEnded: boolean;
}

/** Those that last, the first to end first; then those that ended within a day, the newest first. Or one of them. */
export async function countedSilences(
  client: Queryable,
  workspaceId: string,
  id?: number,
): Promise<CountedSilence[]> {
  const { rows } = await client.query<
    SilenceRow & {
      hidden_groups: string;
      hidden_alerts: string;
      group_title: string | null;
      is_ended: boolean;
    }
  >(
    `SELECT silences.*, hidden_groups, hidden_alerts, group_title, over_at <= clock_timestamp() AS is_ended
     FROM countersign.silences
     CROSS JOIN LATERAL (
       SELECT count(*) AS hidden_groups, coalesce(sum(alerts), 0) AS hidden_alerts FROM countersign.silenced_groups
       WHERE workspace_id = $1::text AND silence_id = silences.id) AS counted
     LEFT JOIN LATERAL (
       SELECT state_data->>'title' AS group_title FROM countersign.alert_groups
       WHERE workspace_id = $1::text AND source = silences.source AND key = silences.key
       ORDER BY opened_at DESC LIMIT 1) AS named ON true
     CROSS JOIN LATERAL (SELECT least(until, coalesce(ended_at, until)) AS over_at) AS ended
     WHERE workspace_id = $1::text AND ($2::integer IS NULL OR id = $2::integer)
       AND ($2::integer IS NOT NULL OR over_at > clock_timestamp() - interval '1 day')
     ORDER BY over_at <= clock_timestamp(), abs(extract(epoch FROM over_at - clock_timestamp()))
     LIMIT 200`,
    [workspaceId, id ?? null],
  );
  return rows.map((row) => ({
    ...toSilence(row),
    hiddenGroups: Number(row.hidden_groups),
    hiddenAlerts: Number(row.hidden_alerts),
    groupTitle: row.group_title ?? undefined,
    isEnded: row.is_ended,
  }));
}
