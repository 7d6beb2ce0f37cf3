import { afterEach, expect, test } from 'vitest';
import { originalQuotas } from '../../../../sandbox/targets/rms/sample-tenants.ts';
import { until } from '../../../support/until.ts';
import { testRms } from './rms.ts';

let aheadMilliseconds = 0;
const { call, rms } = await testRms({ now: () => new Date(Date.now() + aheadMilliseconds) });
afterEach(() => {
  aheadMilliseconds = 0;
});

async function idOf(slug: string): Promise<string> {
  return (await call(`GET /api/tenants/${slug}`)).body.id as string;
}

const effectsOn = async (entityId: string) =>
  (await rms.effects()).filter((effect) => effect.entityId === entityId);

test('suspending leaves status, audit entry, notifications, paused counters and one effect', async () => {
  const id = await idOf('stark');
  const before = new Date(Date.now() - 1).toISOString();
  const answer = await call(`PATCH /api/tenants/${id}/suspend`, {
    body: { reason: 'card testing' },
    headers: { 'x-correlation-id': 'run-17', 'idempotency-key': 'key-17' },
  });
  expect(answer).toMatchObject({ status: 200, body: { id, status: 'suspended' } });
  expect(answer.headers.get('x-correlation-id')).toBe('run-17');

  expect((await call('GET /api/tenants/stark')).body).toMatchObject({
    status: 'suspended',
    countersPaused: true,
  });
  const audit = await call(
    `GET /api/audit?entity=tenant&entityId=${id}&section=&action=tenant.suspended&since=${before}`,
  );
  expect(audit.body.entries).toEqual([
    {
      id: expect.any(String),
      at: expect.any(String),
      actor: 'svc:countersign',
      action: 'tenant.suspended',
      section: null,
      changed: ['status', 'counters'],
    },
  ]);
  const told = await call(`GET /api/tenants/${id}/notifications?event=tenant.suspended&since=${before}`);
  expect(told.body).toMatchObject({ total: 2 });
  expect((told.body.notifications as { channel: string }[]).map(({ channel }) => channel).toSorted()).toEqual(
    ['email', 'in_app'],
  );
  expect(await effectsOn(id)).toEqual([
    {
      at: expect.any(Date),
      endpoint: 'suspend',
      entityId: id,
      actor: 'svc:countersign',
      idempotencyKey: 'key-17',
      correlationId: 'run-17',
      bodySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
  await until(
    async () =>
      (await call(`GET /api/tenants/${id}/notifications?event=tenant.suspended&status=sent`)).body.total ===
      1,
    { waitingFor: 'the worker to send the queued email' },
  );
});

test('a tenant is not suspended or activated twice', async () => {
  expect(await call('PATCH /api/tenants/initech/suspend', { body: { reason: 'again' } })).toMatchObject({
    status: 409,
    body: { error: 'tenant is already suspended' },
  });
  expect(await call('PATCH /api/tenants/umbrella/activate', { body: {} })).toMatchObject({
    status: 409,
    body: { error: 'tenant is already active' },
  });
  expect(await effectsOn(await idOf('umbrella'))).toEqual([]);
});

test('of suspensions at the same moment one takes effect', async () => {
  const id = await idOf('umbrella');
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      call(`PATCH /api/tenants/${id}/suspend`, { body: { reason: 'card testing' } }),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(409)]);
  expect(await effectsOn(id)).toHaveLength(1);
});

test('a suspension for later takes effect then, and can be called off before', async () => {
  const order = () => {
    const effectiveAt = new Date(Date.now() + 3_600_000).toISOString();
    return call('PATCH /api/tenants/hooli/suspend', { body: { reason: 'end of contract', effectiveAt } });
  };
  const state = async () => (await call('GET /api/tenants/hooli')).body;
  expect((await order()).body).toMatchObject({ status: 'suspended' });
  expect(await state()).toMatchObject({ status: 'active', countersPaused: false });
  expect((await call('GET /api/tenants?search=hooli')).body.tenants).toMatchObject([{ status: 'active' }]);
  expect((await order()).status).toBe(409);

  aheadMilliseconds = 3_700_000;
  expect(await state()).toMatchObject({ status: 'suspended', countersPaused: true });
  expect((await call('GET /api/tenants?search=hooli')).body.tenants).toMatchObject([{ status: 'suspended' }]);
  aheadMilliseconds = 0;
  expect((await call('PATCH /api/tenants/hooli/activate', { body: {} })).status).toBe(200);
  aheadMilliseconds = 3_700_000;
  expect(await state()).toMatchObject({ status: 'active' });
});

test('a tenant with overdue invoices is not activated', async () => {
  expect(await call('PATCH /api/tenants/globex/activate', { body: {} })).toMatchObject({
    status: 409,
    body: { error: '2 invoices are overdue' },
  });
  expect((await call('GET /api/tenants/globex')).body.status).toBe('suspended');
});

test('counters stay paused until they are resumed, which needs an active tenant', async () => {
  const resume = () => call('POST /api/tenants/initech/counters/resume', { body: {} });
  expect(await resume()).toMatchObject({ status: 409, body: { error: 'tenant is suspended' } });
  const activated = await call('PATCH /api/tenants/initech/activate', { body: { reason: 'all paid' } });
  expect(activated.body).toMatchObject({ status: 'active' });
  expect((await call('GET /api/tenants/initech')).body).toMatchObject({
    status: 'active',
    countersPaused: true,
  });
  const count = Object.keys(originalQuotas).length;
  expect((await resume()).body).toEqual({ id: await idOf('initech'), resumed: count });
  expect((await call('GET /api/tenants/initech')).body.countersPaused).toBe(false);
  expect((await resume()).body).toMatchObject({ resumed: 0 });
  expect((await effectsOn(await idOf('initech'))).map(({ endpoint }) => endpoint)).toEqual([
    'activate',
    'counters/resume',
  ]);
});

test('every maintenance order is carried out, whatever its key', async () => {
  const headers = { 'idempotency-key': 'maintenance-1' };
  const on = () => call('PATCH /api/tenants/hooli/maintenance', { body: { enabled: true }, headers });
  const id = await idOf('hooli');
  expect((await on()).body).toEqual({ id, maintenance: true });
  expect((await on()).status).toBe(200);
  const made = (await effectsOn(id)).filter(({ endpoint }) => endpoint === 'maintenance');
  expect(made).toHaveLength(2);
});

test('refuses what is no order', async () => {
  const refused = async (path: string, body: unknown) => {
    const answer = await call(`PATCH /api/tenants/wayne/${path}`, { body });
    expect(answer.status).toBe(400);
    return answer.body.error;
  };
  expect(await refused('suspend', {})).toMatch(/^reason: /);
  expect(await refused('suspend', { reason: '   ' })).toBe('reason: must be at least 3 characters');
  expect(await refused('suspend', { reason: 'abuse', until: 'friday' })).toMatch(/"until"/);
  expect(await refused('suspend', { reason: 'abuse', effectiveAt: 'tomorrow' })).toMatch(/^effectiveAt: /);
  expect(await refused('suspend', { reason: 'abuse', effectiveAt: '2199-01-01T00:00:00Z' })).toBe(
    'effectiveAt: must be within 90 days',
  );
  expect(await refused('suspend', [])).toMatch(/object/);
  expect(await refused('maintenance', { enabled: 'yes' })).toMatch(/^enabled: /);
  expect((await call('GET /api/tenants/wayne')).body.status).toBe('active');
});

test('finds tenants by part of slug or name, the exact slug first, and none by a wildcard', async () => {
  const found = async (query: string) =>
    ((await call(`GET /api/tenants?${query}`)).body.tenants as { slug: string }[]).map(({ slug }) => slug);
  expect(await found('')).toHaveLength(7);
  expect(await found('search=GmbH&limit=5')).toEqual(['acme']);
  expect((await found('search=e&limit=2')).length).toBe(2);
  expect(await found('search=%25')).toEqual([]);
  expect(await found('search=%00')).toHaveLength(7);
  expect((await call('GET /api/tenants?limit=0')).status).toBe(400);
  expect((await call('GET /api/tenants?find=acme')).status).toBe(400);
});

test('a tenant is known by its id and its slug, in capitals too', async () => {
  const { id } = (await call('GET /api/tenants/acme')).body as { id: string };
  for (const typed of ['ACME', id, id.toUpperCase()]) {
    expect((await call(`GET /api/tenants/${typed}`)).body).toMatchObject({ id, slug: 'acme' });
  }
});

test('does not know a tenant that is not there', async () => {
  const missing = { status: 404, body: { error: 'no such tenant' } };
  expect(await call('GET /api/tenants/nobody')).toMatchObject(missing);
  expect(await call('GET /api/tenants/%00')).toMatchObject({ status: 404 });
  expect(await call('GET /api/tenants/nobody/notifications')).toMatchObject(missing);
  expect(await call('PATCH /api/tenants/nobody/suspend', { body: { reason: 'card testing' } })).toMatchObject(
    missing,
  );
});
