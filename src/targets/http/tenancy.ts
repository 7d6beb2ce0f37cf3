import { z } from 'zod';
import type { Tenancy, TenantState } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { readAuditLog } from './audit-log.ts';
import { endpoint, filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { hasSentNotification } from './notification-list.ts';
import { count, time } from './shapes.ts';

/**
 * The `tenancy:` block; `{}` means every default.
 *
 * @example tenancy: { endpoints: { suspend: "POST /v2/tenants/:id/suspension" } }
 */
export const tenancyConfigSchema = z.strictObject({
  endpoints: z
    .strictObject({
      state: endpoint('GET /api/tenants/:id'),
      suspend: endpoint('PATCH /api/tenants/:id/suspend'),
      activate: endpoint('PATCH /api/tenants/:id/activate'),
      resumeCounters: endpoint('POST /api/tenants/:id/counters/resume'),
      audit: endpoint('GET /api/audit'),
      notifications: endpoint('GET /api/tenants/:id/notifications'),
    })
    .prefault({}),
});

export type TenancyConfig = DeepReadonly<z.output<typeof tenancyConfigSchema>>;

const stateAnswer = z.object({
  id: z.string(),
  status: z.string().min(1),
  activeUsers: count,
  openInvoices: z.array(
    z.object({
      id: z.string(),
      amountCents: z.int(),
      currency: z.string().regex(/^[A-Z]{3}$/),
      dueAt: time.nullish(),
      overdue: z.boolean(),
    }),
  ),
  pendingNotifications: count,
  quotas: z.array(z.object({ name: z.string(), limit: z.number(), originalLimit: z.number() })),
  countersPaused: z.boolean(),
});

/** An answer about another tenant than the one named would be a change to the wrong one. */
const changedStatus = (id: string) =>
  z.object({ id: z.literal(id), status: z.string().min(1) }).transform(({ status }) => ({ status }));

export function createTenancy(http: HttpClient, { endpoints }: TenancyConfig): Tenancy {
  return {
    async state(tenant) {
      const path = filledPath(endpoints.state, { id: tenant.id });
      return tenantState(await http.get(path, stateAnswer.extend({ id: z.literal(tenant.id) })));
    },
    suspend: (tenant, { reason, effectiveAt }) =>
      http.prepare({
        name: 'suspend',
        method: endpoints.suspend.method,
        path: filledPath(endpoints.suspend, { id: tenant.id }),
        body: { reason, ...(effectiveAt === undefined ? {} : { effectiveAt }) },
        answer: changedStatus(tenant.id),
      }),
    activate: (tenant, { reason }) =>
      http.prepare({
        name: 'activate',
        method: endpoints.activate.method,
        path: filledPath(endpoints.activate, { id: tenant.id }),
        body: reason === undefined ? {} : { reason },
        answer: changedStatus(tenant.id),
      }),
    resumeCounters: (tenant) =>
      http.prepare({
        name: 'resumeCounters',
        method: endpoints.resumeCounters.method,
        path: filledPath(endpoints.resumeCounters, { id: tenant.id }),
        body: {},
        answer: z
          .object({ id: z.literal(tenant.id), resumed: count })
          .transform(({ resumed }) => ({ resumed })),
      }),
    auditLog: (tenant, filter) =>
      readAuditLog(http, endpoints.audit, { kind: 'tenant', id: tenant.id }, filter),
    hasNotified: (tenant, event, since) =>
      hasSentNotification(http, endpoints.notifications, tenant, event, since),
  };
}

function tenantState(answer: z.output<typeof stateAnswer>): TenantState {
  return {
    status: answer.status,
    activeUsers: answer.activeUsers,
    openInvoices: answer.openInvoices.map(({ id, amountCents, currency, dueAt, overdue }) => ({
      id,
      amount: `${(amountCents / 100).toFixed(2)} ${currency}`,
      dueAt: dueAt ?? undefined,
      isOverdue: overdue,
    })),
    pendingNotifications: answer.pendingNotifications,
    adjustedQuotas: answer.quotas
      .filter(({ limit, originalLimit }) => limit !== originalLimit)
      .map(({ name, limit, originalLimit }) => ({ name, limit, original: originalLimit })),
    areCountersPaused: answer.countersPaused,
  };
}
