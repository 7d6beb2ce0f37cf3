import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { audit } from '../audit.ts';
import { change } from '../change.ts';
import { type Endpoint, HttpProblem, readAs, readQuery } from '../endpoint.ts';
import { oneTenant } from '../tenant-rows.ts';

const text = (most: number) => z.string().trim().min(1).max(most);
const newId = (prefix: string) => `${prefix}_${randomBytes(5).toString('hex')}`;

/** What is said to a tenant's users, or to everybody's: `{tenantId?, subject, text, channels}` → 202. */
const broadcast: Endpoint = {
  name: 'broadcasts',
  method: 'POST',
  paths: ['/api/broadcasts'],
  async answer(call, state) {
    const order = readAs(
      z.strictObject({
        tenantId: text(200).optional(),
        subject: text(200),
        text: text(4_000),
        // A caller that has only text to give names them in one: "email,in_app".
        channels: z
          .union([
            z.string().transform((list) => list.split(',').map((one) => one.trim())),
            z.array(z.string()),
          ])
          .pipe(z.array(z.enum(['email', 'sms', 'push', 'in_app'])).min(1, 'name at least one')),
      }),
      call.body,
    );
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const tenant = order.tenantId === undefined ? undefined : await oneTenant(transaction, order.tenantId);
      const channels = [...new Set(order.channels)];
      const { rows } = await transaction.query<{ recipients: number }>(
        `SELECT coalesce(sum(active_users), 0)::int AS recipients FROM rms.tenants WHERE $1::uuid IS NULL OR id = $1`,
        [tenant?.id ?? null],
      );
      const id = newId('brd');
      await transaction.query(
        `INSERT INTO rms.broadcasts (id, tenant_id, subject, body, channels, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [id, tenant?.id ?? null, order.subject, order.text, channels, call.at],
      );
      await audit(transaction, call, {
        entity: tenant === undefined ? 'settings' : 'tenant',
        entityId: tenant?.id ?? 'default',
        action: 'broadcast.sent',
        section: 'broadcasts',
        changed: channels,
      });
      const { recipients = 0 } = rows[0] ?? {};
      return { status: 202, body: { id, status: 'queued', recipients, channels }, changed: id };
    });
  },
};

/** Without its text: who filed it knows, and it may name people. */
const oneBroadcast: Endpoint = {
  name: 'broadcast',
  method: 'GET',
  paths: ['/api/broadcasts/:id'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const { rows } = await pool.query(
      `SELECT id, CASE WHEN created_at <= $2::timestamptz - interval '1 second' THEN 'sent' ELSE 'queued' END AS status,
              subject, channels, created_at AS "createdAt" FROM rms.broadcasts WHERE id = $1`,
      [call.parameters.id, call.at],
    );
    if (rows[0] === undefined) throw new HttpProblem(404, 'no such broadcast');
    return { status: 200, body: rows[0] };
  },
};

const fileTicket: Endpoint = {
  name: 'tickets',
  method: 'POST',
  paths: ['/api/tickets'],
  async answer(call, state) {
    const order = readAs(z.strictObject({ title: text(200), text: text(8_000) }), call.body);
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const id = newId('tkt');
      await transaction.query(
        'INSERT INTO rms.tickets (id, title, body, created_at) VALUES ($1, $2, $3, $4)',
        [id, order.title, order.text, call.at],
      );
      return { status: 201, body: { id, status: 'open', url: `/tickets/${id}` }, changed: id };
    });
  },
};

const oneTicket: Endpoint = {
  name: 'ticket',
  method: 'GET',
  paths: ['/api/tickets/:id'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const { rows } = await pool.query(
      `SELECT id, title, 'open' AS status, created_at AS "createdAt" FROM rms.tickets WHERE id = $1`,
      [call.parameters.id],
    );
    if (rows[0] === undefined) throw new HttpProblem(404, 'no such ticket');
    return { status: 200, body: rows[0] };
  },
};

/**
 * Where the sample system stands in for Sentry: the path, the body and the answer are those of
 * https://docs.sentry.io/api/events/ (comments of an issue), so that only the address differs from the real one.
 */
const comment: Endpoint = {
  name: 'issue-comments',
  method: 'POST',
  paths: ['/api/0/issues/:id/comments/'],
  async answer(call, state) {
    const order = readAs(z.strictObject({ text: text(4_000) }), call.body);
    const issueId = call.parameters.id ?? '';
    if (!/^\d{1,19}$/.test(issueId)) throw new HttpProblem(404, 'The requested resource does not exist');
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const id = newId('cmt');
      await transaction.query(
        'INSERT INTO rms.issue_comments (id, issue_id, body, created_at) VALUES ($1, $2, $3, $4)',
        [id, issueId, order.text, call.at],
      );
      return {
        status: 201,
        body: { id, issue: issueId, type: 'note', dateCreated: call.at },
        changed: id,
      };
    });
  },
};

export const wordEndpoints: readonly Endpoint[] = [broadcast, oneBroadcast, fileTicket, oneTicket, comment];
