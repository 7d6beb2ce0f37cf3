import type { ClientBase, Pool } from 'pg';

/** First key of every session advisory lock that says "this process lives"; "COUN" in ASCII, fixed for ever. */
export const livenessLockClass = 0x434f554e;

/**
 * Registers a process on a connection it keeps open for as long as it lives. The lock goes with the session:
 * a killed process frees it without doing anything.
 */
export async function registerProcess(
  connection: ClientBase,
  id: string,
  workerIds: readonly string[],
): Promise<void> {
  const { rows } = await connection.query<{ lock_key: number }>(
    `INSERT INTO countersign.processes (id, worker_ids) VALUES ($1::text, $2::text[])
     ON CONFLICT (id) DO UPDATE SET started_at = clock_timestamp(), worker_ids = excluded.worker_ids
     RETURNING lock_key`,
    [id, workerIds],
  );
  await connection.query('SELECT pg_advisory_lock($1::integer, $2::integer)', [
    livenessLockClass,
    rows[0]!.lock_key,
  ]);
}

export async function registerWorkers(
  pool: Pool,
  processId: string,
  workerIds: readonly string[],
): Promise<void> {
  await pool.query('UPDATE countersign.processes SET worker_ids = $2::text[] WHERE id = $1::text', [
    processId,
    workerIds,
  ]);
}

export async function unregisterProcess(connection: ClientBase, id: string): Promise<void> {
  await connection.query('DELETE FROM countersign.processes WHERE id = $1::text', [id]);
}

const livingWorkers = `
  SELECT unnest(process.worker_ids) FROM countersign.processes AS process
  WHERE EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND classid::bigint = ${livenessLockClass} AND objid::bigint = process.lock_key AND objsubid = 2
      AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/**
 * Hands back the jobs of workers no living process owns, after `graceMilliseconds` (a worker locks its first
 * job a moment before its id is registered). graphile-worker alone would wait four hours.
 * @returns the ids of the workers whose jobs were handed back.
 */
export async function handBackJobsOfDeadProcesses(pool: Pool, graceMilliseconds: number): Promise<string[]> {
  const { rows } = await pool.query<{ worker_id: string }>(
    `WITH dead AS (
       SELECT DISTINCT locked_by AS worker_id FROM graphile_worker._private_jobs
       WHERE locked_by IS NOT NULL
         AND locked_at < now() - make_interval(secs => $1::double precision / 1000)
         AND locked_by NOT IN (${livingWorkers})
     ), handed_back AS (
       SELECT graphile_worker.force_unlock_workers(array_agg(worker_id)) FROM dead HAVING count(*) > 0
     )
     SELECT dead.worker_id FROM dead, handed_back`,
    [graceMilliseconds],
  );
  await pool.query(
    `DELETE FROM countersign.processes AS process
     WHERE started_at < clock_timestamp() - interval '1 minute' AND NOT EXISTS (
       SELECT FROM pg_locks
       WHERE locktype = 'advisory' AND classid::bigint = ${livenessLockClass} AND objid::bigint = process.lock_key AND objsubid = 2
         AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
  );
  return rows.map((row) => row.worker_id);
}

/**
 * Hands back jobs that a living worker holds and is not working on: the answer to "this job is done" or
 * "this job failed" was lost with its connection, and graphile-worker does not ask again.
 * @returns how many there were.
 */
export async function handBackStrays(
  pool: Pool,
  workerId: string,
  jobsAtWork: readonly string[],
  graceMilliseconds: number,
): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL
     WHERE locked_by = $1::text AND id <> ALL ($2::bigint[])
       AND locked_at < now() - make_interval(secs => $3::double precision / 1000)`,
    [workerId, jobsAtWork, graceMilliseconds],
  );
  return rowCount ?? 0;
}
