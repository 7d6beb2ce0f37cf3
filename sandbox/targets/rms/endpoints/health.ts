import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Endpoint } from '../endpoint.ts';

interface Check {
  readonly status: 'up' | 'down';
  readonly error?: string;
}

const up: Check = { status: 'up' };
const down = (error: string): Check => ({ status: 'down', error });

/** Probes are asked again every few seconds, so a check that takes longer is an answer too. */
const checkMilliseconds = 2_000;

async function checked(look: () => Promise<Check>): Promise<Check> {
  const late = new AbortController();
  const tooLate = pause(checkMilliseconds, down(`no answer within ${checkMilliseconds / 1000} s`), {
    signal: late.signal,
  });
  // Whichever of the two comes second must not reject where nobody waits.
  tooLate.catch(() => undefined);
  const looking = look();
  looking.catch(() => undefined);
  try {
    return await Promise.race([looking, tooLate]);
  } catch (error) {
    // pg's own message names the host and why, without the password.
    return down(error instanceof Error && error.message !== '' ? error.message : 'does not answer');
  } finally {
    late.abort();
  }
}

const database = (pool: pg.Pool) =>
  checked(async () => {
    await pool.query('SELECT 1');
    return up;
  });

const migrations = (pool: pg.Pool) =>
  checked(async () => {
    const { rows } = await pool.query('SELECT FROM rms.migrations WHERE NOT is_applied');
    return rows.length === 0 ? up : down(`${rows.length} pending`);
  });

const jobQueue = (pool: pg.Pool) =>
  checked(async () => {
    await pool.query('SELECT FROM rms.queues LIMIT 1');
    return up;
  });

/** Alive says only that this process answers; a restart would not bring a database back. */
const health = (name: string): Endpoint => ({
  name,
  method: 'GET',
  paths: ['/health', '/healthz', '/api/health'],
  isOpen: true,
  answer: async () => ({ status: 200, body: { status: 'ok', checks: { process: up } } }),
});

const ready = (
  name: string,
  checks: Readonly<Record<string, (pool: pg.Pool) => Promise<Check>>>,
): Endpoint => ({
  name,
  method: 'GET',
  paths: ['/ready', '/readyz', '/api/health/ready'],
  isOpen: true,
  async answer(_call, { pool }) {
    const results = await Promise.all(
      Object.entries(checks).map(async ([part, look]) => [part, await look(pool)] as const),
    );
    const isReady = results.every(([, check]) => check.status === 'up');
    const body = { status: isReady ? 'ready' : 'unavailable', checks: Object.fromEntries(results) };
    return { status: isReady ? 200 : 503, body };
  },
});

export const apiHealthEndpoints: readonly Endpoint[] = [
  health('health'),
  ready('ready', { database, migrations }),
];
export const workerHealthEndpoints: readonly Endpoint[] = [
  health('worker-health'),
  ready('worker-ready', { database, queue: jobQueue }),
];
