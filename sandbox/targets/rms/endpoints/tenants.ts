import { z } from 'zod';
import { type Endpoint, limit, readQuery } from '../endpoint.ts';
import { statusNow } from '../notification-rows.ts';
import { isSuspendedAt, oneTenant, withoutNul } from '../tenant-rows.ts';

const list: Endpoint = {
  name: 'tenants',
  method: 'GET',
  paths: ['/api/tenants'],
  async answer(call, { pool }) {
    const wanted = readQuery(
      { search: z.string().max(200).default(''), limit: limit(20, 1_000) },
      call.query,
    );
    const text = withoutNul(wanted.search.trim());
    const { rows } = await pool.query(
      `SELECT id, slug, name, CASE WHEN suspension_effective_at > $4 THEN 'active' ELSE status END AS status
       FROM rms.tenants WHERE slug ILIKE $1 OR name ILIKE $1
       ORDER BY slug = lower($2) DESC, starts_with(slug, lower($2)) DESC, slug LIMIT $3`,
      [`%${text.replace(/[\\%_]/g, '\\$&')}%`, text, wanted.limit, call.at],
    );
    return { status: 200, body: { tenants: rows } };
  },
};

const one: Endpoint = {
  name: 'tenant',
  method: 'GET',
  paths: ['/api/tenants/:id'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const tenant = await oneTenant(pool, call.parameters.id ?? '');
    const { id, slug, name, activeUsers } = tenant;
    const isSuspended = isSuspendedAt(tenant, call.at);
    const isYetToBe = tenant.status === 'suspended' && !isSuspended;
    const [invoices, pending, quotas] = await Promise.all([
      pool.query(
        `SELECT id, amount_cents AS "amountCents", currency, due_at AS "dueAt", due_at < $2 AS overdue
         FROM rms.invoices WHERE tenant_id = $1 AND paid_at IS NULL ORDER BY due_at, id`,
        [id, call.at],
      ),
      pool.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM rms.notifications WHERE tenant_id = $2 AND ${statusNow} = 'pending'`,
        [call.at, id],
      ),
      pool.query<{ name: string; limit: number; originalLimit: number; isPaused: boolean }>(
        `SELECT name, current_limit AS "limit", original_limit AS "originalLimit", is_counter_paused AS "isPaused"
         FROM rms.quotas WHERE tenant_id = $1 ORDER BY name`,
        [id],
      ),
    ]);
    const body = {
      id,
      slug,
      name,
      status: isSuspended ? 'suspended' : 'active',
      activeUsers,
      openInvoices: invoices.rows,
      pendingNotifications: pending.rows[0]?.count ?? 0,
      quotas: quotas.rows.map(({ isPaused: _, ...quota }) => quota),
      countersPaused: !isYetToBe && quotas.rows.some(({ isPaused }) => isPaused),
    };
    return { status: 200, body };
  },
};

export const tenantEndpoints: readonly Endpoint[] = [list, one];
