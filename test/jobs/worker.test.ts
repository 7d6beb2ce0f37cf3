import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskList } from 'graphile-worker';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startWorker } from '../../src/jobs/worker.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { testDatabase } from '../support/database.ts';
import { keptLog } from '../support/kept-log.ts';
import { until } from '../support/until.ts';

const database = await testDatabase();
beforeEach(() => database.pool.query('DELETE FROM graphile_worker._private_jobs'));

async function worker(tasks: TaskList) {
  const log = keptLog();
  const pool = openPool(database.appUrl, { name: 'worker', max: 5 }, log);
  const adopted: string[] = [];
  const started = await startWorker({
    pool,
    adoptWorkers: async (ids) => void adopted.push(...ids),
    tasks,
    concurrency: 2,
    log,
    onLost: () => undefined,
    strayGraceMilliseconds: 30,
    lookForStraysEveryMilliseconds: 10,
  });
  onTestFinished(async () => {
    await started.stop();
    await pool.end();
  });
  return { log, adopted };
}
const addJob = (payload: object) =>
  database.pool.query("SELECT graphile_worker.add_job('look', $1::json)", [JSON.stringify(payload)]);
const jobs = async () =>
  (
    await database.pool.query<{ locked_by: string | null; id: string }>(
      'SELECT id, locked_by FROM graphile_worker._private_jobs',
    )
  ).rows;

describe('the job worker', () => {
  it('says which workers are its own, and works under their name', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { adopted } = await worker({ look: () => held });
    await addJob({});
    const [job] = await until(async () => {
      const found = await jobs();
      return found[0]?.locked_by ? found : undefined;
    });
    expect(adopted).toEqual([job!.locked_by]);
    release();
    await until(async () => (await jobs()).length === 0);
  });

  it('takes up again a job it holds and does not work on, and leaves alone the one at work', async () => {
    const done: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { adopted, log } = await worker({
      look: async (payload) => {
        const { name } = payload as { name: string };
        done.push(name);
        if (name === 'long') await held;
      },
    });
    await addJob({ name: 'long' });
    await until(() => done.includes('long'));
    // As a lost answer leaves it: held by this worker, with nobody at work.
    await database.pool.query(
      `SELECT graphile_worker.add_job('look', '{"name":"stray"}', run_at => now() + interval '1 hour')`,
    );
    await database.pool.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now(), locked_by = $1, locked_at = now() - interval '1 minute' WHERE payload->>'name' = 'stray'`,
      [adopted[0]],
    );
    await until(() => done.includes('stray'));
    await nextTurn();
    expect(done.filter((name) => name === 'long')).toHaveLength(1);
    expect(log.lines.map(({ message }) => message)).toContain('handed back jobs that were not released');
    release();
    await until(async () => (await jobs()).length === 0);
  });
});
