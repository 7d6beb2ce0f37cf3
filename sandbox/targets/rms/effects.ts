import type pg from 'pg';

/** Something that really happened. */
export interface Effect {
  readonly at: Date;
  readonly endpoint: string;
  /** The tenant's id, the notification's, the test email's; for default settings `default`. */
  readonly entityId: string;
  readonly actor: string;
  /** As it was sent, also where the endpoint ignores it. */
  readonly idempotencyKey: string | undefined;
  readonly correlationId: string;
  /** Hex, over the raw bytes of the body. */
  readonly bodySha256: string;
}

/** In the order they were written. */
export async function effectsSince(pool: pg.Pool, since: Date | undefined): Promise<Effect[]> {
  const { rows } = await pool.query<Omit<Effect, 'idempotencyKey'> & { idempotencyKey: string | null }>(
    `SELECT at, endpoint, entity_id AS "entityId", actor, idempotency_key AS "idempotencyKey",
            correlation_id AS "correlationId", body_sha256 AS "bodySha256"
     FROM rms.effects WHERE $1::timestamptz IS NULL OR at >= $1 ORDER BY id`,
    [since ?? null],
  );
  return rows.map((row) => ({ ...row, idempotencyKey: row.idempotencyKey ?? undefined }));
}
