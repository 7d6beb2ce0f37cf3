import pg from 'pg';
import type { Log } from '../log.ts';

/** Opens a pool whose idle connections may be lost without taking the process down. */
export function openPool(
  connectionString: string,
  {
    name,
    ...limits
  }: { name: string } & Pick<
    pg.PoolConfig,
    'max' | 'query_timeout' | 'statement_timeout' | 'connectionTimeoutMillis'
  >,
  log: Log,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: name,
    keepAlive: true,
    // Statements issued together travel together: see `inTransaction`.
    pipeline: true,
    ...limits,
  });
  const lost = (error: Error) => log.warn({ err: error, pool: name }, 'lost a connection to the database');
  pool.on('error', lost);
  // graphile-worker insists on a listener on each client too.
  pool.on('connect', (client) => client.on('error', lost));
  return pool;
}
