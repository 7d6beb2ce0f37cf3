import type pg from 'pg';
import type { Transaction } from './change.ts';
import { HttpProblem } from './endpoint.ts';

export interface TenantRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** What was ordered last; a suspension may be ordered for later. */
  readonly status: 'active' | 'suspended';
  readonly suspendedFrom: Date | null;
  readonly activeUsers: number;
  readonly ownerEmail: string;
}

const select = `SELECT id, slug, name, status, suspension_effective_at AS "suspendedFrom",
    active_users AS "activeUsers", owner_email AS "ownerEmail"
  FROM rms.tenants WHERE id::text = lower($1) OR slug = lower($1)`;

/** @throws HttpProblem 404 */
export async function oneTenant(database: pg.Pool | Transaction, idOrSlug: string): Promise<TenantRow> {
  return found(await database.query<TenantRow>(select, [withoutNul(idOrSlug)]));
}

/** Locked until the transaction ends: changes of one tenant come one after another. @throws HttpProblem 404 */
export async function oneTenantLocked(transaction: Transaction, idOrSlug: string): Promise<TenantRow> {
  return found(await transaction.query<TenantRow>(`${select} FOR UPDATE`, [withoutNul(idOrSlug)]));
}

function found({ rows }: { readonly rows: readonly TenantRow[] }): TenantRow {
  const [tenant] = rows;
  if (tenant === undefined) throw new HttpProblem(404, 'no such tenant');
  return tenant;
}

/** PostgreSQL refuses NUL in text; nothing stored can contain it. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}

/** A tenant goes on as it was until its suspension takes effect. */
export function isSuspendedAt({ status, suspendedFrom }: TenantRow, at: Date): boolean {
  return status === 'suspended' && (suspendedFrom === null || suspendedFrom <= at);
}
