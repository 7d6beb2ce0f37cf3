import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Answer, type Call, HttpProblem, type RmsState } from './endpoint.ts';

export type Transaction = pg.PoolClient;

export interface Outcome {
  /** Default 200. */
  readonly status?: number;
  readonly body: unknown;
  /** The id of what was changed; undefined when nothing was. */
  readonly changed: string | undefined;
}

/**
 * Runs a change in one transaction, together with its row in the effect log and, on endpoints that honour
 * `Idempotency-Key`, its stored answer. A refusal is not stored: it had no effect, so it is judged anew.
 */
export async function change(
  call: Call,
  state: RmsState,
  options: { readonly honoursIdempotencyKey: boolean },
  work: (transaction: Transaction) => Promise<Outcome>,
): Promise<Answer> {
  const key = options.honoursIdempotencyKey ? call.idempotencyKey : undefined;
  const transaction = await state.pool.connect();
  let broken: Error | undefined;
  // A connection that breaks between two statements has no query to report it to; the next one fails.
  const onBroken = (error: Error) => {
    broken = error;
  };
  transaction.on('error', onBroken);
  try {
    await transaction.query('BEGIN');
    const replayed = key === undefined ? undefined : await storedAnswer(transaction, key, call);
    if (replayed !== undefined) {
      await transaction.query('COMMIT');
      return replayed;
    }
    const { status = 200, body, changed } = await work(transaction);
    if (changed !== undefined) await recordEffect(transaction, call, changed);
    if (key !== undefined) await storeAnswer(transaction, key, call, { status, body });
    await transaction.query('COMMIT');
    return { status, body, hadEffect: changed !== undefined };
  } catch (error) {
    await transaction.query('ROLLBACK').catch(onBroken);
    throw error;
  } finally {
    transaction.off('error', onBroken);
    transaction.release(broken);
  }
}

/** @throws HttpProblem 422 when the key belongs to another request */
async function storedAnswer(transaction: Transaction, key: string, call: Call): Promise<Answer | undefined> {
  // The same request twice at once: the second waits here, and then finds the first's answer.
  await transaction.query('SELECT pg_advisory_xact_lock($1)', [lockOf(key)]);
  const { rows } = await transaction.query<{ requestSha256: string; status: number; body: unknown }>(
    'SELECT request_sha256 AS "requestSha256", status, body FROM rms.idempotency_keys WHERE key = $1',
    [key],
  );
  const stored = rows[0];
  if (stored === undefined) return undefined;
  if (stored.requestSha256 !== call.requestSha256) {
    throw new HttpProblem(422, 'this Idempotency-Key was used for another request');
  }
  return { status: stored.status, body: stored.body, headers: { 'idempotent-replayed': 'true' } };
}

function lockOf(key: string): bigint {
  return createHash('sha256').update(key).digest().readBigInt64BE();
}

async function storeAnswer(
  transaction: Transaction,
  key: string,
  call: Call,
  answer: { readonly status: number; readonly body: unknown },
): Promise<void> {
  await transaction.query(
    'INSERT INTO rms.idempotency_keys (key, request_sha256, status, body, at) VALUES ($1, $2, $3, $4, $5)',
    [key, call.requestSha256, answer.status, JSON.stringify(answer.body), call.at],
  );
}

async function recordEffect(transaction: Transaction, call: Call, entityId: string): Promise<void> {
  await transaction.query(
    `INSERT INTO rms.effects (at, endpoint, entity_id, actor, idempotency_key, correlation_id, body_sha256)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      call.at,
      call.endpoint,
      entityId,
      call.actor,
      call.idempotencyKey ?? null,
      call.correlationId,
      call.bodySha256,
    ],
  );
}
