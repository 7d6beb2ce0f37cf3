import { expect, test } from 'vitest';
import { inSnapshot, type Session } from '../../src/targets/audit-snapshot.ts';
import { SessionCache } from '../../src/targets/session-cache.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase({ isEmpty: true });

test("carries the request's id into the target's own log, and uses the connection again", async () => {
  const sessions = new SessionCache<Session>();
  const seen = (correlationId?: string) =>
    inSnapshot(
      {
        target: 'pilot',
        databaseUrl: database.superuserUrl,
        timeoutSeconds: 10,
        signal: new AbortController().signal,
        sessions,
        correlationId,
      },
      async (snapshot) => {
        const [row] = await snapshot.rows<{ name: string; pid: number }>(
          `SELECT current_setting('application_name') AS name, pg_backend_pid() AS pid`,
          [],
        );
        return row!;
      },
    );
  const first = await seen('c-1');
  const second = await seen();
  expect(first.name).toBe('countersign c-1');
  expect(second.name).toBe('countersign verify-audit');
  expect(second.pid).toBe(first.pid);
  await sessions.close();
});
