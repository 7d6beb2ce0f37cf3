import type { Pool } from 'pg';
import type { WaitingDelivery } from '../../core/alerts/alert-store.ts';
import type { Queryable } from '../ledger.ts';
import { storableJson, storableText } from '../storable.ts';
import { inTransaction } from '../transaction.ts';

/** A delivery already proven, without what proved it. */
export interface NewDelivery {
  readonly source: string;
  readonly deliveryId: string | undefined;
  readonly bodyHash: Buffer;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Stores deliveries, all of them or none, in one round trip.
 * @returns for each whether it was new; a known one is a sign of life and nothing else.
 */
export async function storeDeliveries(
  pool: Pool,
  workspaceId: string,
  batch: readonly NewDelivery[],
): Promise<boolean[]> {
  return inTransaction(pool, async (client, along) => {
    const ids = batch.flatMap(({ source, deliveryId }) =>
      deliveryId === undefined ? [] : [JSON.stringify([source, storableText(deliveryId)])],
    );
    if (ids.length > 1) along(takeTurns(client, ids));
    // Sent one behind the other without waiting: the bodies go as they are, in binary.
    const inserted = await Promise.all(
      batch.map(({ source, deliveryId, bodyHash, method, headers, body }) =>
        client.query({
          name: 'store-delivery',
          text: `
            INSERT INTO countersign.deliveries
              (workspace_id, source, delivery_id, method, headers, body, bytes, body_hash)
            VALUES ($1::text, $2::text, $3::text, $4::text, $5::jsonb, $6::bytea, $7::integer, $8::bytea)
            ON CONFLICT (workspace_id, source, delivery_id) WHERE delivery_id IS NOT NULL DO NOTHING`,
          values: [
            workspaceId,
            source,
            deliveryId === undefined ? null : storableText(deliveryId),
            method,
            storableJson(headers),
            body,
            body.length,
            bodyHash,
          ],
        }),
      ),
    );
    return inserted.map(({ rowCount }) => rowCount === 1);
  });
}

/** First key of the advisory locks below; "DELI" in ASCII. */
const turnsLockClass = 0x44454c49;

/** Two processes that were told the same in different orders would wait for each other's rows in a ring. */
async function takeTurns(client: Queryable, ids: readonly string[]): Promise<void> {
  await client.query({
    name: 'take-turns-at-deliveries',
    text: `
      SELECT pg_advisory_xact_lock($1::integer, turn)
      FROM (SELECT DISTINCT hashtext(id) AS turn FROM unnest($2::text[]) AS id ORDER BY turn) AS in_one_order`,
    values: [turnsLockClass, ids],
  });
}

interface DeliveryRow {
  id: string;
  source: string;
  method: string;
  headers: Record<string, string>;
  body: Buffer;
  received_at: Date;
}

const columns = 'id, source, method, headers, body, received_at';

function toDelivery(row: DeliveryRow): WaitingDelivery {
  return {
    id: Number(row.id),
    source: row.source,
    method: row.method,
    headers: row.headers,
    body: row.body,
    receivedAt: row.received_at,
  };
}

/** The oldest that wait; always at least one, however large. */
export async function takeDeliveries(
  client: Queryable,
  workspaceId: string,
  count: number,
  bytes: number,
): Promise<WaitingDelivery[]> {
  const { rows } = await client.query<DeliveryRow>({
    name: 'take-deliveries',
    text: `
      SELECT ${columns} FROM countersign.deliveries
      WHERE workspace_id = $1::text AND id IN (
        SELECT id FROM (
          SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM (
            SELECT id, bytes FROM countersign.deliveries
            WHERE workspace_id = $1::text AND processed_at IS NULL ORDER BY id LIMIT $2::integer
          ) AS oldest
        ) AS measured WHERE before < $3::bigint)
      ORDER BY id`,
    values: [workspaceId, count, bytes],
  });
  return rows.map(toDelivery);
}

/** @param problem why it is kept and never tried again. */
export async function endDeliveries(
  client: Queryable,
  workspaceId: string,
  ids: readonly number[],
  problem?: string,
): Promise<void> {
  await client.query({
    name: 'end-deliveries',
    text: `UPDATE countersign.deliveries SET processed_at = clock_timestamp(), problem = $3::text
      WHERE workspace_id = $1::text AND id = ANY ($2::bigint[])`,
    values: [workspaceId, ids, problem === undefined ? null : storableText(problem)],
  });
}

export async function countWaiting(client: Queryable, workspaceId: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ source: string; waiting: string }>(
    `SELECT source, count(*) AS waiting FROM countersign.deliveries
     WHERE workspace_id = $1::text AND processed_at IS NULL GROUP BY source`,
    [workspaceId],
  );
  return new Map(rows.map(({ source, waiting }) => [source, Number(waiting)]));
}

export async function maybeDelivery(
  client: Queryable,
  workspaceId: string,
  id: number,
): Promise<WaitingDelivery | undefined> {
  const { rows } = await client.query<DeliveryRow>(
    `SELECT ${columns} FROM countersign.deliveries WHERE workspace_id = $1::text AND id = $2::bigint`,
    [workspaceId, id],
  );
  return rows[0] && toDelivery(rows[0]);
}
