import type { Pool, PoolClient } from 'pg';
import { Fault } from '../core/errors.ts';

/** Adds a write whose answer nobody waits for before the commit. */
export type Along = (write: Promise<unknown>) => void;

/**
 * Runs `work` in one transaction; rolls back and rethrows when it throws. On a pipelined pool BEGIN travels with
 * the first statement, and everything given to `along` with COMMIT.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient, along: Along) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const writes: Promise<unknown>[] = [];
  const along: Along = (write) => {
    // Looked at together at the end; without this an early failure would count as unhandled.
    write.catch(() => undefined);
    writes.push(write);
  };
  try {
    along(client.query('BEGIN'));
    const result = await work(client, along);
    const commit = client.query('COMMIT');
    const settled = await Promise.allSettled([...writes, commit]);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    // After a failed statement PostgreSQL answers COMMIT with ROLLBACK and no error.
    if ((await commit).command !== 'COMMIT') {
      throw new Fault(
        'not_committed',
        'The transaction was rolled back by the database. Nothing of it was kept.',
      );
    }
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => {
      // A connection that cannot roll back is not returned to the pool.
      broken = cause;
    });
    throw await reasonOf(error, writes);
  } finally {
    client.release(broken);
  }
}

/** What comes after a failed write only says that the transaction is aborted (25P02); the write itself says why. */
async function reasonOf(error: unknown, writes: readonly Promise<unknown>[]): Promise<unknown> {
  if ((error as { code?: unknown } | undefined)?.code !== '25P02') return error;
  const failed = (await Promise.allSettled(writes)).find((one) => one.status === 'rejected');
  return failed?.reason ?? error;
}
