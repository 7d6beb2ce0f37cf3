import type { SourceEvent } from '../../core/alerts/alert-store.ts';
import type { Queryable } from '../ledger.ts';
import { storableText } from '../storable.ts';

/** Adds counts to this hour's. */
export async function countSourceEvents(
  client: Queryable,
  workspaceId: string,
  events: readonly SourceEvent[],
): Promise<void> {
  if (events.length === 0) return;
  // One row each: a statement may not touch a row twice.
  const sums = new Map<string, SourceEvent>();
  for (const event of events) {
    const name = JSON.stringify([event.source, event.outcome, event.event]);
    const known = sums.get(name);
    sums.set(name, {
      ...event,
      count: event.count + (known?.count ?? 0),
      detail: event.detail ?? known?.detail,
    });
  }
  // In one order, so that two processes never wait for each other.
  const sorted = [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, event]) => event);
  await client.query({
    name: 'count-source-events',
    text: `
      INSERT INTO countersign.alert_source_events AS known (workspace_id, source, hour, outcome, event, count, detail)
      SELECT $1::text, source, date_trunc('hour', clock_timestamp()), outcome, event, count, detail
      FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) AS new (source, outcome, event, count, detail)
      ON CONFLICT (workspace_id, source, hour, outcome, event) DO UPDATE
        SET count = known.count + excluded.count, last_at = clock_timestamp(),
          detail = coalesce(excluded.detail, known.detail)`,
    values: [
      workspaceId,
      sorted.map(({ source }) => source),
      sorted.map(({ outcome }) => outcome),
      sorted.map(({ event }) => storableText(event).slice(0, 100)),
      sorted.map(({ count }) => count),
      sorted.map(({ detail }) => (detail === undefined ? null : storableText(detail).slice(0, 500))),
    ],
  });
}

export async function heardFrom(
  client: Queryable,
  workspaceId: string,
  source: string,
  at: Date,
  clockSkewSeconds: number | undefined,
): Promise<void> {
  await client.query({
    name: 'heard-from-source',
    text: `
      INSERT INTO countersign.alert_sources AS known (workspace_id, source, last_seen_at, has_spoken, clock_skew_seconds)
      VALUES ($1::text, $2::text, $3::timestamptz, true, $4::double precision)
      ON CONFLICT (workspace_id, source) DO UPDATE
        SET last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at), has_spoken = true,
          clock_skew_seconds = coalesce(excluded.clock_skew_seconds, known.clock_skew_seconds)`,
    values: [workspaceId, source, at, clockSkewSeconds ?? null],
  });
}

/** From now on its silence is noticed; one that was watched before keeps its times. */
export async function watchSources(
  client: Queryable,
  workspaceId: string,
  sources: readonly string[],
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.alert_sources (workspace_id, source) SELECT $1::text, unnest($2::text[])
     ON CONFLICT (workspace_id, source) DO NOTHING`,
    [workspaceId, sources],
  );
}

/** Sources whose silence begins or is over. What waits to be processed counts as heard. */
export async function manySilent(
  client: Queryable,
  workspaceId: string,
  expected: readonly { readonly source: string; readonly minutes: number }[],
  listeningSince: Date,
): Promise<{ source: string; lastSeenAt: Date; isSilent: boolean }[]> {
  await watchSources(
    client,
    workspaceId,
    expected.map(({ source }) => source),
  );
  const { rows } = await client.query<{ source: string; last_seen_at: Date; is_silent: boolean }>({
    name: 'silent-sources',
    text: `
      SELECT source, seen AS last_seen_at, is_late AS is_silent
      FROM unnest($2::text[], $3::double precision[]) AS expected (source, minutes)
      JOIN countersign.alert_sources AS known USING (source)
      CROSS JOIN LATERAL (
        SELECT greatest(known.last_seen_at, (
          SELECT max(received_at) FROM countersign.deliveries
          WHERE workspace_id = $1::text AND source = known.source AND processed_at IS NULL)) AS seen
      ) AS heard
      CROSS JOIN LATERAL (
        -- After a restart it gets its time once more. One that was silent before stays so until it speaks.
        SELECT CASE WHEN known.is_silent THEN seen ELSE greatest(seen, $4::timestamptz) END
          < clock_timestamp() - make_interval(secs => minutes * 60) AS is_late
      ) AS judged
      WHERE known.workspace_id = $1::text AND is_late <> known.is_silent`,
    values: [
      workspaceId,
      expected.map(({ source }) => source),
      expected.map(({ minutes }) => minutes),
      listeningSince,
    ],
  });
  return rows.map((row) => ({
    source: row.source,
    lastSeenAt: row.last_seen_at,
    isSilent: row.is_silent,
  }));
}

export async function markSilent(
  client: Queryable,
  workspaceId: string,
  source: string,
  isSilent: boolean,
): Promise<void> {
  await client.query(
    'UPDATE countersign.alert_sources SET is_silent = $3::boolean WHERE workspace_id = $1::text AND source = $2::text',
    [workspaceId, source, isSilent],
  );
}
