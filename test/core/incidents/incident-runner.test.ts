import { describe, expect, it, onTestFinished } from 'vitest';
import { tasks } from '../../../src/jobs/tasks.ts';
import { startWorker } from '../../../src/jobs/worker.ts';
import { openPool } from '../../../src/postgres/pool.ts';
import { testDatabase } from '../../support/database.ts';
import { keptLog } from '../../support/kept-log.ts';
import { until } from '../../support/until.ts';
import { ada, type IncidentWorld, incidentWorld, secondLevel } from './incident-world.ts';

const database = await testDatabase();

/** Processes as they are started: each with workers of its own that take jobs from the one database. */
async function startProcesses(world: IncidentWorld) {
  const log = keptLog();
  const started = await Promise.all(
    world.processes().map(async ({ incidents }) => {
      const pool = openPool(database.appUrl, { name: 'worker', max: 5 }, log);
      const worker = await startWorker({
        pool,
        adoptWorkers: async () => undefined,
        // Every other task is somebody else's affair here.
        tasks: tasks({
          workspaceId: world.workspaceId,
          giveWay: async () => undefined,
          alerting: { page: async () => undefined },
          incidents: { timers: incidents, gather: async () => undefined },
        } as unknown as Parameters<typeof tasks>[0]),
        concurrency: 2,
        log,
        onLost: () => undefined,
      });
      let isStopped = false;
      return async () => {
        if (isStopped) return;
        isStopped = true;
        await worker.stop();
        await pool.end();
      };
    }),
  );
  const stop = async () => {
    await Promise.all(started.map((one) => one()));
  };
  onTestFinished(stop);
  return { stop, log };
}

const waitingJobs = async (world: IncidentWorld) =>
  (
    await world.rows<{ timer: string }>(
      `SELECT payload->>'timer' AS timer FROM graphile_worker._private_jobs
       WHERE payload->>'workspaceId' = $1 AND payload->>'timer' IS NOT NULL ORDER BY 1`,
    )
  ).map(({ timer }) => timer);

describe('timers of incidents, worked on by two processes', () => {
  it('come due once, also for processes that began after they were set', async () => {
    const world = incidentWorld(database.pool);
    const first = await startProcesses(world);
    const id = await world.declare({ severity: 'SEV2' });
    await until(async () => (await waitingJobs(world)).length === 2);
    await first.stop();
    await world.pass(31);
    world.restart();
    const second = await startProcesses(world);
    await until(async () => (await world.told(id)).length > 0, { deadlineMilliseconds: 15_000 });
    await until(async () => (await waitingJobs(world)).length === 1);
    expect(await world.told(id)).toEqual([{ kind: 'level2', to: [secondLevel], isDirect: false }]);
    // The next one comes due while they run.
    await world.pass(30);
    await until(async () => (await world.told(id)).length > 1, { deadlineMilliseconds: 15_000 });
    expect((await world.told(id)).map(({ kind, to }) => [kind, to])).toEqual([
      ['level2', [secondLevel]],
      ['update_due', [ada]],
    ]);
    // It is asked again in an hour.
    await until(async () => (await waitingJobs(world)).join() === 'update_due');
    expect(await world.waiting(id)).toEqual({ update_due: 60 });
    for (const { log } of [first, second]) {
      expect(log.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    }
  }, 45_000);

  it('look again at their time when a job comes early', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    // A machine whose clock is ahead: its job is due, the timer is not.
    await world.rows(
      `UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 minute' WHERE payload->>'workspaceId' = $1`,
    );
    await startProcesses(world);
    const due = async () =>
      (
        await world.rows<{ timer: string; is_right: boolean }>(
          `SELECT payload->>'timer' AS timer, run_at > now() + interval '29 minutes' AS is_right
           FROM graphile_worker._private_jobs WHERE payload->>'workspaceId' = $1 AND payload->>'timer' IS NOT NULL ORDER BY 1`,
        )
      ).filter(({ is_right }) => is_right).length === 2;
    await until(due, { deadlineMilliseconds: 15_000 });
    expect(await world.told(id)).toEqual([]);
    expect(await world.waitingKinds(id)).toEqual(['level2', 'update_due']);
  }, 30_000);
});
