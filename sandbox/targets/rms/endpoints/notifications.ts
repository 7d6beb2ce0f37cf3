import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { change } from '../change.ts';
import { type Endpoint, HttpProblem, isoTime, limit, readAs, readQuery } from '../endpoint.ts';
import { statusNow } from '../notification-rows.ts';
import { oneTenant } from '../tenant-rows.ts';

const list: Endpoint = {
  name: 'notifications',
  method: 'GET',
  paths: ['/api/tenants/:id/notifications'],
  async answer(call, { pool }) {
    const filter = readQuery(
      {
        status: z.enum(['pending', 'failed', 'sent', 'delivered']).optional(),
        channel: z.enum(['email', 'sms', 'push', 'in_app']).optional(),
        since: isoTime().optional(),
        ids: z
          .string()
          .transform((text) => text.split(','))
          .optional(),
        event: z.string().max(200).optional(),
        limit: limit(100, 1_000),
      },
      call.query,
    );
    const tenant = await oneTenant(pool, call.parameters.id ?? '');
    // A failed one counts from when it failed, as people ask for "failed in the last two hours".
    const { rows } = await pool.query<Record<string, unknown> & { total: number }>(
      `WITH matching AS (
         SELECT id, channel, ${statusNow} AS status, reason, event, failed_at AS "failedAt", created_at AS "createdAt"
         FROM rms.notifications
         WHERE tenant_id = $2 AND ($3::text IS NULL OR ${statusNow} = $3) AND ($4::text IS NULL OR channel = $4)
           AND ($5::timestamptz IS NULL OR coalesce(failed_at, created_at) >= $5)
           AND ($6::text[] IS NULL OR id = ANY ($6)) AND ($7::text IS NULL OR event = $7))
       SELECT *, (SELECT count(*)::int FROM matching) AS total FROM matching ORDER BY "createdAt", id LIMIT $8`,
      [
        call.at,
        tenant.id,
        filter.status,
        filter.channel,
        filter.since,
        filter.ids,
        filter.event,
        filter.limit,
      ],
    );
    const notifications = rows.map(({ total: _, ...notification }) => notification);
    return { status: 200, body: { total: rows[0]?.total ?? 0, notifications } };
  },
};

/** Ignores `Idempotency-Key`: each request that finds it failed or sent brings one more message to a person. */
const resend: Endpoint = {
  name: 'resend',
  method: 'PATCH',
  paths: ['/api/notifications/:id/resend'],
  async answer(call, state) {
    readAs(z.strictObject({}), call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => {
      const { rows } = await transaction.query<{ id: string; status: string; onResend: string }>(
        `SELECT id, ${statusNow} AS status, on_resend AS "onResend" FROM rms.notifications WHERE id = $2 FOR UPDATE`,
        [call.at, call.parameters.id],
      );
      const [notification] = rows;
      if (notification === undefined) throw new HttpProblem(404, 'no such notification');
      const { id, status } = notification;
      if (status === 'pending') throw new HttpProblem(409, 'notification is still pending');
      if (status === 'failed' && notification.onResend === 'mailbox_full') {
        // The provider took nothing, so nobody received anything: an attempt, and no effect.
        await transaction.query(
          "UPDATE rms.notifications SET reason = 'mailbox_full', failed_at = $2 WHERE id = $1",
          [id, call.at],
        );
        return { body: { id, status: 'failed', reason: 'mailbox_full' }, changed: undefined };
      }
      if (status === 'delivered' || (status === 'failed' && notification.onResend === 'already_delivered')) {
        await transaction.query("UPDATE rms.notifications SET status = 'delivered' WHERE id = $1", [id]);
        return { body: { id, status: 'already_delivered' }, changed: undefined };
      }
      await transaction.query("UPDATE rms.notifications SET status = 'sent' WHERE id = $1", [id]);
      return { body: { id, status: 'sent' }, changed: id };
    });
  },
};

const testEmail: Endpoint = {
  name: 'test-email',
  method: 'POST',
  paths: ['/api/test-email'],
  async answer(call, state) {
    const order = readAs(
      z.strictObject({
        to: z.email('must be an email address'),
        tenantId: z.string().min(1).max(200).optional(),
      }),
      call.body,
    );
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const tenant = order.tenantId === undefined ? undefined : await oneTenant(transaction, order.tenantId);
      const id = `tst_${randomBytes(5).toString('hex')}`;
      await transaction.query(
        'INSERT INTO rms.test_emails (id, recipient, tenant_id, created_at) VALUES ($1, $2, $3, $4)',
        [id, order.to, tenant?.id ?? null, call.at],
      );
      return { status: 202, body: { id, status: 'queued' }, changed: id };
    });
  },
};

export const notificationEndpoints: readonly Endpoint[] = [list, resend, testEmail];
