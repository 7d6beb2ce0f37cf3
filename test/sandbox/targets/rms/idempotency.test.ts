import { expect, test } from 'vitest';
import { testRms } from './rms.ts';

const { call, rms } = await testRms();

const suspend = (slug: string, key: string, reason = 'card testing') =>
  call(`PATCH /api/tenants/${slug}/suspend`, { body: { reason }, headers: { 'idempotency-key': key } });
const effectsWith = async (key: string) =>
  (await rms.effects()).filter(({ idempotencyKey }) => idempotencyKey === key);

test('the same request with the same key gets the stored answer, without a second effect', async () => {
  const first = await suspend('acme', 'same');
  const second = await suspend('acme', 'same');
  expect(first.headers.has('idempotent-replayed')).toBe(false);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.status).toBe(first.status);
  expect(second.body).toEqual(first.body);
  expect(await effectsWith('same')).toHaveLength(1);
});

test('the same key at the same moment makes one effect and one answer', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => suspend('hooli', 'at once')));
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await effectsWith('at once')).toHaveLength(1);
});

test('a key does not serve another request', async () => {
  const refusal = { status: 422, body: { error: 'this Idempotency-Key was used for another request' } };
  await suspend('stark', 'mine');
  expect(await suspend('stark', 'mine', 'another reason')).toMatchObject(refusal);
  expect(await suspend('wayne', 'mine')).toMatchObject(refusal);
  expect(
    await call('PATCH /api/tenants/stark/activate', { body: {}, headers: { 'idempotency-key': 'mine' } }),
  ).toMatchObject(refusal);
  expect(await effectsWith('mine')).toHaveLength(1);
});

test('a refusal is judged anew, because it had no effect', async () => {
  const activate = () =>
    call('PATCH /api/tenants/umbrella/activate', {
      body: {},
      headers: { 'idempotency-key': 'activate umbrella' },
    });
  expect((await activate()).status).toBe(409);
  await suspend('umbrella', 'suspend umbrella');
  expect((await activate()).status).toBe(200);
});

test('one test email is queued for a key, however often it is asked for', async () => {
  const ask = () =>
    call('POST /api/test-email', {
      body: { to: 'ops@rms.example', tenantId: 'initech' },
      headers: { 'idempotency-key': 'mail' },
    });
  const first = await ask();
  expect(first).toMatchObject({ status: 202, body: { id: expect.any(String), status: 'queued' } });
  expect((await ask()).body).toEqual(first.body);
  expect(await effectsWith('mail')).toMatchObject([{ endpoint: 'test-email', entityId: first.body.id }]);
  expect((await call('POST /api/test-email', { body: { to: 'nobody' } })).status).toBe(400);
  expect(
    (await call('POST /api/test-email', { body: { to: 'ops@rms.example', tenantId: 'x' } })).status,
  ).toBe(404);
});

test('refuses a key that is too long, and has no effect', async () => {
  expect(await suspend('initech', 'x'.repeat(256))).toMatchObject({ status: 400 });
});
