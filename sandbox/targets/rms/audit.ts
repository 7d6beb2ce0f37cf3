import { randomUUID } from 'node:crypto';
import type { Transaction } from './change.ts';
import type { Call } from './endpoint.ts';

/** Appends to the RMS's own audit log, in the change's transaction. */
export async function audit(
  transaction: Transaction,
  call: Call,
  entry: {
    readonly entity: 'tenant' | 'settings';
    readonly entityId: string;
    readonly action: string;
    /** Names of what changed, never values. */
    readonly changed: readonly string[];
    readonly section?: string;
    readonly reason?: string | undefined;
  },
): Promise<void> {
  await transaction.query(
    `INSERT INTO rms.audit_log (id, at, actor, action, entity, entity_id, section, changed, reason)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      randomUUID(),
      call.at,
      call.actor,
      entry.action,
      entry.entity,
      entry.entityId,
      entry.section ?? null,
      entry.changed,
      entry.reason ?? null,
    ],
  );
}
