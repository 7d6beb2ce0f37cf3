import { describe, expect, it } from 'vitest';
import activateTenant from '../../commands/activate-tenant.ts';
import type { AuditLogEntry, OpenInvoice, TargetKinds, TenantState } from '../../src/command.ts';
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

const input = { tenant: 'acme' };
const activated: AuditLogEntry = {
  id: 'a2',
  at: later(1_000),
  actor: 'svc-countersign',
  action: 'tenant.activated',
  section: 'tenants',
  changed: ['status'],
};
const invoice = (id: string, isOverdue: boolean): OpenInvoice => ({
  id,
  amount: '120.50 EUR',
  dueAt: new Date(isOverdue ? '2026-10-01T00:00:00Z' : '2026-12-01T00:00:00Z'),
  isOverdue,
});

/** A suspended tenant whose counters are paused, that the calls really bring back unless told otherwise. */
function world({
  state = {},
  onActivate,
  onResume,
  writesEntry = true,
}: {
  state?: Partial<TenantState>;
  onActivate?: 'accepts only' | Error;
  onResume?: 'accepts only' | Error;
  writesEntry?: boolean;
} = {}) {
  const sent: string[] = [];
  const log: AuditLogEntry[] = [];
  const problems: { state?: Error; auditLog?: Error } = {};
  const now = {
    status: 'suspended',
    activeUsers: 14,
    openInvoices: [] as readonly OpenInvoice[],
    pendingNotifications: 0,
    adjustedQuotas: [] as TenantState['adjustedQuotas'],
    areCountersPaused: true,
    ...state,
  };
  const target: TargetKinds['tenancy'] = {
    ...rms(),
    tenancy: {
      state: async () => {
        if (problems.state) throw problems.state;
        return { ...now };
      },
      suspend: () => prepared({ method: 'PATCH', path: '/' }, () => ({ status: 'suspended' })),
      activate: ({ id }, order) =>
        prepared({ method: 'PATCH', path: `/api/tenants/${id}/activate`, body: { ...order } }, () => {
          sent.push('activate');
          if (onActivate instanceof Error) throw onActivate;
          if (onActivate === undefined) now.status = 'active';
          if (writesEntry) log.push(activated);
          return { status: 'active' };
        }),
      resumeCounters: ({ id }) =>
        prepared({ method: 'POST', path: `/api/tenants/${id}/counters/resume` }, () => {
          sent.push('resume-counters');
          if (onResume instanceof Error) throw onResume;
          if (onResume === undefined) now.areCountersPaused = false;
          return { resumed: 3 };
        }),
      auditLog: async () => {
        if (problems.auditLog) throw problems.auditLog;
        return log;
      },
      hasNotified: async () => true,
    },
  };
  return { target, sent, log, state: now, problems };
}

const golden = (name: string) => `../golden/commands/activate-tenant-${name}.txt`;
const place = { target: 'rms', environment: 'production' };

describe('activate-tenant', () => {
  it.each<[string, Partial<TenantState>, object]>([
    ['plan', {}, {}],
    ['plan-running', { areCountersPaused: false }, { reason: 'invoice INV-7 was paid' }],
    ['plan-counters-only', { status: 'active', openInvoices: [invoice('INV-9', true)] }, {}],
    [
      'plan-warned',
      {
        status: 'archived',
        openInvoices: ['1', '2', '3', '4'].map((id) => invoice(`INV-${id}`, false)),
        adjustedQuotas: [{ name: 'api_calls', limit: 50, original: 1_000 }],
      },
      {},
    ],
  ])('plans as kept in activate-tenant-%s', async (name, state, more) => {
    const planned = await planOf(activateTenant, { ...input, ...more }, world({ state }));
    expect(planned.plan.action!.length).toBeLessThan(24);
    await expect(planText(planned)).toMatchFileSnapshot(golden(name));
  });

  it('refuses while invoices are overdue, and names them', async () => {
    const openInvoices = [invoice('INV-7', true), invoice('INV-8', false), invoice('INV-9', true)];
    const planning = planOf(activateTenant, input, world({ state: { openInvoices } }));
    await expect(planning).rejects.toMatchObject({ code: 'overdue_invoices' });
    await expect(planning).rejects.toThrow(
      '"acme" has 2 overdue invoices on rms (production): INV-7 120.50 EUR (due 2026-10-01, overdue), INV-9 120.50 EUR (due 2026-10-01, overdue). Nothing was done.',
    );
  });

  it('refuses an invoice that fell due while signatures were waited for', async () => {
    const there = world();
    const { plan } = await planOf(activateTenant, input, there);
    there.state.openInvoices = [invoice('INV-7', true)];
    await expect(planOf(activateTenant, input, there, plan.data)).rejects.toMatchObject({
      code: 'overdue_invoices',
    });
  });

  it('refuses a tenant that is active already with nothing left to resume', async () => {
    const state = { status: 'active', areCountersPaused: false };
    await expect(planOf(activateTenant, input, world({ state }))).rejects.toThrow(
      '"acme" is already active on rms (production) and its counters are running, so nothing was done.',
    );
  });

  it('says what changed when somebody else activated it after it was signed', async () => {
    const there = world();
    const { plan } = await planOf(activateTenant, input, there);
    there.state.status = 'active';
    await expect(planOf(activateTenant, input, there, plan.data)).rejects.toThrow(
      /was suspended when this was asked and is active .* nothing was sent/,
    );
  });

  it('drops the counters when they were resumed meanwhile, and never adds them', async () => {
    const there = world();
    const { plan } = await planOf(activateTenant, input, there);
    there.state.areCountersPaused = false;
    const less = await planOf(activateTenant, input, there, plan.data);
    expect(less.plan.data).toEqual({ ...plan.data, steps: ['activate'] });
    expect(less.plan.effects).toEqual([plan.effects![0]]);
    there.state.areCountersPaused = true;
    const more = await planOf(activateTenant, input, there, less.plan.data);
    expect(more.plan.effects).toEqual(less.plan.effects);
    expect(planText(more)).toContain(
      '▲ Its counters are paused now and stay so: resuming them was not signed',
    );
  });

  it.each<[string, Parameters<typeof world>[0]]>([
    ['seen', {}],
    ['counters-only', { state: { status: 'active' } }],
    ['no-entry', { writesEntry: false }],
    ['still-suspended', { onActivate: 'accepts only' }],
    ['still-paused', { onResume: 'accepts only' }],
    ['resume-refused', { onResume: answered409() }],
  ])('reports as kept in activate-tenant-%s', async (name, given) => {
    const there = world(given);
    const report = await runOf(activateTenant, await planOf(activateTenant, input, there), there);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    await expect(cardText('activate-tenant acme', report, place)).toMatchFileSnapshot(golden(name));
  });

  it.each<[string, string, object]>([
    ['unreadable-status', 'unknown', { state: unreachable() }],
    ['unreadable-entry', 'warning', { auditLog: unreachable() }],
  ])('never calls fine what it could not read: activate-tenant-%s', async (name, status, problem) => {
    const there = world();
    const planned = await planOf(activateTenant, input, there);
    Object.assign(there.problems, problem);
    const report = await runOf(activateTenant, planned, there);
    expect(report.status).toBe(status);
    await expect(cardText('activate-tenant acme', report, place)).toMatchFileSnapshot(golden(name));
  });

  it.each([answered409(), unreachable(), cutOff()])('sends nothing more after %s', async (problem) => {
    const there = world({ onActivate: problem });
    const planned = await planOf(activateTenant, input, there);
    await expect(runOf(activateTenant, planned, there)).rejects.toBe(problem);
    expect(there.sent).toEqual(['activate']);
  });

  it('reports from what it saw before a crash when it is taken up again', async () => {
    const there = world();
    const planned = await planOf(activateTenant, input, there);
    const steps = new Map();
    const first = await runOf(activateTenant, planned, there, { steps });
    const second = await runOf(activateTenant, planned, { ...there, now: () => later(3_600_000) }, { steps });
    expect(second).toEqual(first);
    expect(there.sent).toEqual(['activate', 'resume-counters']);
  });

  it('looks again honestly', async () => {
    const there = world();
    const planned = await planOf(activateTenant, input, there);
    const look = (seconds: number) =>
      lookAgainOf(activateTenant, planned, { ...there, now: () => later(seconds * 1_000) });
    expect((await look(20)).happened).toBe('unclear');
    expect((await look(120)).happened).toBe('no');
    there.state.status = 'active';
    expect((await look(120)).happened).toBe('unclear');
    there.log.push(activated);
    const half = await look(120);
    expect(half.happened).toBe('unclear');
    await expect(observationText(half)).toMatchFileSnapshot(golden('look-again-half'));
    there.state.areCountersPaused = false;
    expect((await look(120)).happened).toBe('yes');
    there.problems.auditLog = unreachable();
    expect((await look(120)).happened).toBe('unclear');
  });

  it('takes "deactivated" for no activation', async () => {
    const there = world({ writesEntry: false });
    there.log.push({ ...activated, action: 'tenant.deactivated' }, { ...activated, at: later(-60_000) });
    const report = await runOf(activateTenant, await planOf(activateTenant, input, there), there);
    expect(report.status).toBe('warning');
  });

  it('is planned at the time every later look counts from', async () => {
    const { plan } = await planOf(activateTenant, input, world());
    expect(plan.context).toMatchObject({ readAt: planTime.toISOString() });
    expect(plan.data.id).toBe(acme.id);
  });
});
