import { expect, test } from 'vitest';
import { testRms } from './rms.ts';

let time = Date.UTC(2026, 10, 20, 12);
const { call, rms } = await testRms({ now: () => new Date(time) });

async function effectsOf(work: () => Promise<unknown>): Promise<number> {
  const before = (await rms.effects()).length;
  await work();
  return (await rms.effects()).length - before;
}

const refused: [request: string, body: unknown, status: number][] = [
  ['POST /api/broadcasts', { subject: 'Hi', text: 'there' }, 400],
  ['POST /api/broadcasts', { subject: 'Hi', text: 'there', channels: ['fax'] }, 400],
  ['POST /api/broadcasts', { subject: 'Hi', text: 'there', channels: 'email,' }, 400],
  ['POST /api/broadcasts', { tenantId: 'nobody', subject: 'Hi', text: 'there', channels: ['email'] }, 404],
  ['POST /api/tickets', { title: '', text: 'x' }, 400],
  ['POST /api/tickets', { title: 'x', text: 'x', severity: 1 }, 400],
  ['POST /api/0/issues/abc/comments/', { text: 'x' }, 404],
  ['PUT /api/flags/sync', { enabled: 'false' }, 400],
  ['PUT /api/flags/none', { enabled: false }, 404],
  ['PUT /api/settings/log-level', { level: 'trace' }, 400],
  ['PUT /api/settings/attachments', { public: 0 }, 400],
  ['PUT /api/settings/monitoring', { httpSampleRate: 1.5 }, 400],
  ['POST /api/monitoring/webhook/rotate', { secret: 'mine' }, 400],
  ['POST /api/sessions/revoke', {}, 400],
  ['POST /api/sessions/revoke', { tenantId: 'nobody' }, 404],
  ['POST /api/queues/none/drain', {}, 404],
  ['POST /api/queues/exports/drain', { really: true }, 400],
  ['POST /api/sync/retry', { device: 'x' }, 400],
  ['POST /api/services/database/restart', {}, 404],
  ['POST /api/restores', { snapshotId: '../etc' }, 400],
  ['POST /api/restores', { snapshotId: 'snap-of-nobody' }, 404],
];
test.each(refused)('refuses %s %j with %i, and nothing happens', async (request, body, status) => {
  let answered: number | undefined;
  expect(
    await effectsOf(async () => {
      answered = (await call(request, { body })).status;
    }),
  ).toBe(0);
  expect(answered).toBe(status);
});

test.each([
  'GET /api/logs?since=yesterday',
  'GET /api/logs?q=x',
  'GET /api/audit/export?format=pdf',
  'GET /api/reminders/status',
  'GET /api/metrics/summary?tenantId=acme',
])('refuses %s', async (request) => {
  expect((await call(request)).status).toBe(400);
});

test('nobody without the token reads or changes anything', async () => {
  const headers = { authorization: 'Bearer other' };
  for (const request of ['GET /api/logs', 'GET /api/email/status', 'GET /api/queues/exports']) {
    expect((await call(request, { headers })).status, request).toBe(401);
  }
  expect((await call('POST /api/sync/retry', { headers, body: {} })).status).toBe(401);
});

const once: [request: string, body: object][] = [
  ['POST /api/broadcasts', { subject: 'Late', text: 'emails', channels: ['email', 'in_app'] }],
  ['POST /api/tickets', { title: 'Cause', text: 'prevention' }],
  ['POST /api/0/issues/4711/comments/', { text: 'the cause' }],
  ['POST /api/monitoring/webhook/rotate', {}],
  ['POST /api/queues/exports/drain', {}],
  ['POST /api/sync/retry', {}],
  ['POST /api/services/worker/restart', {}],
  ['POST /api/restores', { snapshotId: 'snap-nightly' }],
];
test.each(once)('%s happens once for one Idempotency-Key', async (request, body) => {
  const headers = { 'idempotency-key': `k-${request}` };
  const answers: unknown[] = [];
  expect(
    await effectsOf(async () => {
      for (let times = 0; times < 2; times++) answers.push(await call(request, { body, headers }));
    }),
  ).toBe(1);
  const [first, second] = answers as { body: unknown; status: number }[];
  expect(first!.status).toBeLessThan(300);
  expect(second!.body).toEqual(first!.body);
});

test('a switch that stands so already has no effect and no audit entry', async () => {
  const set = () => call('PUT /api/flags/public-api', { body: { enabled: false } });
  expect(await effectsOf(set)).toBe(1);
  expect(await effectsOf(set)).toBe(0);
  expect((await call('GET /api/flags/public-api')).body).toMatchObject({ enabled: false });
  const { body } = await call('GET /api/audit?section=flags');
  expect(body.entries).toMatchObject([{ action: 'settings.updated', changed: ['enabled'] }]);
});

test('two who set one switch at once make one change each, or one between them', async () => {
  const set = () => call('PUT /api/settings/log-level', { body: { level: 'warn' } });
  expect(await effectsOf(() => Promise.all([set(), set(), set()]))).toBe(1);
});

test('an export is told by its size and hash, which change with what is in it', async () => {
  const before = (await call('GET /api/audit/export?tenantId=acme')).body;
  expect(before).toMatchObject({ format: 'csv', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await call('GET /api/audit/export?tenantId=acme')).body).toEqual(before);
  await call('POST /api/sessions/revoke', { body: { tenantId: 'acme' } });
  const after = (await call('GET /api/audit/export?tenantId=acme')).body;
  expect(after.count).toBe(Number(before.count) + 1);
  expect(after.sha256).not.toBe(before.sha256);
});

test('email status names what was changed and by whom, never a value', async () => {
  const { body } = await call('GET /api/email/status?tenantId=acme');
  expect(body).toMatchObject({
    dryRun: false,
    provider: { authenticated: false },
    settingsChanged: [{ by: 'deploy-bot', names: ['email.smtp.user', 'email.smtp.pass'] }],
  });
  expect(Number(body.sendFailed)).toBe(240);
  await call('PUT /api/settings/communications?tenantId=acme', {
    body: { email: { smtp: { pass: 'restored-pass' } } },
  });
  const restored = (await call('GET /api/email/status?tenantId=acme')).body;
  expect(restored).toMatchObject({ provider: { authenticated: true } });
  expect(JSON.stringify(restored)).not.toContain('restored-pass');
});

test('devices push what they hold once they are told to try again', async () => {
  time += 60_000;
  const { body } = await call('GET /api/sync/devices');
  expect(body).toMatchObject({ queued: 0, failedPushes: 0 });
});

test('a restore runs for a while, alone', async () => {
  const body = { snapshotId: 'snap-before-2-14-2' };
  expect((await call('POST /api/restores', { body })).status).toBe(202);
  expect((await call('POST /api/restores', { body })).status).toBe(409);
  expect((await call('GET /api/restores/snap-before-2-14-2')).body).toMatchObject({ status: 'running' });
  time += 3_000;
  expect((await call('GET /api/restores/snap-before-2-14-2')).body).toMatchObject({ status: 'succeeded' });
});

test('a restart is refused while the service says that its database is down', async () => {
  rms.faults.set({ endpoint: 'ready', fault: 'not_ready', times: 3 });
  expect((await call('POST /api/services/api/restart', { body: {} })).status).toBe(409);
  expect((await call('POST /api/services/worker/restart', { body: {} })).status).toBe(202);
  rms.faults.clear();
  expect((await call('POST /api/services/api/restart', { body: {} })).body).toMatchObject({
    status: 'restarting',
  });
  time += 1_000;
  expect((await call('GET /api/services/api')).body).toMatchObject({ status: 'running' });
});
