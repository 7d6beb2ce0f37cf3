import { expect, test } from 'vitest';
import { situations } from '../../../../sandbox/targets/rms/sample-deployments.ts';
import { sampleTenants } from '../../../../sandbox/targets/rms/sample-tenants.ts';
import { seedRms } from '../../../../sandbox/targets/rms/seed.ts';
import { testRms } from './rms.ts';

const startedAt = Date.now();
const { call, databaseUrl, pool } = await testRms();

async function contents(): Promise<string> {
  const { rows } = await pool.query(
    `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS sum FROM (
       SELECT to_jsonb(t) FROM rms.tenants t UNION ALL SELECT to_jsonb(t) FROM rms.invoices t
       UNION ALL SELECT to_jsonb(t) FROM rms.quotas t UNION ALL SELECT to_jsonb(t) FROM rms.notifications t
       UNION ALL SELECT to_jsonb(t) FROM rms.audit_log t UNION ALL SELECT to_jsonb(t) FROM rms.releases t
       UNION ALL SELECT to_jsonb(t) FROM rms.communication_settings t
     ) AS everything (t)`,
  );
  return rows[0].sum;
}

test('Acme has 240 failed emails of the last two hours, for four reasons, and three failed messages', async () => {
  const since = new Date(startedAt - 2 * 3_600_000).toISOString();
  const { body } = await call(
    `GET /api/tenants/acme/notifications?status=failed&channel=email&since=${since}&limit=1000`,
  );
  const failed = body.notifications as { id: string; reason: string; createdAt: string }[];
  expect(body.total).toBe(240);
  expect(new Set(failed.map(({ id }) => id)).size).toBe(240);
  expect(Object.groupBy(failed, ({ reason }) => reason)).toMatchObject({
    smtp_timeout: { length: 131 },
    connection_refused: { length: 68 },
    rate_limited: { length: 37 },
    mailbox_full: { length: 4 },
  });
  const times = failed.map(({ createdAt }) => Date.parse(createdAt));
  expect(times).toEqual(times.toSorted((left, right) => left - right));
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(100 * 60_000);
  const sms = await call('GET /api/tenants/acme/notifications?status=failed&channel=sms');
  expect(sms.body.total).toBe(3);
});

test('the tenants are as their stories tell', async () => {
  const told = async (slug: string) => (await call(`GET /api/tenants/${slug}`)).body;
  expect(await told('acme')).toMatchObject({
    name: 'Acme GmbH',
    status: 'active',
    activeUsers: 42,
    openInvoices: [{ overdue: false }, { overdue: false }, { overdue: false }],
    pendingNotifications: 12,
    countersPaused: false,
  });
  expect(await told('globex')).toMatchObject({
    status: 'suspended',
    openInvoices: [{ overdue: true }, { overdue: true }, { overdue: false }],
    countersPaused: true,
  });
  expect(await told('initech')).toMatchObject({
    status: 'suspended',
    openInvoices: [],
    quotas: [
      { name: 'api_calls', limit: 10_000, originalLimit: 100_000 },
      { name: 'documents', limit: 5_000, originalLimit: 50_000 },
      { name: 'storage_gb', limit: 500, originalLimit: 500 },
    ],
    countersPaused: true,
  });
});

test('a second start keeps the data, also what was changed, and two at once seed once', async () => {
  const suspended = await call('PATCH /api/tenants/wayne/suspend', { body: { reason: 'left us' } });
  expect(suspended.status).toBe(200);
  const before = await contents();
  await Promise.all([seedRms({ databaseUrl }), seedRms({ databaseUrl })]);
  expect(await contents()).toBe(before);
});

test('another situation replaces the releases and nothing else', async () => {
  const tenant = (await call('GET /api/tenants/acme')).body;
  await seedRms({ databaseUrl, situation: 'incompatible' });
  const { body } = await call('GET /api/releases');
  expect((body.releases as { version: string }[])[0]?.version).toBe('3.0.0');
  expect((await call('GET /api/tenants/acme')).body).toEqual(tenant);
});

test('an id of one environment is unknown in the others', () => {
  const ids = situations.flatMap((situation) => sampleTenants(situation).map(({ id }) => id));
  expect(ids).toHaveLength(21);
  expect(new Set(ids).size).toBe(21);
});
