import { z } from 'zod';
import { type Endpoint, isoTime, readQuery } from '../endpoint.ts';
import { statusNow } from '../notification-rows.ts';
import { oneTenant } from '../tenant-rows.ts';

/** How far back a failure counts as one of now. */
const recentMilliseconds = 2 * 3_600_000;
const day = 24 * 3_600_000;

interface SettingsChange {
  readonly at: Date;
  readonly actor: string;
  readonly changed: readonly string[];
}

/** How email goes out: what waits, what failed, and which settings were changed. Names and times, never values. */
const status: Endpoint = {
  name: 'email-status',
  method: 'GET',
  paths: ['/api/email/status'],
  async answer(call, { pool }) {
    const { tenantId, since } = readQuery(
      { tenantId: z.string().max(200).optional(), since: isoTime().optional() },
      call.query,
    );
    const tenant = tenantId === undefined ? undefined : await oneTenant(pool, tenantId);
    const recent = new Date(call.at.getTime() - recentMilliseconds);
    const [counts, changes] = await Promise.all([
      pool.query<Record<'pending' | 'pendingAuto' | 'sendFailed', number>>(
        `SELECT count(*) FILTER (WHERE ${statusNow} = 'pending')::int AS pending,
                count(*) FILTER (WHERE ${statusNow} = 'pending' AND event LIKE '%.reminder')::int AS "pendingAuto",
                count(*) FILTER (WHERE ${statusNow} = 'failed' AND failed_at >= $2)::int AS "sendFailed"
         FROM rms.notifications WHERE channel = 'email' AND ($3::uuid IS NULL OR tenant_id = $3)`,
        [call.at, recent, tenant?.id ?? null],
      ),
      pool.query<SettingsChange>(
        `SELECT at, actor, changed FROM rms.audit_log
         WHERE section = 'communications' AND at >= $1 AND ($2::text IS NULL OR entity_id IN ($2, 'default'))
         ORDER BY at DESC, seq DESC`,
        [since ?? new Date(call.at.getTime() - day), tenant?.id ?? null],
      ),
    ]);
    const credentials = changes.rows.find(({ changed }) => changed.includes('email.smtp.pass'));
    const body = {
      ...counts.rows[0],
      dryRun: false,
      provider: {
        name: 'smtp',
        reachable: true,
        // The deployment put a password in place that the server does not take, until somebody restores it.
        authenticated: credentials?.actor !== 'deploy-bot',
      },
      settingsChanged: changes.rows.map(({ at, actor, changed }) => ({ at, by: actor, names: changed })),
    };
    return { status: 200, body };
  },
};

/** What keeps reminders from going out, by tenant: acme has used up its daily cap. */
const caps: Readonly<Record<string, { readonly used: number; readonly limit: number }>> = {
  acme: { used: 50, limit: 50 },
  hooli: { used: 7, limit: 50 },
};

const reminders: Endpoint = {
  name: 'reminders',
  method: 'GET',
  paths: ['/api/reminders/status'],
  async answer(call, { pool }) {
    const { tenantId, caseId } = readQuery(
      { tenantId: z.string().min(1).max(200), caseId: z.string().max(100).optional() },
      call.query,
    );
    const tenant = await oneTenant(pool, tenantId);
    const cap = caps[tenant.slug] ?? { used: 0, limit: 50 };
    const isBlocked = cap.used >= cap.limit;
    const share = caseId === undefined ? 1 : 0;
    const body = {
      tenantId: tenant.id,
      caseId: caseId ?? null,
      logs: {
        reminder_blocked_cap: isBlocked ? 3 * share + 1 : 0,
        reminder_skipped_missing_recipient: 0,
      },
      caseEvents: {
        REMINDER_BLOCKED_CAP: isBlocked ? 3 * share + 1 : 0,
        DEADLINE_REMINDER_SCHEDULED: 5 * share + 1,
        SUBMISSION_REMINDER_SCHEDULED: 2 * share + 1,
      },
      dailyCap: cap,
      recipientConfigured: true,
      replyToConfigured: true,
    };
    return { status: 200, body };
  },
};

export const emailEndpoints: readonly Endpoint[] = [status, reminders];
