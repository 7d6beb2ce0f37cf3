import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { startRms } from '../../../../sandbox/targets/rms/server.ts';
import { testDatabase } from '../../../support/database.ts';
import { TcpProxy } from '../../../support/tcp-proxy.ts';

const database = await testDatabase({ isEmpty: true });
const proxy = await TcpProxy.to(database.superuserUrl);
const rms = await startRms({ databaseUrl: proxy.through(database.superuserUrl), token: 'a-token' });
afterAll(async () => {
  await proxy.resume();
  await rms.close();
  await proxy.stop();
});

async function probe(base: string, path: string) {
  const response = await fetch(base + path);
  return { status: response.status, body: await response.json(), date: response.headers.get('date') };
}

test('API and worker answer both probes under every usual path, without a token', async () => {
  for (const base of [rms.url, rms.workerUrl]) {
    for (const path of ['/health', '/healthz', '/api/health']) {
      expect(await probe(base, path)).toMatchObject({ status: 200, body: { status: 'ok' } });
    }
    for (const path of ['/ready', '/readyz', '/api/health/ready']) {
      const answer = await probe(base, path);
      expect(answer).toMatchObject({
        status: 200,
        body: { status: 'ready', checks: { database: { status: 'up' } } },
      });
      expect(Math.abs(Date.parse(answer.date!) - Date.now())).toBeLessThan(5_000);
    }
  }
});

test('the worker serves nothing but its probes', async () => {
  const response = await fetch(`${rms.workerUrl}/api/tenants`, {
    headers: { authorization: 'Bearer a-token' },
  });
  expect(response.status).toBe(404);
});

test('names a pending migration, on the API alone', async () => {
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    await client.query("INSERT INTO rms.migrations (name, is_applied) VALUES ('29990101-0000-next', false)");
    expect(await probe(rms.url, '/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'unavailable',
        checks: { database: { status: 'up' }, migrations: { status: 'down', error: '1 pending' } },
      },
    });
    expect(await probe(rms.workerUrl, '/ready')).toMatchObject({ status: 200 });
    await client.query('DELETE FROM rms.migrations WHERE NOT is_applied');
  } finally {
    await client.end();
  }
});

test('is alive and not ready while the database is away, and ready when it is back', async () => {
  await proxy.refuse();
  for (const base of [rms.url, rms.workerUrl]) {
    expect(await probe(base, '/health')).toMatchObject({ status: 200 });
    expect(await probe(base, '/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'unavailable',
        checks: { database: { status: 'down', error: expect.stringContaining('ECONNREFUSED') } },
      },
    });
  }
  await proxy.resume();
  expect(await probe(rms.url, '/ready')).toMatchObject({ status: 200 });
});

test('answers within seconds that a database says nothing', async () => {
  proxy.blackhole();
  expect(await probe(rms.url, '/ready')).toMatchObject({
    status: 503,
    body: { checks: { database: { status: 'down', error: 'no answer within 2 s' } } },
  });
  proxy.cut();
});

test('can be told to answer as if its database were gone', async () => {
  await proxy.resume();
  rms.faults.set({ endpoint: 'worker-ready', fault: 'not_ready', times: 1 });
  expect(await probe(rms.workerUrl, '/ready')).toMatchObject({
    status: 503,
    body: { status: 'unavailable', checks: { database: { status: 'down' } } },
  });
  expect(await probe(rms.workerUrl, '/ready')).toMatchObject({ status: 200 });
});
