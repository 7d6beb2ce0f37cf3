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

const isLiving = `EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND classid::bigint = ${livenessLockClass} AND objid::bigint = process.lock_key AND objsubid = 2
      AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
/** SQL: the ids of processes that live. */
export const livingProcesses = `SELECT process.id FROM countersign.processes AS process WHERE ${isLiving}`;
const livingWorkers = `
  SELECT unnest(process.worker_ids) FROM countersign.processes AS process WHERE ${isLiving}`;

/**
 * Hands back the jobs of workers no living process owns, after `graceMilliseconds` (a worker locks its first
 * job a moment before its id is registered). graphile-worker alone would wait four hours.
 * @param ownWorkerIds whoever asks lives, also while the connection that says so is being made again.
 * @returns the ids of the workers whose jobs were handed back.
 */
export async function handBackJobsOfDeadProcesses(
  pool: Pool,
  graceMilliseconds: number,
  ownWorkerIds: readonly string[] = [],
): Promise<string[]> {
  const { rows } = await pool.query<{ worker_id: string }>(
    `WITH dead AS (
       SELECT DISTINCT locked_by AS worker_id FROM graphile_worker._private_jobs
       WHERE locked_by IS NOT NULL
         AND locked_at < now() - make_interval(secs => $1::double precision / 1000)
         AND locked_by NOT IN (${livingWorkers})
         AND locked_by <> ALL ($2::text[])
     ), handed_back AS (
       SELECT graphile_worker.force_unlock_workers(array_agg(worker_id)) FROM dead HAVING count(*) > 0
     )
     SELECT dead.worker_id FROM dead, handed_back`,
    [graceMilliseconds, ownWorkerIds],
  );
  await pool.query(
    `DELETE FROM countersign.processes AS process
     WHERE started_at < clock_timestamp() - interval '1 minute' AND NOT ${isLiving}`,
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

/**
 * Makes jobs of what processes that are gone left undone: requests nobody went on with, reads nobody brings to
 * their end, messages nobody delivers. Jobs that are there already stay as they are.
 * No grace is needed: a process is known to live before it does anything.
 * @returns how many jobs were made.
 */
export async function takeOverFromDeadProcesses(
  pool: Pool,
  workspaceId: string,
  ownProcessId: string,
): Promise<number> {
  const { rows } = await pool.query<{ jobs: string }>(
    `WITH living AS (
       ${livingProcesses} UNION SELECT $2::text
     ), left_behind AS (
       SELECT 'receive' AS task, key AS id, json_build_object('workspaceId', $1::text, 'key', key) AS payload
       FROM countersign.inbox
       WHERE workspace_id = $1::text AND handled_at IS NULL AND voided_at IS NULL
         AND (process_id IS NULL OR process_id NOT IN (SELECT id FROM living))
       UNION ALL
       SELECT 'execute', id, json_build_object('workspaceId', $1::text, 'runId', id)
       FROM countersign.runs
       WHERE workspace_id = $1::text AND (state = 'executing' OR state = 'planned' AND plan IS NULL)
         AND (process_id IS NULL OR process_id NOT IN (SELECT id FROM living))
       UNION ALL
       SELECT 'deliver', id, json_build_object('workspaceId', $1::text, 'messageId', id)
       FROM countersign.messages
       WHERE workspace_id = $1::text AND sent < wanted AND given_up_at IS NULL
         AND (process_id IS NULL OR process_id NOT IN (SELECT id FROM living))
     )
     SELECT count(graphile_worker.add_job(task || ':' || $1::text, payload,
       job_key => task || ':' || $1::text || ':' || id)) AS jobs
     FROM left_behind
     WHERE NOT EXISTS (
       SELECT FROM graphile_worker._private_jobs WHERE key = task || ':' || $1::text || ':' || left_behind.id)`,
    [workspaceId, ownProcessId],
  );
  return Number(rows[0]!.jobs);
}
