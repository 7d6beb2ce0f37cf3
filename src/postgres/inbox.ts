import type { ClientBase, Pool } from 'pg';
import type { InboxEntry, InboxRequest } from '../core/inbox.ts';
import { storableJson, storableText } from './storable.ts';

/** An inbox entry about to be stored, and whether a job has to act on it. */
export interface Incoming extends InboxEntry {
  readonly needsJob: boolean;
}

/**
 * Stores a batch in one statement and adds a `receive` job for each new entry that needs one.
 * Returns the keys that were new; a key that was already there is a redelivery.
 */
export async function storeIncoming(
  pool: Pool | ClientBase,
  batch: readonly Incoming[],
): Promise<Set<string>> {
  const { rows } = await pool.query<{ key: string }>({
    name: 'store-incoming',
    text: `
      WITH incoming AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::boolean[])
          AS t (workspace_id, key, kind, request, correlation_id, needs_job)
      ), stored AS (
        INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id, handled_at)
        SELECT workspace_id, key, kind, request, correlation_id, CASE WHEN NOT needs_job THEN clock_timestamp() END
        FROM incoming
        ON CONFLICT (workspace_id, key) DO NOTHING
        RETURNING workspace_id, key, handled_at
      ), jobs AS (
        SELECT count(*) FROM stored, LATERAL graphile_worker.add_job('receive:' || stored.workspace_id,
          json_build_object('workspaceId', stored.workspace_id, 'key', stored.key)) AS job
        WHERE stored.handled_at IS NULL
      )
      SELECT stored.key FROM stored, jobs`,
    values: [
      batch.map((entry) => entry.workspaceId),
      batch.map((entry) => storableText(entry.key)),
      batch.map((entry) => entry.request.kind),
      batch.map((entry) => storableJson(entry.request)),
      batch.map((entry) => entry.correlationId),
      batch.map((entry) => entry.needsJob),
    ],
  });
  const asGiven = new Map(batch.map(({ key }) => [storableText(key), key]));
  return new Set(rows.map((row) => asGiven.get(row.key)!));
}

/**
 * Makes sure an entry whose storing was not confirmed in time is never acted on: a tombstone if it is not
 * there yet, a void mark if it is there and unhandled. An entry stored by an earlier delivery of the same
 * request (another correlation id) was confirmed then, and stays.
 * @returns true when a job had already acted on it, so that the person can be told.
 */
export async function voidIncoming(pool: Pool, entry: InboxEntry): Promise<boolean> {
  const { rows } = await pool.query<{ was_handled: boolean }>(
    `INSERT INTO countersign.inbox AS inbox (workspace_id, key, kind, request, correlation_id, voided_at)
     VALUES ($1::text, $2::text, $3::text, $4::jsonb, $5::text, clock_timestamp())
     ON CONFLICT (workspace_id, key) DO UPDATE
       SET voided_at = CASE WHEN inbox.handled_at IS NULL AND inbox.correlation_id = excluded.correlation_id
         THEN clock_timestamp() ELSE inbox.voided_at END
     RETURNING handled_at IS NOT NULL AND correlation_id = $5::text AS was_handled`,
    [
      entry.workspaceId,
      storableText(entry.key),
      entry.request.kind,
      storableJson(entry.request),
      entry.correlationId,
    ],
  );
  return rows[0]!.was_handled;
}

export async function maybeInboxEntry(
  client: ClientBase,
  workspaceId: string,
  key: string,
): Promise<(InboxEntry & { isHandled: boolean }) | undefined> {
  const { rows } = await client.query<{ request: InboxRequest; correlation_id: string; is_handled: boolean }>(
    {
      name: 'inbox-entry',
      text: `
      SELECT request, correlation_id, handled_at IS NOT NULL AS is_handled
      FROM countersign.inbox
      WHERE workspace_id = $1::text AND key = $2::text AND voided_at IS NULL
      FOR UPDATE`,
      values: [workspaceId, key],
    },
  );
  const row = rows[0];
  return (
    row && {
      workspaceId,
      key,
      request: row.request,
      correlationId: row.correlation_id,
      isHandled: row.is_handled,
    }
  );
}

export async function markInboxHandled(client: ClientBase, workspaceId: string, key: string): Promise<void> {
  await client.query({
    name: 'inbox-handled',
    text: `UPDATE countersign.inbox SET handled_at = clock_timestamp() WHERE workspace_id = $1::text AND key = $2::text`,
    values: [workspaceId, key],
  });
}

/** Removes entries older than `days`, past any redelivery Slack could make (24 h with Delayed Events). */
export async function pruneInbox(pool: Pool, days: number): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM countersign.inbox
     WHERE received_at < clock_timestamp() - make_interval(days => $1::integer)
       AND (handled_at IS NOT NULL OR voided_at IS NOT NULL)`,
    [days],
  );
  return rowCount ?? 0;
}
