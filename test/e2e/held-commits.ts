import pg from 'pg';
import { afterAll } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

/** A change of the database to stop at: which rows, and when. */
export interface Change {
  /** `countersign.runs` */
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE' | 'DELETE';
  /** SQL over OLD and NEW. */
  readonly when: string;
}

/** One transaction, stopped at its commit: everything is written and nothing of it can be seen yet. */
export interface HeldCommit {
  /** Resolves when a transaction stands there. */
  reached(): Promise<void>;
  /** Its process died before the commit. Call it once that is so. */
  rollBack(): Promise<void>;
  /** The commit takes place, and its process never heard of it. Call it once that one is dead. */
  commit(): Promise<void>;
  /** The commit takes place, and its process goes on. */
  letThrough(): Promise<void>;
}

/** First key of the advisory locks below; any number nobody else uses. */
const lockClass = 0x7e57;

/**
 * Stops transactions of the bot at their commit. A deferred constraint trigger, made by the superuser, is the last
 * thing that runs before one; it waits for an advisory lock that is held here.
 */
export async function holdsCommits(database: TestDatabase): Promise<(change: Change) => Promise<HeldCommit>> {
  const client = new pg.Client({
    connectionString: database.superuserUrl,
    application_name: 'the test holding commits',
  });
  await client.connect();
  afterAll(() => client.end());
  await client.query(`
    CREATE FUNCTION public.wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${lockClass}, tg_argv[0]::integer);
      RETURN NULL;
    END $$`);
  const waiting = async (number: number) => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_locks
       WHERE locktype = 'advisory' AND classid = ${lockClass} AND objid = $1 AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [number],
    );
    return rows.map(({ pid }) => pid);
  };
  const gone = async (pids: readonly number[]) => {
    const { rows } = await client.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1)', [pids]);
    return rows.length === 0;
  };
  let last = 0;
  return async ({ table, on, when }) => {
    const number = ++last;
    await client.query('SELECT pg_advisory_lock($1, $2)', [lockClass, number]);
    await client.query(`
      CREATE CONSTRAINT TRIGGER wait_for_test_${number} AFTER ${on} ON ${table}
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION public.wait_for_test(${number})`);
    const letGo = async (pids: readonly number[]) => {
      await client.query('SELECT pg_advisory_unlock($1, $2)', [lockClass, number]);
      await until(() => gone(pids), { waitingFor: 'the dead process to be gone from the database' });
      await client.query(`DROP TRIGGER wait_for_test_${number} ON ${table}`);
    };
    return {
      reached: async () => {
        await until(async () => (await waiting(number)).length > 0, {
          deadlineMilliseconds: 15_000,
          waitingFor: `${on} of ${table} where ${when}`,
        });
      },
      rollBack: async () => {
        const pids = await waiting(number);
        await client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid', [pids]);
        await letGo(pids);
      },
      commit: async () => letGo(await waiting(number)),
      letThrough: () => letGo([]),
    };
  };
}
