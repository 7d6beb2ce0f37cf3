import { expect, test } from 'vitest';
import { testRms } from './rms.ts';

const { call, rms, pool } = await testRms();

interface Notification {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
}

async function list(query: string, tenant = 'acme') {
  const { body } = await call(`GET /api/tenants/${tenant}/notifications?${query}`);
  return body as unknown as { total: number; notifications: Notification[] };
}
const resend = (id: string, headers: Record<string, string> = {}) =>
  call(`PATCH /api/notifications/${id}/resend`, { body: {}, headers });
const effectsOn = async (id: string) => (await rms.effects()).filter(({ entityId }) => entityId === id);
/** The tenant's own story says what the provider will answer. */
async function failedThat(onResend: string): Promise<string> {
  const { rows } = await pool.query(
    `SELECT n.id FROM rms.notifications n JOIN rms.tenants t ON t.id = tenant_id
     WHERE slug = 'acme' AND n.status = 'failed' AND on_resend = $1 ORDER BY n.id LIMIT 1`,
    [onResend],
  );
  return rows[0].id;
}

test('lists without addresses, bounded, with the total of what matches', async () => {
  const { total, notifications } = await list('status=failed&limit=2');
  expect(total).toBe(243);
  expect(notifications).toHaveLength(2);
  expect(Object.keys(notifications[0]!).toSorted()).toEqual(
    ['channel', 'createdAt', 'event', 'failedAt', 'id', 'reason', 'status'].toSorted(),
  );
  expect(JSON.stringify(notifications)).not.toContain('@');
});

test('lists the asked ids that are there, and only of that tenant', async () => {
  const [one, two] = (await list('status=failed&limit=2')).notifications;
  const ids = `${two!.id},ntf_unknown,${one!.id}`;
  const found = await list(`ids=${ids}`);
  expect(found.notifications.map(({ id }) => id).toSorted()).toEqual([one!.id, two!.id].toSorted());
  expect(found.total).toBe(2);
  expect(await list(`ids=${ids}`, 'hooli')).toEqual({ total: 0, notifications: [] });
});

test('sends a failed one again', async () => {
  const id = await failedThat('sent');
  expect((await resend(id)).body).toEqual({ id, status: 'sent' });
  expect((await list(`ids=${id}`)).notifications[0]?.status).toBe('sent');
  expect(await effectsOn(id)).toHaveLength(1);
});

test('sends once more at every request, whatever its key: nobody is protected from a second email', async () => {
  const id = await failedThat('sent');
  const headers = { 'idempotency-key': 'resend-1' };
  await resend(id, headers);
  expect((await resend(id, headers)).body).toEqual({ id, status: 'sent' });
  expect(await effectsOn(id)).toMatchObject([
    { endpoint: 'resend', idempotencyKey: 'resend-1' },
    { endpoint: 'resend', idempotencyKey: 'resend-1' },
  ]);
});

test('fails again where the mailbox is full, with no effect', async () => {
  const id = await failedThat('mailbox_full');
  const answer = { id, status: 'failed', reason: 'mailbox_full' };
  expect((await resend(id)).body).toEqual(answer);
  expect((await resend(id)).body).toEqual(answer);
  expect((await list(`ids=${id}`)).notifications).toMatchObject([
    { id, status: 'failed', reason: 'mailbox_full' },
  ]);
  expect(await effectsOn(id)).toEqual([]);
});

test('finds some delivered meanwhile, and sends nothing', async () => {
  const id = await failedThat('already_delivered');
  expect((await resend(id)).body).toEqual({ id, status: 'already_delivered' });
  expect((await list(`ids=${id}`)).notifications[0]?.status).toBe('delivered');
  expect(await effectsOn(id)).toEqual([]);
});

test('refuses one that is pending, unknown, or asked for with a body it does not take', async () => {
  const [pending] = (await list('status=pending')).notifications;
  expect(await resend(pending!.id)).toMatchObject({
    status: 409,
    body: { error: 'notification is still pending' },
  });
  expect(await resend('ntf_unknown')).toMatchObject({
    status: 404,
    body: { error: 'no such notification' },
  });
  const id = await failedThat('sent');
  const forced = await call(`PATCH /api/notifications/${id}/resend`, { body: { force: true } });
  expect(forced.status).toBe(400);
  expect(await effectsOn(id)).toEqual([]);
});

test('refuses filters it does not know', async () => {
  for (const query of ['status=lost', 'channel=fax', 'since=yesterday', 'limit=1001', 'tenant=acme']) {
    const answer = await call(`GET /api/tenants/acme/notifications?${query}`);
    expect(answer.status, query).toBe(400);
    expect(answer.body.error).toEqual(expect.any(String));
  }
});
