import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientBase, Pool } from 'pg';

export const SCHEMA = 'countersign';
export const MIGRATIONS_TABLE = 'migrations';
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('./migrations', import.meta.url));

/** What /ready asks: migrations this version needs that the database has not seen. */
export async function migrationStatus(
  client: Pick<ClientBase | Pool, 'query'>,
  folder: string = MIGRATIONS_FOLDER,
): Promise<{ readonly pending: readonly string[] }> {
  return { pending: await pendingMigrations(client, folder) };
}

export async function pendingMigrations(
  client: Pick<ClientBase | Pool, 'query'>,
  folder: string,
): Promise<string[]> {
  const applied = await appliedMigrations(client);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => basename(file, '.sql'))
    .filter((name) => !applied.has(name))
    .sort();
}

async function appliedMigrations(client: Pick<ClientBase | Pool, 'query'>): Promise<Set<string>> {
  const table = `${SCHEMA}.${MIGRATIONS_TABLE}`;
  const { rows: found } = await client.query<{ exists: boolean }>(
    'SELECT to_regclass($1::text) IS NOT NULL AS "exists"',
    [table],
  );
  if (!found[0]?.exists) return new Set();
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table}`);
  return new Set(rows.map(({ name }) => name));
}
