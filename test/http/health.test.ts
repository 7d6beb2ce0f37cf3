import { describe, expect, it, onTestFinished } from 'vitest';
import { health, ready, type SlackState } from '../../src/http/health.ts';
import { listen } from '../../src/http/server.ts';

const since = new Date('2026-11-20T18:00:00Z');

async function ask(deps: {
  pendingMigrations?: () => Promise<readonly string[]>;
  slack?: SlackState;
  isStopping?: boolean;
}) {
  const server = await listen(
    {
      'GET /health': health,
      'GET /ready': ready({
        pendingMigrations: deps.pendingMigrations ?? (async () => []),
        slack: () => deps.slack ?? { state: 'connected', since },
        isStopping: () => deps.isStopping ?? false,
      }),
    },
    { port: 0, host: '127.0.0.1', onFault: () => undefined },
  );
  onTestFinished(() => server.close());
  const at = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
  const response = await at('/ready');
  return { status: response.status, body: await response.json(), health: (await at('/health')).status };
}

describe('/ready and /health', () => {
  it('is ready with a database that has every migration', async () => {
    expect(await ask({})).toEqual({
      status: 200,
      health: 200,
      body: { status: 'ready', database: 'ok', slack: { state: 'connected', since: since.toISOString() } },
    });
  });

  it('stays ready while Slack is away, and says so', async () => {
    const answer = await ask({ slack: { state: 'unreachable', since } });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ready', slack: { state: 'unreachable' } } });
  });

  it('is not ready without its database, while the process is healthy', async () => {
    const answer = await ask({ pendingMigrations: () => Promise.reject(new Error('ECONNREFUSED')) });
    expect(answer).toMatchObject({ status: 503, health: 200, body: { database: 'unreachable' } });
  });

  it('does not wait for a database that does not answer', async () => {
    const answer = await ask({ pendingMigrations: () => new Promise(() => {}) });
    expect(answer).toMatchObject({ status: 503, body: { status: 'not_ready', database: 'unreachable' } });
  });

  it('names the migrations that are missing', async () => {
    const answer = await ask({ pendingMigrations: async () => ['0002_runs'] });
    expect(answer).toMatchObject({
      status: 503,
      body: { database: 'migrations_pending', pendingMigrations: ['0002_runs'] },
    });
  });

  it('is not ready while it stops', async () => {
    expect(await ask({ isStopping: true })).toMatchObject({ status: 503, body: { status: 'stopping' } });
  });
});
