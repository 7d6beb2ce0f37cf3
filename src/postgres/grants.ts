import pg from 'pg';
import { ledgerGrants } from './ledger-grants.ts';
import { MIGRATIONS_TABLE, SCHEMA } from './migration-status.ts';

/** Tables of this name are the ledger's, and `ledger-grants.ts` alone says what may be done with them. */
const LEDGER_PREFIX = 'ledger_';

/**
 * Gives the bot's login what it needs on our tables and no more: it reads and writes rows, never changes
 * tables, and cannot touch what the ledger has written. Everything is taken away first, so that a right
 * dropped from this file is dropped from the database at the next start.
 *
 * @returns whether the ledger is protected from the bot's own login.
 */
export async function applyGrants(client: pg.Client, appRole: string | undefined): Promise<boolean> {
  if (appRole === undefined) return false;
  const role = pg.escapeIdentifier(appRole);
  const tables = await tablesOfSchema(client);
  await client.query('BEGIN');
  try {
    await client.query(`REVOKE ALL ON SCHEMA ${SCHEMA} FROM PUBLIC, ${role}`);
    await client.query(`REVOKE ALL ON ALL TABLES IN SCHEMA ${SCHEMA} FROM PUBLIC, ${role}`);
    await client.query(`GRANT USAGE ON SCHEMA ${SCHEMA} TO ${role}`);
    await client.query(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${SCHEMA} TO ${role}`);
    for (const table of tables.filter((name) => !isLedgerTable(name))) {
      const name = `${SCHEMA}.${pg.escapeIdentifier(table)}`;
      await client.query(`GRANT ${rightsOn(table)} ON ${name} TO ${role}`);
    }
    if (tables.some(isLedgerTable)) {
      for (const grant of ledgerGrants(role)) await client.query(grant);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  return await isLedgerProtectedFrom(client, appRole);
}

function isLedgerTable(name: string): boolean {
  return name.startsWith(LEDGER_PREFIX);
}

function rightsOn(table: string): string {
  // For /ready, which asks what is pending.
  if (table === MIGRATIONS_TABLE) return 'SELECT';
  return 'SELECT, INSERT, UPDATE, DELETE';
}

async function tablesOfSchema(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS "name" FROM pg_class
     WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p', 'v', 'm')`,
    [SCHEMA],
  );
  return rows.map(({ name }) => name);
}

/** Asked of PostgreSQL and not derived from what was granted: the login may have rights from elsewhere. */
async function isLedgerProtectedFrom(client: pg.Client, appRole: string): Promise<boolean> {
  const { rows } = await client.query<{ tables: number; rewritable: number; isOwner: boolean }>(
    `SELECT count(*)::int AS "tables",
            count(*) FILTER (WHERE has_table_privilege($2::name, oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'))::int
              AS "rewritable",
            coalesce(bool_or(pg_has_role($2::name, relowner, 'MEMBER')), false) AS "isOwner"
     FROM pg_class
     WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') AND starts_with(relname, $3::text)`,
    [SCHEMA, appRole, LEDGER_PREFIX],
  );
  const [ledger] = rows;
  // No ledger tables is no protected ledger.
  return ledger !== undefined && ledger.tables > 0 && ledger.rewritable === 0 && !ledger.isOwner;
}
