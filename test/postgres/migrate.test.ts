import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { APP_ROLE, OWNER_ROLE } from '../../src/postgres/embedded.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { migrationStatus } from '../../src/postgres/migration-status.ts';
import { testDatabase } from '../support/database.ts';

const FIRST = 'CREATE TABLE countersign.things (id serial PRIMARY KEY, word text);';
const SECOND = "INSERT INTO countersign.things (word) VALUES ('from a migration');";

const migrated = await testDatabase();

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

async function asOwner<Row extends pg.QueryResultRow>(ownerUrl: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const quiet = { appRole: APP_ROLE, log: () => {} };

describe('migrating', async () => {
  const empty = await testDatabase({ isEmpty: true });

  it('runs each file once, in order, and tells which', async () => {
    const folder = folderWith({ '0002_second.sql': SECOND, '0001_first.sql': FIRST, 'notes.txt': 'not SQL' });
    const lines: string[] = [];
    const options = { ...quiet, ownerUrl: empty.ownerUrl, folder };
    const first = await migrate({ ...options, log: (line) => lines.push(line) });
    expect(first.applied).toEqual(['0001_first', '0002_second']);
    expect(lines).toEqual(['Migrated the database: 0001_first', 'Migrated the database: 0002_second']);
    expect((await migrate(options)).applied).toEqual([]);
    expect((await empty.pool.query('SELECT word FROM countersign.things')).rows).toHaveLength(1);
  });

  it('names the file that failed and why, and keeps what came before it', async () => {
    const folder = folderWith({
      '0001_first.sql': FIRST,
      '0002_second.sql': SECOND,
      '0003_broken.sql':
        'CREATE TABLE countersign.half (id int); SELECT no_such_column FROM countersign.half;',
      '0004_after.sql': 'CREATE TABLE countersign.after (id int);',
    });
    await expect(migrate({ ...quiet, ownerUrl: empty.ownerUrl, folder })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/"0003_broken" failed.*column "no_such_column" does not exist/),
    });
    expect(await migrationStatus(empty.pool, folder)).toEqual({ pending: ['0003_broken', '0004_after'] });
    const tables = await empty.pool.query(
      `SELECT tablename FROM pg_tables WHERE schemaname = 'countersign' AND tablename IN ('half', 'after')`,
    );
    expect(tables.rows).toEqual([]);
  });
});

describe('replicas that start together', async () => {
  const empty = await testDatabase({ isEmpty: true });

  it('migrate once between them', async () => {
    const folder = folderWith({
      '0001_first.sql': FIRST,
      '0002_second.sql': `${SECOND} SELECT pg_sleep(0.05);`,
    });
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => migrate({ ...quiet, ownerUrl: empty.ownerUrl, folder })),
    );
    expect(outcomes.flatMap(({ applied }) => applied)).toEqual(['0001_first', '0002_second']);
    expect((await empty.pool.query('SELECT word FROM countersign.things')).rows).toHaveLength(1);
  });
});

describe('the state of migrations', async () => {
  const empty = await testDatabase({ isEmpty: true });

  it('is that all are pending in an empty database, and none afterwards, asked by the bot', async () => {
    expect((await migrationStatus(empty.pool)).pending).toContain('0001_ledger');
    expect(await migrationStatus(migrated.pool)).toEqual({ pending: [] });
  });
});

describe('the bot’s login', () => {
  const refused = { code: '42501' };

  it('reads and writes rows', async () => {
    const client = await migrated.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id)
         VALUES ('T0', 'k', 'slash', '{}', 'c')`,
      );
      expect((await client.query('UPDATE countersign.inbox SET handled_at = now()')).rowCount).toBe(1);
      expect((await client.query('DELETE FROM countersign.inbox')).rowCount).toBe(1);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
  });

  it.each([
    'DELETE FROM countersign.ledger_entries',
    'UPDATE countersign.ledger_entries SET seq = 0',
    'TRUNCATE countersign.ledger_entries',
    'DELETE FROM countersign.ledger_checkpoints',
    'TRUNCATE countersign.inbox',
    'DROP TABLE countersign.inbox',
    'ALTER TABLE countersign.ledger_entries DISABLE TRIGGER ALL',
    'CREATE TABLE countersign.sneaky (id int)',
    'CREATE TRIGGER sneaky BEFORE INSERT ON countersign.ledger_entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE SCHEMA sneaky',
    `INSERT INTO countersign.migrations (name, run_on) VALUES ('9999_sneaky', now())`,
    'DELETE FROM countersign.migrations',
    `SET ROLE ${OWNER_ROLE}`,
    `ALTER ROLE ${APP_ROLE} SUPERUSER`,
    `COPY (SELECT 1) TO PROGRAM 'cat'`,
  ])('may not %s', async (sql) => {
    await expect(migrated.pool.query(sql)).rejects.toMatchObject(refused);
  });

  it('owns the job schema, adds jobs, and upgrades it by itself', async () => {
    const { rows } = await migrated.pool.query(
      `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class
       WHERE relnamespace = 'graphile_worker'::regnamespace`,
    );
    expect(rows).toEqual([{ owner: APP_ROLE }]);
    await runMigrations({ connectionString: migrated.appUrl, logger: new Logger(() => () => {}) });
    await migrated.pool.query(`SELECT graphile_worker.add_job('nothing', '{}'::json)`);
    const jobs = await migrated.pool.query('SELECT task_identifier FROM graphile_worker.jobs');
    expect(jobs.rows).toEqual([{ task_identifier: 'nothing' }]);
  });

  it('loses at the next start what it was given on the side', async () => {
    await asOwner(migrated.ownerUrl, `GRANT ALL ON countersign.ledger_entries TO ${APP_ROLE}`);
    const { isLedgerWriteProtected } = await migrate({ ...quiet, ownerUrl: migrated.ownerUrl });
    expect(isLedgerWriteProtected).toBe(true);
    await expect(migrated.pool.query('DELETE FROM countersign.ledger_entries')).rejects.toMatchObject(
      refused,
    );
  });

  it('has to exist', async () => {
    await expect(
      migrate({ ...quiet, ownerUrl: migrated.ownerUrl, appRole: 'nobody_known' }),
    ).rejects.toMatchObject({
      code: 'no_app_role',
      message: expect.stringContaining('CREATE ROLE "nobody_known"'),
    });
  });
});

describe('a single login', async () => {
  const empty = await testDatabase({ isEmpty: true });

  it('works, and is told that the ledger is not protected from it', async () => {
    const options = { ownerUrl: empty.ownerUrl, log: () => {} };
    expect((await migrate(options)).isLedgerWriteProtected).toBe(false);
    expect((await migrate({ ...options, appRole: OWNER_ROLE })).isLedgerWriteProtected).toBe(false);
    await asOwner(empty.ownerUrl, `SELECT graphile_worker.add_job('nothing', '{}'::json)`);
  });
});

describe('logins that the administrator made', async () => {
  const empty = await testDatabase({ isEmpty: true });
  const suffix = empty.name;
  const owner = `owner_${suffix}`;
  const app = `app_${suffix}`;
  const admin = (sql: string) => asOwner(empty.superuserUrl, sql);
  await admin(`CREATE ROLE ${owner} LOGIN PASSWORD 'pw'; CREATE ROLE ${app} LOGIN PASSWORD 'pw';
               ALTER DATABASE ${empty.name} OWNER TO ${owner}; GRANT CONNECT ON DATABASE ${empty.name} TO ${app}`);
  const ownerUrl = new URL(empty.ownerUrl);
  ownerUrl.username = owner;
  ownerUrl.password = 'pw';
  afterAll(async () => {
    await admin(`REASSIGN OWNED BY ${app}, ${owner} TO postgres; DROP OWNED BY ${app}, ${owner};
                 DROP ROLE ${app}, ${owner}`);
  });

  it('are refused with the missing GRANT when the owner may not act for the bot, and then work', async () => {
    const options = { ownerUrl: ownerUrl.href, appRole: app, log: () => {} };
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'owner_cannot_act_for_app',
      message: expect.stringContaining(`GRANT "${app}" TO`),
    });
    await admin(`GRANT ${app} TO ${owner}`);
    expect((await migrate(options)).isLedgerWriteProtected).toBe(true);
  });
});
