import { z } from 'zod';
import { audit } from '../audit.ts';
import { change } from '../change.ts';
import { type Endpoint, HttpProblem, isoTime, readAs } from '../endpoint.ts';
import { notifyOwner } from '../notification-rows.ts';
import { oneTenantLocked } from '../tenant-rows.ts';

/** A later suspension is a plan to be made again, not an order to be kept. */
const farthestSuspensionMilliseconds = 90 * 24 * 3_600_000;

const reason = z.string().trim().min(3, 'must be at least 3 characters').max(500);

const suspend: Endpoint = {
  name: 'suspend',
  method: 'PATCH',
  paths: ['/api/tenants/:id/suspend'],
  async answer(call, state) {
    const order = readAs(z.strictObject({ reason, effectiveAt: isoTime().optional() }), call.body);
    const effectiveAt = order.effectiveAt ?? call.at;
    if (effectiveAt.getTime() - call.at.getTime() > farthestSuspensionMilliseconds) {
      throw new HttpProblem(400, 'effectiveAt: must be within 90 days');
    }
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const tenant = await oneTenantLocked(transaction, call.parameters.id ?? '');
      if (tenant.status === 'suspended') throw new HttpProblem(409, 'tenant is already suspended');
      await transaction.query(
        `UPDATE rms.tenants SET status = 'suspended', suspension_reason = $2, suspension_effective_at = $3
         WHERE id = $1`,
        [tenant.id, order.reason, effectiveAt],
      );
      await transaction.query('UPDATE rms.quotas SET is_counter_paused = true WHERE tenant_id = $1', [
        tenant.id,
      ]);
      await audit(transaction, call, {
        entity: 'tenant',
        entityId: tenant.id,
        action: 'tenant.suspended',
        changed: ['status', 'counters'],
        reason: order.reason,
      });
      await notifyOwner(transaction, call, tenant, 'tenant.suspended');
      return { body: { id: tenant.id, status: 'suspended' }, changed: tenant.id };
    });
  },
};

const activate: Endpoint = {
  name: 'activate',
  method: 'PATCH',
  paths: ['/api/tenants/:id/activate'],
  async answer(call, state) {
    const order = readAs(z.strictObject({ reason: reason.optional() }), call.body);
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const tenant = await oneTenantLocked(transaction, call.parameters.id ?? '');
      if (tenant.status === 'active') throw new HttpProblem(409, 'tenant is already active');
      const { rows } = await transaction.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM rms.invoices WHERE tenant_id = $1 AND paid_at IS NULL AND due_at < $2',
        [tenant.id, call.at],
      );
      const overdue = rows[0]?.count ?? 0;
      if (overdue > 0) {
        throw new HttpProblem(
          409,
          overdue === 1 ? '1 invoice is overdue' : `${overdue} invoices are overdue`,
        );
      }
      await transaction.query(
        `UPDATE rms.tenants SET status = 'active', suspension_reason = NULL, suspension_effective_at = NULL
         WHERE id = $1`,
        [tenant.id],
      );
      await audit(transaction, call, {
        entity: 'tenant',
        entityId: tenant.id,
        action: 'tenant.activated',
        changed: ['status'],
        reason: order.reason,
      });
      await notifyOwner(transaction, call, tenant, 'tenant.activated');
      return { body: { id: tenant.id, status: 'active' }, changed: tenant.id };
    });
  },
};

const resumeCounters: Endpoint = {
  name: 'counters/resume',
  method: 'POST',
  paths: ['/api/tenants/:id/counters/resume'],
  async answer(call, state) {
    readAs(z.strictObject({}), call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => {
      const tenant = await oneTenantLocked(transaction, call.parameters.id ?? '');
      if (tenant.status === 'suspended') throw new HttpProblem(409, 'tenant is suspended');
      const { rows } = await transaction.query<{ name: string }>(
        `UPDATE rms.quotas SET is_counter_paused = false WHERE tenant_id = $1 AND is_counter_paused
         RETURNING name`,
        [tenant.id],
      );
      if (rows.length > 0) {
        await audit(transaction, call, {
          entity: 'tenant',
          entityId: tenant.id,
          action: 'tenant.counters_resumed',
          changed: rows.map(({ name }) => `counters.${name}`),
        });
      }
      const changed = rows.length > 0 ? tenant.id : undefined;
      return { body: { id: tenant.id, resumed: rows.length }, changed };
    });
  },
};

const maintenance: Endpoint = {
  name: 'maintenance',
  method: 'PATCH',
  paths: ['/api/tenants/:id/maintenance'],
  async answer(call, state) {
    const { enabled } = readAs(z.strictObject({ enabled: z.boolean() }), call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => {
      const tenant = await oneTenantLocked(transaction, call.parameters.id ?? '');
      await transaction.query('UPDATE rms.tenants SET is_in_maintenance = $2 WHERE id = $1', [
        tenant.id,
        enabled,
      ]);
      await audit(transaction, call, {
        entity: 'tenant',
        entityId: tenant.id,
        action: enabled ? 'tenant.maintenance_started' : 'tenant.maintenance_ended',
        changed: ['maintenance'],
      });
      return { body: { id: tenant.id, maintenance: enabled }, changed: tenant.id };
    });
  },
};

export const lifecycleEndpoints: readonly Endpoint[] = [suspend, activate, resumeCounters, maintenance];
