import pg from 'pg';
import type { TestDatabase } from './database.ts';

/**
 * Makes every reading of the target's audit log wait, until the returned function is called: a run is then
 * in its middle for as long as a test needs it there.
 */
export async function holdAuditLog(pilot: TestDatabase): Promise<() => Promise<void>> {
  const client = new pg.Client({
    connectionString: pilot.superuserUrl,
    application_name: 'the test holding the audit log',
  });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE "AuditLog" IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
}
