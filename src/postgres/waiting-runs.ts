import type { ClientBase, Pool } from 'pg';
import type { Run, StoredPlan } from '../core/run.ts';
import type { HeldRun, LockHolder } from '../core/store.ts';
import { livingProcesses } from './processes.ts';
import { type RunRow, toRun } from './run-rows.ts';
import { storableJson } from './storable.ts';

/** Runs that wait: for people, for a lock, for their time to pass, for a process to go on with them. */

/** The run as it is now, held until the commit: decisions about one run take turns. */
export async function lockRun(
  client: ClientBase,
  workspaceId: string,
  id: string,
): Promise<HeldRun | undefined> {
  const { rows } = await client.query<RunRow & { is_overdue: boolean | null }>({
    name: 'lock-run',
    text: `SELECT *, expires_at <= clock_timestamp() AS is_overdue FROM countersign.runs
           WHERE workspace_id = $1::text AND id = $2::text FOR UPDATE`,
    values: [workspaceId, id],
  });
  const row = rows[0];
  return row && { ...toRun(row), isOverdue: row.is_overdue === true };
}

/**
 * Takes the lock and begins, unless the time is over or everything is stopped. Another run's lock is a unique
 * violation of `runs_one_per_lock`. Attempts are counted from here: those at planning it changed nothing.
 */
export async function beginExecution(
  client: ClientBase,
  workspaceId: string,
  processId: string,
  id: string,
  executor: string,
  performed: StoredPlan,
): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>({
    name: 'begin-execution',
    text: `
      UPDATE countersign.runs
      SET state = 'executing', executor = $3::uuid, process_id = $4::text, attempt = 1, performed = $5::jsonb,
        problem = NULL, started_at = clock_timestamp()
      WHERE workspace_id = $1::text AND id = $2::text AND state = 'approved'
        AND (expires_at IS NULL OR expires_at > clock_timestamp())
        AND NOT EXISTS (SELECT FROM countersign.lockdowns WHERE workspace_id = $1::text AND lifted_at IS NULL)
      RETURNING *`,
    values: [workspaceId, id, executor, processId, storableJson(performed)],
  });
  return rows[0] && toRun(rows[0]);
}

/** A run in the middle of its steps whose process is gone (or is this one, which let go of it). */
export async function takeOver(
  client: ClientBase,
  workspaceId: string,
  processId: string,
  id: string,
  executor: string,
  isOurs: boolean,
): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>({
    name: 'take-over-run',
    text: `
      UPDATE countersign.runs SET executor = $3::uuid, process_id = $4::text, attempt = attempt + 1
      WHERE workspace_id = $1::text AND id = $2::text
        AND (state = 'executing' OR state = 'planned' AND plan IS NULL)
        AND (process_id IS NULL OR process_id NOT IN (${livingProcesses}) AND process_id <> $4::text
          OR process_id = $4::text AND $5::boolean)
      RETURNING *`,
    values: [workspaceId, id, executor, processId, isOurs],
  });
  return rows[0] && toRun(rows[0]);
}

/** By the database's clock; a run that nobody waits for any more stays as it is. */
export async function expireRun(
  client: ClientBase,
  workspaceId: string,
  id: string,
): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>({
    name: 'expire-run',
    text: `
      UPDATE countersign.runs SET state = 'expired', finished_at = clock_timestamp()
      WHERE workspace_id = $1::text AND id = $2::text AND expires_at <= clock_timestamp()
        AND (state IN ('awaiting_approval', 'approved') OR state = 'planned' AND plan IS NOT NULL)
      RETURNING *`,
    values: [workspaceId, id],
  });
  return rows[0] && toRun(rows[0]);
}

export async function requestCancel(
  client: ClientBase,
  workspaceId: string,
  id: string,
  by: string,
): Promise<void> {
  await client.query(
    `UPDATE countersign.runs SET cancel_requested_by = coalesce(cancel_requested_by, $3::text)
     WHERE workspace_id = $1::text AND id = $2::text AND state = 'executing'`,
    [workspaceId, id, by],
  );
}

export async function countStarted(
  client: ClientBase,
  workspaceId: string,
  { command, target }: Pick<Run, 'command' | 'target'>,
  limit: { readonly count: number; readonly perMinutes: number },
): Promise<{ count: number; freeAt: Date | undefined }> {
  // One at a time, so that two runs do not both become the last one allowed.
  await client.query(`SELECT pg_advisory_xact_lock(hashtext($1::text), hashtext($2::text))`, [
    `limit ${workspaceId}`,
    `${command} ${target ?? ''}`,
  ]);
  const { rows } = await client.query<{ count: number; free_at: Date | null }>(
    `SELECT count(*)::integer AS count,
       (array_agg(started_at ORDER BY started_at DESC))[$5::integer] + make_interval(mins => $4::integer) AS free_at
     FROM countersign.runs
     WHERE workspace_id = $1::text AND command = $2::text AND target IS NOT DISTINCT FROM $3::text AND risk <> 'read'
       AND started_at > clock_timestamp() - make_interval(mins => $4::integer)`,
    [workspaceId, command, target ?? null, limit.perMinutes, limit.count],
  );
  return { count: rows[0]!.count, freeAt: rows[0]!.free_at ?? undefined };
}

export async function maybeWaiting(
  client: ClientBase,
  workspaceId: string,
  requestKey: string,
): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>(
    `SELECT * FROM countersign.runs
     WHERE workspace_id = $1::text AND request_key = decode($2::text, 'hex')
       AND state IN ('awaiting_approval', 'approved')`,
    [workspaceId, requestKey],
  );
  return rows[0] && toRun(rows[0]);
}

/** Holds the holder's row until the commit: it cannot let go unnoticed meanwhile. */
export async function maybeLockHolder(
  client: Pool | ClientBase,
  workspaceId: string,
  { id, target, lockKey }: Pick<Run, 'id' | 'target' | 'lockKey'>,
  isHeld = false,
): Promise<LockHolder | undefined> {
  if (lockKey === undefined) return undefined;
  const { rows } = await client.query<{ id: string; requester: string; invocation: string }>(
    `SELECT id, requester, invocation FROM countersign.runs
     WHERE workspace_id = $1::text AND coalesce(target, '') = $2::text AND lock_key = $3::text AND id <> $4::text
       AND state IN ('executing', 'unknown') ${isHeld ? 'FOR NO KEY UPDATE' : ''}`,
    [workspaceId, target ?? '', lockKey, id],
  );
  const row = rows[0];
  return row && { runId: row.id, requester: row.requester, invocation: row.invocation };
}

export async function manyWaitingForLock(
  client: ClientBase,
  workspaceId: string,
  { target, lockKey }: Pick<Run, 'target' | 'lockKey'>,
): Promise<Run[]> {
  if (lockKey === undefined) return [];
  const { rows } = await client.query<RunRow>(
    `SELECT * FROM countersign.runs
     WHERE workspace_id = $1::text AND coalesce(target, '') = $2::text AND lock_key = $3::text AND state = 'approved'
     ORDER BY created_at`,
    [workspaceId, target ?? '', lockKey],
  );
  return rows.map(toRun);
}

/** Every change that waits or is in the middle of its steps. */
export async function manyUnsettledChanges(client: ClientBase, workspaceId: string): Promise<Run[]> {
  const { rows } = await client.query<RunRow>(
    `SELECT * FROM countersign.runs
     WHERE workspace_id = $1::text AND risk <> 'read'
       AND state IN ('planned', 'awaiting_approval', 'approved', 'executing')
     ORDER BY created_at FOR UPDATE`,
    [workspaceId],
  );
  return rows.map(toRun);
}
