import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { postgresAccount } from './embedded/account.ts';
import { embeddedBinaries } from './embedded/binaries.ts';
import { ensureCluster, type PasswordOf } from './embedded/cluster.ts';
import { reachableBinaries, reachableDataDirectory } from './embedded/place.ts';
import { clearOrphans } from './embedded/postmaster.ts';
import { startServer } from './embedded/server.ts';

/** Owns the database and its schema; migrates. */
export const OWNER_ROLE = 'countersign_owner';
/** What the bot logs in as. */
export const APP_ROLE = 'countersign_app';
const DATABASE = 'countersign';

export interface EmbeddedPostgresOptions {
  /** Where the data lives. As root it may have to live elsewhere, which is logged. */
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** Default: a free one, another at each start. */
  readonly port?: number;
  /** Further arguments for `postgres`, e.g. `['-c', 'max_connections=200']`. Default none. */
  readonly flags?: readonly string[];
  /** False gives up what survives a power cut, for tests. Default true. */
  readonly isDurable?: boolean;
}

export interface EmbeddedPostgres {
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** For setting up only: the bot never runs as superuser. */
  readonly superuserUrl: string;
  readonly port: number;
  /** Makes a database, and a login of the same name that owns it, unless they exist. */
  readonly createDatabase: (name: string) => Promise<{ readonly url: string }>;
  /** Fast shutdown, complete when the promise resolves. Also happens when this process ends. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the PostgreSQL that npm installed, on loopback, with the `countersign` database and its two logins.
 * Data survives restarts; a server left by a killed process is stopped first.
 *
 * @example
 * const postgres = await startEmbeddedPostgres({ dataDir: '.countersign/postgres', log: console.error });
 * await migrate({ ownerUrl: postgres.ownerUrl, appRole: APP_ROLE, log: console.error });
 *
 * @throws Fault when the data is in use by another process, or PostgreSQL cannot start, with what it said.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, isDurable = true } = options;
  const { account, directory } = whereItLives(options);
  const binaries = reachableBinaries(embeddedBinaries(), account);
  const clusterDir = join(directory, 'cluster');
  const passwordOf = await ensureCluster({ clusterDir, binaries, account, isDurable, log });
  await clearOrphans(clusterDir, log);
  const server = await startServer({
    clusterDir,
    logFile: join(directory, 'postgres.log'),
    binaries,
    account,
    port: options.port,
    flags: [
      // What a power cut may lose matters to nobody in a test.
      ...(isDurable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']),
      ...(options.flags ?? []),
    ],
  });
  const urlOf = (role: string, database: string) =>
    `postgresql://${role}:${passwordOf(role)}@127.0.0.1:${server.port}/${database}`;
  const superuserUrl = urlOf('postgres', 'postgres');
  try {
    await setUpRoles(superuserUrl, passwordOf);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    ownerUrl: urlOf(OWNER_ROLE, DATABASE),
    appUrl: urlOf(APP_ROLE, DATABASE),
    superuserUrl,
    port: server.port,
    createDatabase: async (name) => {
      await withClient(superuserUrl, async (client) => {
        await ensureRole(client, name, passwordOf);
        await ensureDatabase(client, name, name);
      });
      return { url: urlOf(name, name) };
    },
    stop: server.stop,
  };
}

/**
 * Drops the data, stopping a server that was left running on it.
 * @throws Fault when another process uses it.
 */
export async function dropEmbeddedPostgres(
  options: Pick<EmbeddedPostgresOptions, 'dataDir' | 'log'>,
): Promise<void> {
  if (!existsSync(options.dataDir)) return;
  const { directory } = whereItLives({ dataDir: options.dataDir, log: () => {} });
  if (existsSync(join(directory, 'cluster'))) await clearOrphans(join(directory, 'cluster'), options.log);
  rmSync(directory, { recursive: true, force: true });
  rmSync(options.dataDir, { recursive: true, force: true });
}

function whereItLives({ dataDir, log }: Pick<EmbeddedPostgresOptions, 'dataDir' | 'log'>) {
  const account = postgresAccount(join(dataDir, 'cluster'), log);
  const directory = reachableDataDirectory(dataDir, account);
  if (account !== undefined && resolve(dataDir) !== directory && !existsSync(join(dataDir, 'cluster'))) {
    log(
      `The user PostgreSQL runs as may not enter "${resolve(dataDir)}", so its data is kept in "${directory}".`,
    );
  }
  return { account, directory };
}

async function setUpRoles(superuserUrl: string, passwordOf: PasswordOf): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await ensureRole(client, OWNER_ROLE, passwordOf);
    await ensureRole(client, APP_ROLE, passwordOf);
    // The owner hands the job schema to the app login, which PostgreSQL allows only to its members.
    await client.query(`GRANT ${APP_ROLE} TO ${OWNER_ROLE}`);
    await ensureDatabase(client, DATABASE, OWNER_ROLE);
    await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${DATABASE} TO ${APP_ROLE}`);
  });
}

async function ensureRole(client: pg.Client, role: string, passwordOf: PasswordOf): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1::name', [role]);
  if (found.rowCount !== 0) return;
  await client.query(
    `CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD ${pg.escapeLiteral(passwordOf(role))}`,
  );
}

async function ensureDatabase(client: pg.Client, database: string, owner: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1::name', [database]);
  const name = pg.escapeIdentifier(database);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${pg.escapeIdentifier(owner)}`);
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
}

async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
