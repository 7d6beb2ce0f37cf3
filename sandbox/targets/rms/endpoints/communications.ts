import { z } from 'zod';
import { audit } from '../audit.ts';
import { change, type Transaction } from '../change.ts';
import { type Endpoint, HttpProblem, readAs, readQuery } from '../endpoint.ts';
import type { CommunicationSettings } from '../sample-communications.ts';
import { oneTenant } from '../tenant-rows.ts';

const text = z.string().trim().min(1).max(500);

/** What may be changed; what is left out stays as it is. */
const changes = z.strictObject({
  email: z
    .strictObject({
      provider: text,
      from: text,
      replyTo: text,
      smtp: z
        .strictObject({ host: text, port: z.int().min(1).max(65_535), user: text, pass: text })
        .partial(),
      fallbackUrl: z.url(),
    })
    .partial()
    .optional(),
  sms: z
    .strictObject({
      provider: text,
      from: text,
      twilio: z.strictObject({ accountSid: text, authToken: text }).partial(),
    })
    .partial()
    .optional(),
});

interface Stored {
  readonly settings: CommunicationSettings;
  readonly updatedAt: Date;
  readonly isOwn: boolean;
}

const select = `SELECT settings, updated_at AS "updatedAt", tenant_id IS NOT DISTINCT FROM $1::uuid AS "isOwn"
  FROM rms.communication_settings WHERE tenant_id IS NOT DISTINCT FROM $1::uuid OR tenant_id IS NULL
  ORDER BY tenant_id NULLS LAST LIMIT 1`;

const query = { tenantId: z.string().max(200).optional() };

function answerOf(tenantId: string | undefined, { settings, updatedAt, isOwn }: Stored) {
  const source = tenantId !== undefined && isOwn ? 'tenant' : 'default';
  return { tenantId: tenantId ?? null, source, updatedAt, ...settings };
}

const read: Endpoint = {
  name: 'settings',
  method: 'GET',
  paths: ['/api/settings/communications'],
  async answer(call, { pool }) {
    const { tenantId } = readQuery(query, call.query);
    const tenant = tenantId === undefined ? undefined : await oneTenant(pool, tenantId);
    const { rows } = await pool.query<Stored>(select, [tenant?.id]);
    if (rows[0] === undefined) throw new HttpProblem(404, 'no communication settings');
    return { status: 200, body: answerOf(tenant?.id, rows[0]) };
  },
};

/** A tenant that had none of its own gets a copy of the default ones with the changes in it. */
const update: Endpoint = {
  name: 'update-settings',
  method: 'PUT',
  paths: ['/api/settings/communications'],
  async answer(call, state) {
    const { tenantId } = readQuery(query, call.query);
    const wanted = readAs(changes, call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => {
      const tenant = tenantId === undefined ? undefined : await oneTenant(transaction, tenantId);
      const stored = await settingsLocked(transaction, tenant?.id);
      const { merged, changed } = merge(stored.settings, wanted);
      if (changed.length === 0) return { body: answerOf(tenant?.id, stored), changed: undefined };
      const settings = merged as unknown as CommunicationSettings;
      const entityId = tenant?.id ?? 'default';
      await transaction.query(
        `INSERT INTO rms.communication_settings (tenant_id, settings, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id) DO UPDATE SET settings = $2, updated_at = $3`,
        [tenant?.id ?? null, JSON.stringify(settings), call.at],
      );
      await audit(transaction, call, {
        entity: 'settings',
        entityId,
        action: 'settings.updated',
        section: 'communications',
        changed,
      });
      const body = answerOf(tenant?.id, { settings, updatedAt: call.at, isOwn: true });
      return { body, changed: entityId };
    });
  },
};

/** The default row is locked for all of them: a tenant may have no row yet that could be. */
async function settingsLocked(transaction: Transaction, tenantId: string | undefined): Promise<Stored> {
  await transaction.query('SELECT FROM rms.communication_settings WHERE tenant_id IS NULL FOR UPDATE');
  const { rows } = await transaction.query<Stored>(select, [tenantId]);
  if (rows[0] === undefined) throw new HttpProblem(404, 'no communication settings');
  return rows[0];
}

/** The dotted names of what differs, and the settings with it. */
function merge(before: object, wanted: object, prefix = ''): { merged: object; changed: string[] } {
  const merged: Record<string, unknown> = { ...before };
  const changed: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const old = merged[name];
    if (typeof value === 'object' && typeof old === 'object' && old !== null) {
      const inner = merge(old, value, `${prefix}${name}.`);
      merged[name] = inner.merged;
      changed.push(...inner.changed);
    } else if (value !== old) {
      merged[name] = value;
      changed.push(`${prefix}${name}`);
    }
  }
  return { merged, changed };
}

export const communicationEndpoints: readonly Endpoint[] = [read, update];
