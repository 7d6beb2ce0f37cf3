import { expect, it, onTestFinished } from 'vitest';
import { startLanes } from '../../src/jobs/lanes.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { testDatabase } from '../support/database.ts';
import { keptLog } from '../support/kept-log.ts';
import { until } from '../support/until.ts';

const database = await testDatabase();
const addJob = (task: string) =>
  database.pool.query(`SELECT graphile_worker.add_job($1::text, '{}'::json)`, [task]);

it('works on what is short while every place for runs is taken, and owns the jobs of both', async () => {
  const log = keptLog();
  const pool = openPool(database.appUrl, { name: 'lanes', max: 6 }, log);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const done: string[] = [];
  let adopted: readonly string[] = [];
  const lanes = await startLanes({
    pool,
    adoptWorkers: async (ids) => {
      adopted = ids;
    },
    tasks: {
      'execute:T0ACME': async () => {
        await held;
        done.push('execute');
      },
      'expire:T0ACME': async () => void done.push('expire'),
    },
    concurrency: 1,
    log,
    onLost: () => undefined,
  });
  onTestFinished(async () => {
    release();
    await lanes.stop();
    await pool.end();
  });
  await addJob('execute:T0ACME');
  const holder = await until(async () => {
    const { rows } = await database.pool.query<{ locked_by: string | null }>(
      'SELECT locked_by FROM graphile_worker._private_jobs',
    );
    return rows[0]?.locked_by ?? undefined;
  });
  await addJob('execute:T0ACME');
  await addJob('expire:T0ACME');
  await until(() => done.includes('expire'));
  expect(done).toEqual(['expire']);
  expect(adopted).toHaveLength(2);
  expect(adopted).toContain(holder);
  release();
  await until(() => done.length === 3);
});
