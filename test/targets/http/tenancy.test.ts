import { describe, expect, it } from 'vitest';
import { Fault, UnknownOutcome } from '../../../src/core/errors.ts';
import { answeringServer, json, reply } from './answering-server.ts';
import { neverAborted } from './open-client.ts';
import { acme, asked, openRms } from './open-rms.ts';

const tenant = {
  id: 't-1',
  slug: 'acme',
  name: 'Acme GmbH',
  status: 'active',
  activeUsers: 12,
  openInvoices: [
    { id: 'i-1', amountCents: 12_050, currency: 'EUR', dueAt: '2026-11-01T00:00:00Z', overdue: true },
    { id: 'i-2', amountCents: 5, currency: 'USD', dueAt: null, overdue: false },
  ],
  pendingNotifications: 3,
  quotas: [
    { name: 'emails', limit: 500, originalLimit: 100 },
    { name: 'users', limit: 10, originalLimit: 10 },
  ],
  countersPaused: false,
};

const step = { idempotencyKey: 'k-1', signal: neverAborted() };

describe('tenancy', () => {
  it('reads the state of a tenant', async () => {
    const server = await answeringServer(json(200, tenant));
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms', 'run-1');
    expect(await tenancy.state(acme)).toEqual({
      status: 'active',
      activeUsers: 12,
      openInvoices: [
        { id: 'i-1', amount: '120.50 EUR', dueAt: new Date('2026-11-01T00:00:00Z'), isOverdue: true },
        { id: 'i-2', amount: '0.05 USD', dueAt: undefined, isOverdue: false },
      ],
      pendingNotifications: 3,
      adjustedQuotas: [{ name: 'emails', limit: 500, original: 100 }],
      areCountersPaused: false,
    });
    expect(server.received[0]?.url).toBe('/api/tenants/t-1');
  });

  it('refuses the state of another tenant than the one asked for', async () => {
    const server = await answeringServer(json(200, { ...tenant, id: 't-2' }));
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms');
    await expect(tenancy.state(acme)).rejects.toThrow('unexpected shape: id');
  });

  it('suspends, activates and resumes counters by the documented calls', async () => {
    const server = await answeringServer(({ url }, response) =>
      reply(
        response,
        200,
        url.endsWith('resume') ? { id: 't-1', resumed: 4 } : { id: 't-1', status: 'changed' },
      ),
    );
    const { tenancy } = openRms(server.url, 'tenancy: {}', 'honoursIdempotencyKey: [suspend]').client(
      'tenancy',
      'rms',
    );
    const suspend = tenancy.suspend(acme, { reason: 'card testing', effectiveAt: '2026-12-01T00:00:00Z' });
    const activate = tenancy.activate(acme, {});
    const resume = tenancy.resumeCounters(acme);
    expect(
      [suspend, activate, resume].map(({ call, summary, isRepeatable }) => ({ call, summary, isRepeatable })),
    ).toEqual([
      {
        call: {
          method: 'PATCH',
          path: '/api/tenants/t-1/suspend',
          body: { reason: 'card testing', effectiveAt: '2026-12-01T00:00:00Z' },
        },
        summary: 'PATCH /api/tenants/t-1/suspend on rms (production)',
        isRepeatable: true,
      },
      {
        call: { method: 'PATCH', path: '/api/tenants/t-1/activate', body: {} },
        summary: 'PATCH /api/tenants/t-1/activate on rms (production)',
        isRepeatable: false,
      },
      {
        call: { method: 'POST', path: '/api/tenants/t-1/counters/resume', body: {} },
        summary: 'POST /api/tenants/t-1/counters/resume on rms (production)',
        isRepeatable: false,
      },
    ]);
    expect(await suspend.send(step)).toEqual({ status: 'changed' });
    expect(await activate.send(step)).toEqual({ status: 'changed' });
    expect(await resume.send(step)).toEqual({ resumed: 4 });
    expect(server.received.map(({ body }) => body)).toEqual([JSON.stringify(suspend.call.body), '{}', '{}']);
  });

  it('calls the outcome unknown when the answer is about another tenant', async () => {
    const server = await answeringServer(json(200, { id: 't-2', status: 'suspended' }));
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms');
    await expect(tenancy.suspend(acme, { reason: 'card testing' }).send(step)).rejects.toThrow(
      UnknownOutcome,
    );
  });

  it('goes to the endpoints the settings name', async () => {
    const server = await answeringServer(json(200, { id: 't-1', status: 'suspended' }));
    const blocks = 'tenancy: { endpoints: { suspend: "POST /v2/orgs/:id/suspension?notify=no" } }';
    const { tenancy } = openRms(`${server.url}/base`, blocks).client('tenancy', 'rms');
    await tenancy.suspend({ ...acme, id: 't-1' }, { reason: 'card testing' }).send(step);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      url: '/base/v2/orgs/t-1/suspension?notify=no',
    });
  });

  it('cannot be led to another path by an id', async () => {
    const { tenancy } = openRms('http://127.0.0.1:1', 'tenancy: {}').client('tenancy', 'rms');
    expect(() => tenancy.suspend({ ...acme, id: '../../admin' }, { reason: 'x' })).toThrow(Fault);
    expect(tenancy.suspend({ ...acme, id: 'a/b?c#d' }, { reason: 'x' }).call.path).toBe(
      '/api/tenants/a%2Fb%3Fc%23d/suspend',
    );
  });

  it('reads the audit log of a tenant, newest first, and only what was asked for', async () => {
    const entry = (id: string, at: string, action: string) => ({
      id,
      at,
      action,
      actor: 'ada',
      section: null,
      changed: ['status'],
    });
    const server = await answeringServer(
      json(200, {
        entries: [
          entry('1', '2026-11-20T10:00:00Z', 'tenant.suspended'),
          entry('2', '2026-11-20T11:00:00Z', 'tenant.suspended'),
          entry('3', '2026-11-20T11:30:00Z', 'tenant.renamed'),
          entry('4', '2026-11-19T11:00:00Z', 'tenant.suspended'),
        ],
      }),
    );
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms');
    const since = new Date('2026-11-20T00:00:00Z');
    const entries = await tenancy.auditLog(acme, { action: 'tenant.suspended', since });
    expect(entries.map(({ id }) => id)).toEqual(['2', '1']);
    expect(entries[0]).toEqual({
      id: '2',
      at: new Date('2026-11-20T11:00:00Z'),
      actor: 'ada',
      action: 'tenant.suspended',
      section: undefined,
      changed: ['status'],
    });
    expect(asked(server.received[0]?.url)).toEqual({
      path: '/api/audit',
      query: {
        entity: 'tenant',
        entityId: 't-1',
        action: 'tenant.suspended',
        since: since.toISOString(),
        limit: '20',
      },
    });
  });

  it('counts a notification as sent only when it left the target', async () => {
    const one = {
      id: 'n-1',
      channel: 'email',
      status: 'pending',
      event: 'tenant.suspended',
      createdAt: '2026-11-20T10:00:00Z',
    };
    const server = await answeringServer(json(200, { total: 1, notifications: [one] }));
    const { tenancy } = openRms(server.url, 'tenancy: {}').client('tenancy', 'rms');
    const since = new Date('2026-11-20T09:59:00Z');
    expect(await tenancy.hasNotified(acme, 'tenant.suspended', since)).toBe(false);
    server.answer(json(200, { total: 1, notifications: [{ ...one, status: 'sent' }] }));
    expect(await tenancy.hasNotified(acme, 'tenant.suspended', since)).toBe(true);
    expect(asked(server.received[0]?.url).query).toMatchObject({
      event: 'tenant.suspended',
      since: since.toISOString(),
    });
  });
});
