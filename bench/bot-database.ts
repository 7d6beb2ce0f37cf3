import pg from 'pg';
import { APP_ROLE, type EmbeddedPostgres, OWNER_ROLE } from '../src/postgres/embedded.ts';

export interface BotDatabase {
  /** As the bot's login sees it. */
  readonly appUrl: string;
  readonly ownerUrl: string;
}

/** An empty database for a bot: other measurements must not have filled its tables. */
export async function botDatabase(postgres: EmbeddedPostgres, name: string): Promise<BotDatabase> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name} OWNER ${OWNER_ROLE}`);
    await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${APP_ROLE}`);
  } finally {
    await client.end();
  }
  return { appUrl: inDatabase(postgres.appUrl, name), ownerUrl: inDatabase(postgres.ownerUrl, name) };
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
