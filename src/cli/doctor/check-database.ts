import pg from 'pg';
import type { Environment } from '../../config/environment.ts';
import { isLedgerWriteProtected } from '../../postgres/ledger.ts';
import { migrationStatus } from '../../postgres/migration-status.ts';
import type { Finding } from '../doctor.ts';

/** More than this between the two clocks makes expiries and cards wrong. */
const largestSkewMilliseconds = 2_000;

/** The database, its migrations, what our login may do to the ledger, and its clock. */
export async function checkDatabase({ databaseUrl }: Environment): Promise<Finding[]> {
  if (databaseUrl === undefined) {
    return [
      {
        what: 'database',
        status: 'failed',
        detail: 'DATABASE_URL is not set',
        fix: 'Give a PostgreSQL database, or start with --embedded.',
      },
    ];
  }
  const client = new pg.Client({ connectionString: databaseUrl.reveal(), connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const detail =
      error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
    return [
      {
        what: 'database',
        status: 'failed',
        detail: `cannot connect: ${detail}`,
        fix: 'Start PostgreSQL, or correct DATABASE_URL.',
      },
    ];
  }
  try {
    const before = Date.now();
    const { rows } = await client.query<{ version: string; at: Date; is_superuser: boolean }>(
      `SELECT current_setting('server_version') AS version, clock_timestamp() AS at,
         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser`,
    );
    const { version, at, is_superuser: isSuperuser } = rows[0]!;
    const skew = Math.abs(at.getTime() - (before + Date.now()) / 2);
    const { pending } = await migrationStatus(client);
    const findings: Finding[] = [
      { what: 'database', status: 'ok', detail: `PostgreSQL ${version}` },
      pending.length === 0
        ? { what: 'migrations', status: 'ok', detail: 'none outstanding' }
        : {
            what: 'migrations',
            status: 'failed',
            detail: `outstanding: ${pending.join(', ')}`,
            fix: 'Run: countersign migrate',
          },
      skew <= largestSkewMilliseconds
        ? { what: 'clock', status: 'ok', detail: `within ${Math.ceil(skew)} ms of the database` }
        : {
            what: 'clock',
            status: 'failed',
            detail: `${Math.round(skew / 1_000)} s apart from the database`,
            fix: 'Synchronise both machines (NTP): signatures expire by the database clock, requests by ours.',
          },
    ];
    if (isSuperuser) {
      findings.push({
        what: 'database login',
        status: 'failed',
        detail: 'DATABASE_URL logs in as a superuser, who can rewrite the ledger',
        fix: 'Make a login of its own for the bot and give the owner in DATABASE_OWNER_URL.',
      });
    }
    if (pending.length === 0) findings.push(await checkLedger(client));
    return findings;
  } finally {
    await client.end();
  }
}

async function checkLedger(client: pg.Client): Promise<Finding> {
  if (await isLedgerWriteProtected(client)) {
    return { what: 'ledger', status: 'ok', detail: "the bot's login can only read and append" };
  }
  return {
    what: 'ledger',
    status: 'warning',
    detail: 'one login owns everything, so the ledger rests on its checkpoints alone',
    fix: 'Give DATABASE_OWNER_URL another login, which then owns the tables.',
  };
}
