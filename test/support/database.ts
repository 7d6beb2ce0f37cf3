import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll } from 'vitest';
import { APP_ROLE, OWNER_ROLE } from '../../src/postgres/embedded.ts';
import { testServer } from './test-server.ts';
import { until } from './until.ts';

export interface TestDatabase {
  readonly name: string;
  /** The bot's login: SELECT and INSERT on the ledger, rows everywhere else. */
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** Logged in as the bot; ended after the file's last test. */
  readonly pool: pg.Pool;
}

/**
 * A migrated database of this test file's own, dropped after its last test. Call it at the top of the file:
 * `const database = await testDatabase();`. A connection that the file leaves open fails the file.
 */
export async function testDatabase(options: { isEmpty?: boolean } = {}): Promise<TestDatabase> {
  const server = await testServer('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.isEmpty ? 'template1' : databaseOf(server.ownerUrl);
  await asSuperuser(server.superuserUrl, async (client) => {
    await client.query(`CREATE DATABASE ${name} OWNER ${OWNER_ROLE} TEMPLATE ${template}`);
    // Rights on a database are not part of what a template gives.
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${APP_ROLE}`);
  });
  const appUrl = inDatabase(server.appUrl, name);
  const pool = new pg.Pool({
    // As the bot itself has it: statements issued together travel together.
    pipeline: true,
    connectionString: appUrl,
    application_name: 'the test itself',
  });
  // A test may cut its own connections; the query in progress reports that.
  pool.on('error', () => {});
  afterAll(async () => {
    await pool.end();
    await asSuperuser(server.superuserUrl, async (client) => {
      try {
        await expectNoConnections(client, name);
      } finally {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }
    });
  });
  return {
    name,
    appUrl,
    ownerUrl: inDatabase(server.ownerUrl, name),
    superuserUrl: inDatabase(server.superuserUrl, name),
    pool,
  };
}

/** A server process lives on for a moment after its client closed the connection. */
async function expectNoConnections(client: pg.Client, database: string): Promise<void> {
  const connections = async () => {
    const { rows } = await client.query<{ description: string }>(
      `SELECT format('%s as %s, %s, last: %s', coalesce(nullif(application_name, ''), 'unnamed'), usename,
                     state, left(query, 200)) AS "description"
       FROM pg_stat_activity WHERE datname = $1::name AND backend_type = 'client backend'`,
      [database],
    );
    return rows.map(({ description }) => description);
  };
  try {
    await until(async () => (await connections()).length === 0, { deadlineMilliseconds: 3000 });
  } catch {
    const open = await connections();
    if (open.length === 0) return;
    throw new Error(`This test file left ${open.length} database connection(s) open:\n${open.join('\n')}`);
  }
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function inDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function asSuperuser(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
