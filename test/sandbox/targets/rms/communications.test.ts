import { expect, test } from 'vitest';
import { sampleSecrets } from '../../../../sandbox/targets/rms/sample-communications.ts';
import { testRms } from './rms.ts';

const { call, rms } = await testRms();
const acme = (await call('GET /api/tenants/acme')).body.id as string;
const hooli = (await call('GET /api/tenants/hooli')).body.id as string;
const path = '/api/settings/communications';

test('returns the settings with their secrets, which a caller has to mask', async () => {
  const { body } = await call(`GET ${path}?tenantId=${acme}`);
  expect(body).toMatchObject({
    tenantId: acme,
    source: 'tenant',
    email: {
      smtp: { pass: sampleSecrets.acmeSmtpPassword },
      fallbackUrl: expect.stringContaining(sampleSecrets.fallbackPassword),
    },
    sms: { twilio: { authToken: sampleSecrets.twilioToken } },
  });
});

test('a tenant without settings of its own has the default ones', async () => {
  const own = await call(`GET ${path}?tenantId=${hooli}`);
  const shared = await call(`GET ${path}`);
  expect(own.body).toMatchObject({ tenantId: hooli, source: 'default' });
  expect(shared.body).toMatchObject({ tenantId: null, source: 'default' });
  expect(own.body.email).toEqual(shared.body.email);
  expect((await call(`GET ${path}?tenantId=nobody`)).status).toBe(404);
});

test('audits the names of what a change changed, never its values', async () => {
  const since = new Date(Date.now() - 1).toISOString();
  const body = { email: { smtp: { pass: 'rotated-pass', port: 465 } }, sms: { from: '+4930111' } };
  const changed = await call(`PUT ${path}?tenantId=${acme}`, { body });
  expect(changed.body).toMatchObject({ email: { smtp: { pass: 'rotated-pass', user: 'acme-rms' } } });
  const audit = await call(
    `GET /api/audit?entity=settings&entityId=${acme}&section=communications&since=${since}`,
  );
  expect(audit.body.entries).toMatchObject([
    {
      action: 'settings.updated',
      section: 'communications',
      actor: 'svc:countersign',
      changed: ['email.smtp.pass', 'sms.from'],
    },
  ]);
  expect(JSON.stringify(audit.body)).not.toContain('rotated-pass');
  expect((await rms.effects()).map(({ endpoint, entityId }) => [endpoint, entityId])).toEqual([
    ['update-settings', acme],
  ]);
});

test('the newest audit entries come first, the cause of the failing emails among them', async () => {
  const { body } = await call(
    `GET /api/audit?entity=settings&entityId=${acme}&section=communications&limit=2`,
  );
  expect(body.entries).toMatchObject([
    { actor: 'svc:countersign' },
    { actor: 'deploy-bot', changed: ['email.smtp.user', 'email.smtp.pass'] },
  ]);
});

test('a change that changes nothing has no effect', async () => {
  const before = await rms.effects();
  const { status } = await call(`PUT ${path}`, { body: { sms: { provider: 'twilio' } } });
  expect(status).toBe(200);
  expect(await rms.effects()).toEqual(before);
});

test('a tenant that changes the default settings gets its own, and others keep theirs', async () => {
  await call(`PUT ${path}?tenantId=${hooli}`, { body: { email: { from: 'mail@hooli.example' } } });
  expect((await call(`GET ${path}?tenantId=${hooli}`)).body).toMatchObject({
    source: 'tenant',
    email: { from: 'mail@hooli.example', smtp: { pass: sampleSecrets.smtpPassword } },
  });
  expect((await call(`GET ${path}`)).body).toMatchObject({ email: { from: 'no-reply@rms.example' } });
});

test('refuses settings there are not', async () => {
  for (const body of [{ fax: {} }, { email: { smtp: { port: 0 } } }, { sms: { twilio: { token: 'x' } } }]) {
    expect((await call(`PUT ${path}`, { body })).status, JSON.stringify(body)).toBe(400);
  }
});
