import pg from 'pg';
import { afterAll } from 'vitest';
import { type RmsOptions, startRms } from '../../../../sandbox/targets/rms/server.ts';
import { testDatabase } from '../../../support/database.ts';

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An RMS on a database of this file's own, ended after its last test, and a way to call it. */
export async function testRms(options: Partial<RmsOptions> = {}) {
  const database = await testDatabase({ isEmpty: true });
  const databaseUrl = database.superuserUrl;
  const rms = await startRms({ databaseUrl, token: 'a-token-of-this-test', ...options });
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  afterAll(async () => {
    await pool.end();
    await rms.close();
  });

  async function call(request: string, { body, headers }: CallOptions = {}): Promise<Answered> {
    const [method = '', path = ''] = request.split(' ');
    const response = await fetch(new URL(path, rms.url), {
      method,
      headers: {
        authorization: `Bearer ${rms.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      body: (await response.json()) as Record<string, unknown>,
      headers: response.headers,
    };
  }

  return { rms, database, databaseUrl, pool, call };
}
