import { type Endpoint, readQuery } from '../endpoint.ts';
import { depthSql, secondsInCycle } from '../queue-depth.ts';

interface ReleaseRow {
  readonly version: string;
  readonly deployedAt: Date;
  readonly schema: string;
  readonly oldest: string | null;
  readonly newest: string | null;
}

const releases: Endpoint = {
  name: 'releases',
  method: 'GET',
  paths: ['/api/releases'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const { rows } = await pool.query<ReleaseRow>(
      `SELECT version, deployed_at AS "deployedAt", schema, runs_on_oldest AS oldest, runs_on_newest AS newest
       FROM rms.releases ORDER BY deployed_at DESC`,
    );
    const body = {
      releases: rows.map(({ oldest, newest, ...release }) => ({
        ...release,
        runsOn: oldest === null || newest === null ? null : { oldest, newest },
      })),
    };
    return { status: 200, body };
  },
};

const migrations: Endpoint = {
  name: 'migrations',
  method: 'GET',
  paths: ['/api/migrations'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const { rows } = await pool.query<{ name: string; isApplied: boolean }>(
      'SELECT name, is_applied AS "isApplied" FROM rms.migrations ORDER BY name',
    );
    const names = (isApplied: boolean) =>
      rows.filter((row) => row.isApplied === isApplied).map(({ name }) => name);
    return { status: 200, body: { applied: names(true), pending: names(false) } };
  },
};

const queues: Endpoint = {
  name: 'queues',
  method: 'GET',
  paths: ['/api/queues'],
  async answer(call, { pool, startedAt }) {
    readQuery({}, call.query);
    const { rows } = await pool.query(`SELECT name, ${depthSql} AS depth FROM rms.queues ORDER BY name`, [
      secondsInCycle(startedAt, call.at),
    ]);
    return { status: 200, body: { queues: rows } };
  },
};

export const deploymentEndpoints: readonly Endpoint[] = [releases, migrations, queues];
