import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { Fault } from '../core/errors.ts';
import { applyGrants } from './grants.ts';
import { migrateJobSchema } from './job-schema.ts';
import { MIGRATIONS_FOLDER, MIGRATIONS_TABLE, pendingMigrations, SCHEMA } from './migration-status.ts';

/** One number for all replicas, so that those starting together migrate one after another. */
const MIGRATION_LOCK = 5_241_206_018;

export interface MigrateOptions {
  /** A login that owns the database's `countersign` schema, or may create it. */
  readonly ownerUrl: string;
  /** The bot's own login. Default: the owner itself, and then nothing stops it from rewriting the ledger. */
  readonly appRole?: string | undefined;
  readonly log: (line: string) => void;
  /** Default: `src/postgres/migrations`. */
  readonly folder?: string;
}

export interface Migrated {
  /** Names of the files run now, in order. */
  readonly applied: readonly string[];
  /** True when the bot's login can only SELECT and INSERT on the ledger. */
  readonly isLedgerWriteProtected: boolean;
}

/**
 * Brings the database to this version: our tables, the job tables, and what the bot's login may do with each.
 * Each file is one transaction. Safe to run from several processes at once, and again at every start.
 *
 * @example await migrate({ ownerUrl, appRole: 'countersign_app', log: console.error })
 * @throws Fault naming the file that failed and why; files before it stay applied.
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const { ownerUrl, log, folder = MIGRATIONS_FOLDER } = options;
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'countersign migrate' });
  // A lost connection rejects the query in progress.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1::bigint)', [MIGRATION_LOCK]);
    const appRole = await separateAppRole(client, options.appRole);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    const applied = await runFiles(client, folder, log);
    await migrateJobSchema({ client, ownerUrl, appRole });
    const isLedgerWriteProtected = await applyGrants(client, appRole);
    return { applied, isLedgerWriteProtected };
  } finally {
    // Ending the session gives the lock back.
    await client.end();
  }
}

async function runFiles(client: pg.Client, folder: string, log: (line: string) => void): Promise<string[]> {
  try {
    const applied = await runner({
      dbClient: client,
      dir: folder,
      // Editors' and other stray files are not migrations.
      ignorePattern: '(?!.*\\.sql$).*',
      direction: 'up',
      schema: SCHEMA,
      migrationsTable: MIGRATIONS_TABLE,
      // One transaction per file: a failure keeps what was complete, and names the one that was not.
      singleTransaction: false,
      // Taken above, for longer than the files alone.
      noLock: true,
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
    // The runner leaves its own search_path behind.
    await client.query('RESET search_path');
    for (const { name } of applied) log(`Migrated the database: ${name}`);
    return applied.map(({ name }) => name);
  } catch (cause) {
    const failed = await firstPending(client, folder);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault(
      'migration_failed',
      `The migration "${failed ?? folder}" failed and was rolled back: ${reason}. Nothing after it ran; fix the cause and start again.`,
      { cause },
    );
  }
}

/** The file that was being run: the runner's error does not say. Undefined when the connection is gone. */
async function firstPending(client: pg.Client, folder: string): Promise<string | undefined> {
  try {
    await client.query('ROLLBACK');
    return (await pendingMigrations(client, folder))[0];
  } catch {
    return undefined;
  }
}

/** The app login when it is another one than the owner. */
async function separateAppRole(client: pg.Client, appRole: string | undefined): Promise<string | undefined> {
  if (appRole === undefined) return undefined;
  const { rows } = await client.query<{ isOwner: boolean; exists: boolean }>(
    `SELECT $1::text = current_user AS "isOwner",
            EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text) AS "exists"`,
    [appRole],
  );
  if (rows[0]?.isOwner) return undefined;
  if (rows[0]?.exists) return appRole;
  throw new Fault(
    'no_app_role',
    `There is no database login "${appRole}" (the user in DATABASE_URL). Create it: CREATE ROLE "${appRole}" LOGIN PASSWORD '…';`,
  );
}
