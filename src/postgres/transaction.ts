import type { Pool, PoolClient } from 'pg';

/** Runs `work` in one transaction; rolls back and rethrows when it throws. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => {
      // A connection that cannot roll back is not returned to the pool.
      broken = cause;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
