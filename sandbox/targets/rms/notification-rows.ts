import { randomBytes } from 'node:crypto';
import type { Transaction } from './change.ts';
import type { Call } from './endpoint.ts';
import type { TenantRow } from './tenant-rows.ts';

/** The worker sends queued email about a second after it was queued. */
const workerDelayMilliseconds = 1_000;

/** The status at the time `$1`: what the worker was due to send by then is sent. */
export const statusNow = "CASE WHEN status = 'pending' AND sends_at <= $1 THEN 'sent' ELSE status END";

/** Tells the tenant's owner: in the application at once, by email as soon as the worker gets to it. */
export async function notifyOwner(
  transaction: Transaction,
  call: Call,
  tenant: TenantRow,
  event: string,
): Promise<void> {
  for (const channel of ['in_app', 'email']) {
    await transaction.query(
      `INSERT INTO rms.notifications (id, tenant_id, channel, event, recipient, status, created_at, sends_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        `ntf_${randomBytes(5).toString('hex')}`,
        tenant.id,
        channel,
        event,
        tenant.ownerEmail,
        channel === 'in_app' ? 'delivered' : 'pending',
        call.at,
        channel === 'in_app' ? null : new Date(call.at.getTime() + workerDelayMilliseconds),
      ],
    );
  }
}
