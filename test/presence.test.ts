import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { handBackJobsOfDeadProcesses, takeOverFromDeadProcesses } from '../src/postgres/processes.ts';
import { bePresent, type Presence } from '../src/presence.ts';
import { testDatabase } from './support/database.ts';
import { keptLog } from './support/kept-log.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

const database = await testDatabase();
const proxy = await TcpProxy.to(database.appUrl);
afterAll(() => proxy.stop());

type Options = Parameters<typeof bePresent>[0];
async function present(changes: Partial<Options> = {}): Promise<Presence & { leaveNow(): Promise<void> }> {
  const presence = await bePresent({
    databaseUrl: database.appUrl,
    pool: database.pool,
    workspaceId: 'T0ACME',
    processId: `p-${randomUUID()}`,
    sharing: 'guest',
    log: keptLog(),
    graceMilliseconds: 0,
    handBackEveryMilliseconds: 60_000,
    ...changes,
  });
  let leaving: Promise<void> | undefined;
  const leaveNow = () => {
    leaving ??= presence.leave();
    return leaving;
  };
  onTestFinished(leaveNow);
  return { ...presence, leaveNow };
}

/** A job some worker holds since `secondsAgo`. */
async function lockedJob(workerId: string, secondsAgo = 60): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `SELECT id FROM graphile_worker.add_job('receive:T0ACME', '{}')`,
  );
  await database.pool.query(
    `UPDATE graphile_worker._private_jobs SET locked_by = $2, locked_at = now() - make_interval(secs => $3) WHERE id = $1`,
    [rows[0]!.id, workerId, secondsAgo],
  );
  return rows[0]!.id;
}
const holderOf = async (id: string) =>
  (
    await database.pool.query<{ locked_by: string | null }>(
      'SELECT locked_by FROM graphile_worker._private_jobs WHERE id = $1',
      [id],
    )
  ).rows[0]!.locked_by;
const connectionsOf = async (processId: string) =>
  (
    await database.pool.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
      [`countersign ${processId} presence`],
    )
  ).rows.map(({ pid }) => pid);
const isRegistered = async (processId: string) =>
  (
    await database.pool.query<{ worker_ids: string[]; is_locked: boolean }>(
      // Of this database alone: the others on the same server count their processes from 1, too.
      `SELECT worker_ids, EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = lock_key AND granted
         AND classid = 1129272654 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS is_locked
       FROM countersign.processes WHERE id = $1`,
      [processId],
    )
  ).rows[0];

describe('handing back jobs', () => {
  it('takes those of the dead and leaves those of the living', async () => {
    const living = await present();
    await living.adoptWorkers(['w-living']);
    const [dead, alive] = [await lockedJob('w-dead'), await lockedJob('w-living')];
    expect(await handBackJobsOfDeadProcesses(database.pool, 5_000)).toEqual(['w-dead']);
    expect([await holderOf(dead), await holderOf(alive)]).toEqual([null, 'w-living']);
    await living.leaveNow();
    expect(await handBackJobsOfDeadProcesses(database.pool, 5_000)).toEqual(['w-living']);
  });

  it('respects the grace of a worker that is not known yet', async () => {
    const job = await lockedJob('w-new', 1);
    expect(await handBackJobsOfDeadProcesses(database.pool, 30_000)).toEqual([]);
    expect(await holderOf(job)).toBe('w-new');
    expect(await handBackJobsOfDeadProcesses(database.pool, 500)).toEqual(['w-new']);
  });

  it('is done by whoever lives, again and again', async () => {
    await present({ handBackEveryMilliseconds: 20 });
    const job = await lockedJob('w-died-later');
    await until(async () => (await holderOf(job)) === null);
  });

  it('never takes the jobs of the process that asks, whatever the database thinks of it', async () => {
    await lockedJob('w-mine');
    expect(await handBackJobsOfDeadProcesses(database.pool, 0, ['w-mine'])).toEqual([]);
    expect(await handBackJobsOfDeadProcesses(database.pool, 0)).toEqual(['w-mine']);
  });
});

describe('what a dead process left undone', () => {
  const entry = (key: string, processId: string) =>
    database.pool.query(
      `INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id, process_id, received_at)
       VALUES ('T0ACME', $1, 'invocation', '{}', 'c', $2, now() - interval '1 minute')`,
      [key, processId],
    );
  const jobs = async () =>
    (
      await database.pool.query<{ key: string }>(
        "SELECT key FROM graphile_worker._private_jobs WHERE key LIKE 'receive:T0ACME:%' ORDER BY key",
      )
    ).rows.map(({ key }) => key);

  it('becomes jobs once; what a living process has at hand stays with it', async () => {
    const living = await present();
    await entry('command:dead', 'p-dead');
    await entry('command:alive', living.processId);
    await entry('command:mine', 'p-mine');
    expect(await takeOverFromDeadProcesses(database.pool, 'T0ACME', 'p-mine')).toBe(1);
    expect(await takeOverFromDeadProcesses(database.pool, 'T0ACME', 'p-mine')).toBe(0);
    expect(await jobs()).toEqual(['receive:T0ACME:command:dead']);
    await living.leaveNow();
    expect(await takeOverFromDeadProcesses(database.pool, 'T0ACME', 'p-mine')).toBe(1);
    expect(await jobs()).toEqual(['receive:T0ACME:command:alive', 'receive:T0ACME:command:dead']);
  });

  it('is left to its workspace', async () => {
    await entry('command:other', 'p-dead-too');
    expect(await takeOverFromDeadProcesses(database.pool, 'T0OTHER', 'p-x')).toBe(0);
  });
});

describe('sharing a workspace', () => {
  it('alone refuses a second process, and lets it in when the first has gone', async () => {
    const first = await present({ sharing: 'alone' });
    const log = keptLog();
    const second = present({ sharing: 'alone', waitMilliseconds: 50, log });
    await expect(second).rejects.toMatchObject({ code: 'already_running' });
    await expect(second).rejects.toThrow('give both the same REDIS_URL');
    expect(log.lines.map(({ message }) => message)).toEqual([
      'another process serves this workspace; waiting for it to go',
    ]);
    const third = present({ sharing: 'alone', waitMilliseconds: 10_000 });
    await first.leaveNow();
    await third;
  });

  it('shared takes any number, beside guests and other workspaces, but nobody who wants to be alone', async () => {
    await present({ sharing: 'shared' });
    await present({ sharing: 'shared' });
    await present({ sharing: 'guest' });
    await present({ sharing: 'alone', workspaceId: 'T0OTHER' });
    await expect(present({ sharing: 'alone', waitMilliseconds: 1 })).rejects.toThrow('T0ACME');
  });

  it('leaves no connection behind when it is refused', async () => {
    await present({ sharing: 'alone' });
    const processId = `p-${randomUUID()}`;
    await expect(present({ sharing: 'alone', waitMilliseconds: 1, processId })).rejects.toThrow(
      'Another process',
    );
    await until(async () => (await connectionsOf(processId)).length === 0);
  });
});

describe('a lost connection', () => {
  it.each([
    [
      'the server ends it',
      async (pid: number) => void (await database.pool.query('SELECT pg_terminate_backend($1)', [pid])),
    ],
    ['the network cuts it', async () => proxy.cut()],
  ])('is made again, once, when %s, and the process keeps its workers', async (_how, cut) => {
    const log = keptLog();
    const presence = await present({ databaseUrl: proxy.through(database.appUrl), sharing: 'alone', log });
    await presence.adoptWorkers(['w-kept']);
    const job = await lockedJob('w-kept');
    const [before] = await connectionsOf(presence.processId);
    await cut(before!);
    await until(async () => !(await connectionsOf(presence.processId)).includes(before!));
    // Meanwhile another process believes it dead and forgets it, unless it is back already.
    await database.pool.query(
      `DELETE FROM countersign.processes WHERE id = $1 AND NOT EXISTS (
         SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = lock_key AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
      [presence.processId],
    );
    await until(async () => (await isRegistered(presence.processId))?.is_locked, {
      deadlineMilliseconds: 30_000,
      waitingFor: 'the process to be back',
    });
    expect(await isRegistered(presence.processId)).toEqual({ worker_ids: ['w-kept'], is_locked: true });
    const after = await connectionsOf(presence.processId);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual([before]);
    expect(await handBackJobsOfDeadProcesses(database.pool, 0)).not.toContain('w-kept');
    expect(await holderOf(job)).toBe('w-kept');
    expect(log.lines.filter(({ message }) => message.startsWith('lost the connection'))).toHaveLength(1);
    await presence.leaveNow();
    await until(async () => (await connectionsOf(presence.processId)).length === 0);
  });

  it('does not keep a process from leaving while the database is away', async () => {
    const presence = await present({ databaseUrl: proxy.through(database.appUrl) });
    await proxy.refuse();
    onTestFinished(() => proxy.resume());
    await presence.leaveNow();
    await until(async () => (await connectionsOf(presence.processId)).length === 0);
  });
});
