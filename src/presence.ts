import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from './core/errors.ts';
import type { Log } from './log.ts';
import {
  handBackJobsOfDeadProcesses,
  registerProcess,
  registerWorkers,
  takeOverFromDeadProcesses,
  unregisterProcess,
} from './postgres/processes.ts';

/** First key of the lock that says how many processes may share a workspace; "COUP" in ASCII, fixed for ever. */
const sharingLockClass = 0x434f5550;
/** A rolling restart: the old process needs this long at most to drain. */
const defaultWaitMilliseconds = 60_000;
const lookAgainMilliseconds = 500;
/** A worker's first lock may come a moment before its process is known. */
const defaultGraceMilliseconds = 5_000;
/** With the grace, a killed process's jobs go on within 10 s. */
const defaultHandBackEveryMilliseconds = 5_000;

export interface Presence {
  readonly processId: string;
  /** The jobs these workers hold are this process's own, for as long as it lives. */
  adoptWorkers(workerIds: readonly string[]): Promise<void>;
  leave(): Promise<void>;
}

/**
 * Says that this process lives, for as long as it does, on a connection of its own: PostgreSQL frees its locks
 * the moment the process is gone. Whoever finds a dead one hands its jobs back.
 *
 * Without Redis, rate limits live in one process's memory, so a second process waits for the first to go and
 * then refuses.
 * @throws Fault `already_running`.
 */
export async function bePresent(options: {
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly workspaceId: string;
  readonly processId: string;
  /**
   * `alone`: the only process of its workspace. `shared`: any number, with Redis between them.
   * `guest`: a short-lived command that sends nothing to Slack, beside either.
   */
  readonly sharing: 'alone' | 'shared' | 'guest';
  readonly log: Log;
  /** How long to wait for another process to go. Default 60,000. */
  readonly waitMilliseconds?: number;
  /** How long a job may be held by nobody known, and how often to look. Default 5,000 each. */
  readonly graceMilliseconds?: number;
  readonly handBackEveryMilliseconds?: number;
}): Promise<Presence> {
  const {
    pool,
    processId,
    log,
    graceMilliseconds = defaultGraceMilliseconds,
    handBackEveryMilliseconds = defaultHandBackEveryMilliseconds,
  } = options;
  let isLeaving = false;
  let workerIds: readonly string[] = [];
  let comingBack: Promise<void> | undefined;
  let connection: pg.Client | undefined;
  let attempting: pg.Client | undefined;
  connection = await become().catch((error: unknown) => {
    if (error instanceof Fault) throw error;
    throw new Fault(
      'database_lost',
      'The connection to the database (DATABASE_URL) was lost before this process could take its place. See that the database runs, and start again.',
      { cause: error },
    );
  });

  /** Connects, waits for its turn and registers; leaves no connection behind when that fails. */
  async function become(waitMilliseconds = options.waitMilliseconds): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: `countersign ${processId} presence`,
      keepAlive: true,
    });
    // PostgreSQL says why it ends a connection, and then ends it: two errors, one loss.
    client.on('error', (error) => {
      if (!isLeaving && client === connection) comingBack ??= comeBack(error);
    });
    attempting = client;
    try {
      await client.connect();
      await waitForTurn(client, options, waitMilliseconds, () => isLeaving);
      // With its workers: another process may have taken the row of one it could not see living.
      await registerProcess(client, processId, workerIds);
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Meanwhile others may take our runs over; fencing keeps us from writing to those. */
  async function comeBack(error: Error): Promise<void> {
    log.warn({ err: error }, 'lost the connection that says this process lives; connecting again');
    while (!isLeaving) {
      try {
        connection = await become(Number.POSITIVE_INFINITY);
        break;
      } catch {
        await sleep(lookAgainMilliseconds);
      }
    }
    comingBack = undefined;
  }

  const handBackNow = async () => {
    try {
      const dead = await handBackJobsOfDeadProcesses(pool, graceMilliseconds, workerIds);
      if (dead.length > 0) log.warn({ workerIds: dead }, 'handed back the jobs of processes that are gone');
      const jobs = await takeOverFromDeadProcesses(pool, options.workspaceId, processId);
      if (jobs > 0) log.warn({ jobs }, 'took over what processes that are gone left undone');
    } catch (error) {
      log.warn({ err: error }, 'could not look for jobs of processes that are gone');
    }
  };
  const handBack = setInterval(() => void handBackNow(), handBackEveryMilliseconds);
  await handBackNow();

  return {
    processId,
    adoptWorkers: async (ids) => {
      workerIds = ids;
      await registerWorkers(pool, processId, ids);
    },
    leave: async () => {
      isLeaving = true;
      clearInterval(handBack);
      if (comingBack !== undefined) {
        // It may wait for a lock that its predecessor still holds.
        await attempting?.end().catch(() => undefined);
        await comingBack;
      }
      if (connection === undefined) return;
      await unregisterProcess(connection, processId).catch(() => undefined);
      await connection.end().catch(() => undefined);
    },
  };
}

async function waitForTurn(
  connection: pg.Client,
  { workspaceId, sharing, log }: Parameters<typeof bePresent>[0],
  waitMilliseconds = defaultWaitMilliseconds,
  isLeaving: () => boolean,
): Promise<void> {
  if (sharing === 'guest') return;
  const attempt = `SELECT ${sharing === 'shared' ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'}($1::integer, hashtext($2::text)) AS taken`;
  const deadline = performance.now() + waitMilliseconds;
  for (let isFirst = true; !isLeaving(); isFirst = false) {
    const { rows } = await connection.query<{ taken: boolean }>(attempt, [sharingLockClass, workspaceId]);
    if (rows[0]!.taken) return;
    if (performance.now() > deadline) break;
    if (isFirst) log.warn({ workspaceId }, 'another process serves this workspace; waiting for it to go');
    await sleep(Math.min(lookAgainMilliseconds, Math.max(0, deadline - performance.now())));
  }
  throw new Fault(
    'already_running',
    `Another process already serves workspace ${workspaceId} on this database. Stop it, or give both the same REDIS_URL so that they share Slack's rate limits.`,
  );
}
