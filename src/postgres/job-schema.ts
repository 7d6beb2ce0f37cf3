import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Fault } from '../core/errors.ts';

/** graphile-worker's own tables live here; its default. */
export const JOB_SCHEMA = 'graphile_worker';

/**
 * Makes or upgrades graphile-worker's tables as the bot's login: it has to own them, because they have row
 * level security without policies, which hides every row from anyone but the owner.
 *
 * @throws Fault naming the GRANT that is missing, when the owner may not act for the app login.
 */
export async function migrateJobSchema(options: {
  readonly client: pg.Client;
  readonly ownerUrl: string;
  readonly appRole: string | undefined;
}): Promise<void> {
  const { client, ownerUrl, appRole } = options;
  if (appRole !== undefined) await makeSchemaFor(client, appRole);
  const pool = new pg.Pool({
    connectionString: ownerUrl,
    max: 2,
    application_name: 'countersign migrate',
    ...(appRole === undefined ? {} : { options: `-c role=${appRole.replaceAll(/[\\ ]/g, '\\$&')}` }),
  });
  // A connection lost while idle; one lost in use rejects the query. graphile-worker insists on both.
  pool.on('error', () => {});
  pool.on('connect', (connection) => connection.on('error', () => {}));
  try {
    await runMigrations({ pgPool: pool, schema: JOB_SCHEMA, logger: new Logger(() => () => {}) });
  } finally {
    await pool.end();
    if (appRole !== undefined) await allowNewSchemas(client, appRole, 'REVOKE');
  }
}

async function makeSchemaFor(client: pg.Client, appRole: string): Promise<void> {
  const role = pg.escapeIdentifier(appRole);
  const { rows } = await client.query<{ maySetRole: boolean }>(
    `SELECT pg_has_role(current_user, $1::name, 'SET') AS "maySetRole"`,
    [appRole],
  );
  if (!rows[0]?.maySetRole) {
    throw new Fault(
      'owner_cannot_act_for_app',
      `The owner login has to hand the job tables to the bot's login "${appRole}" and is not a member of it. Run as a database administrator: GRANT ${role} TO <the owner login>;`,
    );
  }
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${JOB_SCHEMA} AUTHORIZATION ${role}`);
  // graphile-worker says CREATE SCHEMA IF NOT EXISTS at its first migration, for which PostgreSQL wants the
  // right to create schemas even when it exists. Taken back as soon as that is done.
  await allowNewSchemas(client, appRole, 'GRANT');
}

async function allowNewSchemas(client: pg.Client, appRole: string, verb: 'GRANT' | 'REVOKE'): Promise<void> {
  const role = pg.escapeIdentifier(appRole);
  const { rows } = await client.query<{ database: string; isOwner: boolean }>(
    `SELECT datname AS "database", pg_has_role(current_user, datdba, 'USAGE') AS "isOwner"
     FROM pg_database WHERE datname = current_database()`,
  );
  // An owner of the schema alone cannot give this; graphile-worker's own error then says what it lacks.
  const [database] = rows;
  if (!database?.isOwner) return;
  const direction = verb === 'GRANT' ? 'TO' : 'FROM';
  await client.query(
    `${verb} CREATE ON DATABASE ${pg.escapeIdentifier(database.database)} ${direction} ${role}`,
  );
}
