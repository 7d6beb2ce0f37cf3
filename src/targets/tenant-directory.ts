import type pg from 'pg';
import type { TenantDirectory, TenantRef } from '../command.ts';
import { slips } from '../core/parse/nearest.ts';
import type { AuditSql } from './audit-sql.ts';
import { targetFault } from './target-fault.ts';

/** For typos every slug is compared; past this many tenants only those first in the alphabet are. */
const comparedTenants = 5_000;

/** Tenants of an audited database, read over a small pool of its own so that a long verify never delays them. */
export function createTenantDirectory(target: string, pool: pg.Pool, sql: AuditSql): TenantDirectory {
  const rows = async (statement: string, values: readonly unknown[]): Promise<TenantRef[]> => {
    try {
      return (await pool.query<TenantRef>(statement, [...values])).rows;
    } catch (error) {
      throw targetFault(target, error);
    }
  };

  return {
    async find(typed) {
      // PostgreSQL refuses NUL in text; nothing stored can contain it.
      if (typed === '' || typed.includes('\0')) return undefined;
      const [found] = await rows(sql.findTenant, [typed, typed.toLowerCase()]);
      return found;
    },
    async search(text, limit) {
      const wanted = text.trim().replaceAll('\0', '');
      const containing = await rows(sql.searchTenants, [`%${escapePattern(wanted)}%`, wanted, limit]);
      if (containing.length >= limit || wanted === '') return containing;
      const found = new Set(containing.map((tenant) => tenant.id));
      const near = (await rows(sql.listTenants, [comparedTenants]))
        .filter((tenant) => !found.has(tenant.id))
        .map((tenant) => ({
          tenant,
          distance: slips(wanted.toLowerCase(), tenant.slug.toLowerCase()),
        }))
        .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
        .sort((left, right) => left.distance - right.distance)
        .map(({ tenant }) => tenant);
      return [...containing, ...near].slice(0, limit);
    },
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
