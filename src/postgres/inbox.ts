import type { ClientBase, Pool } from 'pg';
import type { InboxEntry, InboxRequest, Incoming } from '../core/inbox.ts';
import type { KnownInboxEntry } from '../core/store.ts';
import { storableJson, storableText } from './storable.ts';

/**
 * Stores a batch in one statement. Returns the keys that were new; a key that was already there is a redelivery.
 * @param processId who goes on with the new ones; when that process is gone, any other does.
 */
export async function storeIncoming(
  pool: Pool | ClientBase,
  batch: readonly Incoming[],
  processId: string,
): Promise<Set<string>> {
  const { rows } = await pool.query<{ key: string }>({
    name: 'store-incoming',
    text: `
      INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id, process_id, handled_at)
      SELECT workspace_id, key, kind, request, correlation_id, $7::text,
        CASE WHEN NOT needs_work THEN clock_timestamp() END
      FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::boolean[])
        AS t (workspace_id, key, kind, request, correlation_id, needs_work)
      ON CONFLICT (workspace_id, key) DO NOTHING
      RETURNING key`,
    values: [
      batch.map((entry) => entry.workspaceId),
      batch.map((entry) => storableText(entry.key)),
      batch.map((entry) => entry.request.kind),
      batch.map((entry) => storableJson(entry.request)),
      batch.map((entry) => entry.correlationId),
      batch.map((entry) => entry.needsWork),
      processId,
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

/** Undefined when it was voided or never existed. */
export async function maybeInboxEntry(
  client: Pool | ClientBase,
  workspaceId: string,
  key: string,
): Promise<KnownInboxEntry | undefined> {
  const { rows } = await client.query<{
    request: InboxRequest;
    correlation_id: string;
    is_handled: boolean;
    run_id: string | null;
  }>({
    name: 'inbox-entry',
    text: `
      SELECT request, correlation_id, handled_at IS NOT NULL AS is_handled,
        (SELECT id FROM countersign.runs AS run
         WHERE run.workspace_id = inbox.workspace_id AND run.inbox_key = inbox.key) AS run_id
      FROM countersign.inbox
      WHERE workspace_id = $1::text AND key = $2::text AND voided_at IS NULL`,
    values: [workspaceId, key],
  });
  const row = rows[0];
  return (
    row && {
      workspaceId,
      key,
      request: row.request,
      correlationId: row.correlation_id,
      isHandled: row.is_handled,
      runId: row.run_id ?? undefined,
    }
  );
}

/** Marks an entry handled; fails the transaction when it was handled or voided meanwhile. */
export async function takeInboxEntry(client: ClientBase, workspaceId: string, key: string): Promise<void> {
  await client.query({
    name: 'take-inbox-entry',
    text: `
      WITH taken AS (
        UPDATE countersign.inbox SET handled_at = clock_timestamp()
        WHERE workspace_id = $1::text AND key = $2::text AND handled_at IS NULL AND voided_at IS NULL
        RETURNING 1
      )
      SELECT countersign.expect_one(count(*)) FROM taken`,
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
