import { describe, expect, it } from 'vitest';
import suspendTenant from '../../commands/suspend-tenant.ts';
import type { AuditLogEntry, TargetKinds, TenantState } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import {
  acme,
  answered409,
  cutOff,
  later,
  lookAgainOf,
  observationText,
  planOf,
  planText,
  planTime,
  prepared,
  rms,
  runOf,
  unreachable,
} from './guarded-world.ts';
import { cardText } from './report-of.ts';

const input = { tenant: 'acme', reason: 'card testing from many addresses' };
const suspended: AuditLogEntry = {
  id: 'a1',
  at: later(1_000),
  actor: 'svc-countersign',
  action: 'tenant.suspended',
  section: 'tenants',
  changed: ['status'],
};

/** A tenant that is really suspended by the call, unless told otherwise. */
function world({
  state = {},
  tenant = acme,
  onSuspend = 'suspends',
  writesEntry = true,
  notifies = true,
  problem,
}: {
  state?: Partial<TenantState>;
  tenant?: typeof acme;
  onSuspend?: 'suspends' | 'accepts only' | Error;
  writesEntry?: boolean;
  notifies?: boolean;
  problem?: { state?: Error; auditLog?: Error; hasNotified?: Error };
} = {}) {
  const sent: unknown[] = [];
  const now: TenantState = {
    status: 'active',
    activeUsers: 14,
    openInvoices: [
      { id: 'INV-7', amount: '120.50 EUR', dueAt: planTime, isOverdue: true },
      { id: 'INV-8', amount: '80.00 EUR', dueAt: undefined, isOverdue: false },
    ],
    pendingNotifications: 240,
    adjustedQuotas: [],
    areCountersPaused: false,
    ...state,
  };
  const log: AuditLogEntry[] = [];
  const problems = { ...problem };
  const target: TargetKinds['tenancy'] = {
    ...rms(tenant),
    tenancy: {
      state: async () => {
        if (problems.state) throw problems.state;
        return { ...now, status: sent.length > 0 && onSuspend === 'suspends' ? 'suspended' : now.status };
      },
      suspend: ({ id }, order) =>
        prepared({ method: 'PATCH', path: `/api/tenants/${id}/suspend`, body: { ...order } }, () => {
          sent.push(order);
          if (onSuspend instanceof Error) throw onSuspend;
          if (writesEntry) log.push(suspended);
          return { status: 'suspended' };
        }),
      activate: () => prepared({ method: 'PATCH', path: '/' }, () => ({ status: 'active' })),
      resumeCounters: () => prepared({ method: 'PATCH', path: '/' }, () => ({ resumed: 0 })),
      auditLog: async (_, { since }) => {
        if (problems.auditLog) throw problems.auditLog;
        return log.filter((entry) => since === undefined || entry.at >= since);
      },
      hasNotified: async (_, event) => {
        if (problems.hasNotified) throw problems.hasNotified;
        return event === 'tenant.suspended' && notifies && sent.length > 0;
      },
    },
  };
  return {
    target,
    sent,
    log,
    state: now as { -readonly [Key in keyof TenantState]: TenantState[Key] },
    problems,
  };
}

const golden = (name: string) => `../golden/commands/suspend-tenant-${name}.txt`;
const place = { target: 'rms', environment: 'production' };

describe('suspend-tenant', () => {
  it.each<[string, Parameters<typeof world>[0], object]>([
    ['plan', {}, {}],
    ['plan-later', {}, { effectiveAt: '2026-12-01T09:30:00Z' }],
    ['plan-trial', { state: { status: 'trial', openInvoices: [], activeUsers: 1 } }, {}],
    [
      'plan-long-name',
      { tenant: { ...acme, slug: 'acme-industries-of-the-north', name: 'Acme Industries of the North' } },
      {},
    ],
  ])('plans as kept in suspend-tenant-%s', async (name, given, more) => {
    const planned = await planOf(suspendTenant, { ...input, ...more }, world(given));
    expect(planned.plan.action!.length).toBeLessThan(24);
    await expect(planText(planned)).toMatchFileSnapshot(golden(name));
  });

  it('signs nothing that moves by itself', async () => {
    const { plan } = await planOf(suspendTenant, input, world());
    expect(plan.data).toEqual({
      id: '8d2f',
      slug: 'acme',
      from: 'active',
      to: 'suspended',
      reason: input.reason,
    });
  });

  it('refuses a tenant that is suspended already, and says what undoes it', async () => {
    const planning = planOf(suspendTenant, input, world({ state: { status: 'suspended' } }));
    await expect(planning).rejects.toMatchObject({ code: 'already_suspended' });
    await expect(planning).rejects.toThrow(
      '"acme" is already suspended on rms (production), so nothing was done. To let it back in: /ops activate-tenant acme',
    );
  });

  it('says what changed when somebody else suspended it after it was signed', async () => {
    const { plan } = await planOf(suspendTenant, input, world());
    const again = planOf(suspendTenant, input, world({ state: { status: 'suspended' } }), plan.data);
    await expect(again).rejects.toThrow(
      /was active when this was asked and is suspended .* nothing was sent/,
    );
  });

  it('refuses a time that has passed, but not because signing took long', async () => {
    const late = { ...input, effectiveAt: '2026-11-20T18:14:59Z' };
    await expect(planOf(suspendTenant, late, world())).rejects.toMatchObject({ code: 'time_has_passed' });
    const soon = { ...input, effectiveAt: '2026-11-20T18:16:00Z' };
    const signed = (await planOf(suspendTenant, soon, world())).plan;
    const again = await planOf(suspendTenant, soon, { ...world(), now: () => later(90_000) }, signed.data);
    expect(again.plan.data).toEqual(signed.data);
    expect(planText(again)).toContain('has passed: it takes effect at once.');
  });

  it.each<[string, Parameters<typeof world>[0], object]>([
    ['seen', {}, {}],
    ['no-entry', { writesEntry: false }, {}],
    ['no-notification', { notifies: false }, {}],
    ['nothing-but-status', { writesEntry: false, notifies: false }, {}],
    ['still-active', { onSuspend: 'accepts only' }, {}],
    ['scheduled', { onSuspend: 'accepts only', notifies: false }, { effectiveAt: '2026-12-01T09:30:00Z' }],
    [
      'scheduled-no-entry',
      { onSuspend: 'accepts only', writesEntry: false },
      { effectiveAt: '2026-12-01T09:30:00Z' },
    ],
  ])('reports as kept in suspend-tenant-%s', async (name, given, more) => {
    const there = world(given);
    const planned = await planOf(suspendTenant, { ...input, ...more }, there);
    const report = await runOf(suspendTenant, planned, there);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    expect(there.sent).toHaveLength(1);
    await expect(cardText('suspend-tenant acme', report, place)).toMatchFileSnapshot(golden(name));
  });

  it.each<[string, string, object]>([
    ['unreadable-status', 'unknown', { state: unreachable() }],
    ['unreadable-entry', 'warning', { auditLog: unreachable() }],
    ['unreadable-notification', 'warning', { hasNotified: unreachable() }],
  ])('never calls fine what it could not read: suspend-tenant-%s', async (name, status, problem) => {
    const there = world();
    const planned = await planOf(suspendTenant, input, there);
    Object.assign(there.problems, problem);
    const report = await runOf(suspendTenant, planned, there);
    expect(report.status).toBe(status);
    await expect(cardText('suspend-tenant acme', report, place)).toMatchFileSnapshot(golden(name));
  });

  it('keeps its headline short whatever the tenant is called', async () => {
    const tenant = { id: 'x', slug: 'a'.repeat(200), name: '' };
    for (const given of [
      {},
      { writesEntry: false, notifies: false },
      { onSuspend: 'accepts only' as const },
    ]) {
      const there = world({ ...given, tenant });
      const report = await runOf(suspendTenant, await planOf(suspendTenant, input, there), there);
      expect(report.headline.length).toBeLessThanOrEqual(88);
    }
  });

  it('does not take an earlier suspension’s entry for its own', async () => {
    const there = world({ writesEntry: false });
    there.log.push({ ...suspended, at: later(-60_000) }, { ...suspended, action: 'tenant.unsuspended' });
    const report = await runOf(suspendTenant, await planOf(suspendTenant, input, there), there);
    expect(report.status).toBe('warning');
  });

  it('finds the entry of its first attempt when it is taken up again much later', async () => {
    const there = world();
    const planned = await planOf(suspendTenant, input, there);
    const steps = new Map([['suspend', { outcome: { status: 'suspended' } }]]);
    there.log.push(suspended);
    there.sent.push('before the crash');
    const report = await runOf(suspendTenant, planned, { ...there, now: () => later(3_600_000) }, { steps });
    expect(report.status).toBe('ok');
    expect(there.sent).toEqual(['before the crash']);
  });

  it.each([answered409(), unreachable(), cutOff()])('leaves %s to the runtime', async (problem) => {
    const there = world({ onSuspend: problem });
    const planned = await planOf(suspendTenant, input, there);
    await expect(runOf(suspendTenant, planned, there)).rejects.toBe(problem);
  });

  it('looks again honestly', async () => {
    const there = world();
    const planned = await planOf(suspendTenant, input, there);
    const look = (seconds: number) =>
      lookAgainOf(suspendTenant, planned, { ...there, now: () => later(seconds * 1_000) });
    expect((await look(20)).happened).toBe('unclear');
    expect((await look(119)).happened).toBe('unclear');
    expect((await look(120)).happened).toBe('no');
    there.log.push(suspended);
    expect((await look(300)).happened).toBe('unclear');
    there.state.status = 'suspended';
    const seen = await look(300);
    expect(seen.happened).toBe('yes');
    await expect(observationText(seen)).toMatchFileSnapshot(golden('look-again'));
    there.log.length = 0;
    expect((await look(300)).happened).toBe('unclear');
    there.state.status = 'active';
    there.problems.auditLog = unreachable();
    expect((await look(300)).happened).toBe('unclear');
    there.problems.state = unreachable();
    expect((await look(300)).happened).toBe('unclear');
  });

  it('takes the entry of a scheduled suspension as that it happened', async () => {
    const there = world();
    const planned = await planOf(suspendTenant, { ...input, effectiveAt: '2026-12-01T09:30:00Z' }, there);
    there.log.push(suspended);
    expect((await lookAgainOf(suspendTenant, planned, there)).happened).toBe('yes');
  });

  it.each([
    ['   ', 'Reason'],
    ['too short', 'at least 10 characters'],
    ['x'.repeat(501), 'at most 500 characters'],
  ])('refuses the reason %j where it is typed', (reason) => {
    const catalog = new Map([['suspend-tenant', { definition: suspendTenant }]]);
    const { problems } = parseInvocation(`suspend-tenant acme --reason "${reason}"`, catalog as never);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ argument: 'reason' });
  });
});
