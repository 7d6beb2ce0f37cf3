import { expect, test } from 'vitest';
import { startRms } from '../../../../sandbox/targets/rms/server.ts';
import { TcpProxy } from '../../../support/tcp-proxy.ts';
import { until } from '../../../support/until.ts';
import { testRms } from './rms.ts';

const { call, rms, databaseUrl, pool } = await testRms();

test('nobody without the token learns anything, not even which paths there are', async () => {
  for (const authorization of ['', 'Bearer another', 'Basic YTpi', 'Bearer', `bearer${rms.token}`]) {
    for (const request of ['GET /api/tenants', 'GET /nowhere', 'DELETE /api/tenants', 'GET /faults']) {
      const answer = await call(request, { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, body: { error: 'missing or unknown bearer token' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  }
});

test('refuses what is no request it knows', async () => {
  expect(await call('GET /nowhere')).toMatchObject({ status: 404, body: { error: 'no such endpoint' } });
  const wrongMethod = await call('DELETE /api/settings/communications');
  expect(wrongMethod).toMatchObject({ status: 405, body: { error: 'method not allowed' } });
  expect(wrongMethod.headers.get('allow')).toBe('GET, PUT');

  const suspend = 'PATCH /api/tenants/acme/suspend';
  expect(await call(suspend, { body: '{"reason":' })).toMatchObject({
    status: 400,
    body: { error: 'the body is not JSON' },
  });
  expect(
    await call(suspend, { body: 'reason=abuse', headers: { 'content-type': 'text/plain' } }),
  ).toMatchObject({ status: 415, body: { error: 'send application/json' } });
  expect(await call(suspend)).toMatchObject({ status: 415 });
  expect(await call(suspend, { body: { reason: 'x'.repeat(70_000) } })).toMatchObject({ status: 413 });
  expect((await call('GET /api/tenants/acme')).body.status).toBe('active');
});

test('echoes the ids of a request, keeps the correlation id, and gives one to a request without', async () => {
  const both = await call('POST /api/test-email', {
    body: { to: 'ops@rms.example' },
    headers: { 'x-correlation-id': 'run-4', 'x-request-id': 'req-9' },
  });
  expect(both.headers.get('x-correlation-id')).toBe('run-4');
  expect(both.headers.get('x-request-id')).toBe('req-9');
  const one = await call('POST /api/test-email', {
    body: { to: 'ops@rms.example' },
    headers: { 'x-request-id': 'req-10' },
  });
  expect(one.headers.get('x-correlation-id')).toBeNull();
  const none = await call('POST /api/test-email', { body: { to: 'ops@rms.example' } });
  expect((await rms.effects()).map(({ correlationId }) => correlationId)).toEqual([
    'run-4',
    'req-10',
    none.headers.get('x-request-id'),
  ]);
});

test('tells the requests that arrived from those that had an effect', async () => {
  const sinceMilliseconds = performance.timeOrigin + performance.now();
  await call('GET /api/tenants/hooli');
  await call('PATCH /api/tenants/initech/suspend', { body: { reason: 'again' } });
  await call('PATCH /api/tenants/hooli/maintenance', { body: { enabled: false } });
  const arrived = rms.requests({ sinceMilliseconds });
  expect(arrived.map(({ endpoint, status, hadEffect }) => [endpoint, status, hadEffect])).toEqual([
    ['tenant', 200, false],
    ['suspend', 409, false],
    ['maintenance', 200, true],
  ]);
  const times = arrived.map(({ arrivedAtMilliseconds }) => arrivedAtMilliseconds);
  expect(times).toEqual(times.toSorted((left, right) => left - right));
  expect(times[0]).toBeGreaterThanOrEqual(sinceMilliseconds);
});

test('effects outlive the process, and can be asked for from a time on', async () => {
  const before = await rms.effects();
  const second = await startRms({
    databaseUrl,
    token: 'another',
    now: () => new Date('2026-01-01T00:00:00Z'),
  });
  try {
    expect(await second.effects()).toEqual(before);
    const since = before.at(-1)!.at;
    expect(await second.effects({ since })).toEqual(before.filter(({ at }) => at >= since));
    expect(await second.effects({ since: new Date('2999-01-01T00:00:00Z') })).toEqual([]);
  } finally {
    await second.close();
  }
});

test('a database that goes away in the middle of a change undoes it and answers 500; the process lives', async () => {
  const proxy = await TcpProxy.to(databaseUrl);
  const lines: string[] = [];
  const second = await startRms({
    databaseUrl: proxy.through(databaseUrl),
    token: rms.token,
    log: { write: (line) => void lines.push(line) },
  });
  const maintain = () =>
    fetch(`${second.url}/api/tenants/stark/maintenance`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${rms.token}`, 'content-type': 'application/json' },
      body: '{"enabled":true}',
    });
  const before = await rms.effects();
  const blocker = await pool.connect();
  try {
    await blocker.query("BEGIN; SELECT FROM rms.tenants WHERE slug = 'stark' FOR UPDATE");
    const answering = maintain();
    await until(
      async () =>
        (await pool.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rows.length === 1,
      { waitingFor: 'the change to wait for the locked tenant' },
    );
    proxy.cut();
    const response = await answering;
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'internal error' });
    expect(JSON.parse(lines[0]!)).toMatchObject({ path: '/api/tenants/stark/maintenance' });
    await blocker.query('ROLLBACK');
    expect(await rms.effects()).toEqual(before);
    expect((await maintain()).status).toBe(200);
  } finally {
    blocker.release(true);
    await second.close();
    await proxy.stop();
  }
});
