import type { ChainLookups, StoredLink } from '../core/audit-chain/lookups.ts';
import type { Snapshot } from './audit-snapshot.ts';
import type { AuditSql } from './audit-sql.ts';

interface LinkRow {
  readonly id: string;
  readonly prev_hash: string | null;
  readonly hash: string | null;
  /** int8 arrives as text; NULL for an infinite time and for NULL. */
  readonly micros: string | null;
  readonly is_late: boolean | null;
  readonly actor_id: string | null;
  readonly action: string | null;
}

/** Hashes per statement: well inside what PostgreSQL turns into one hashed comparison. */
const hashesPerStatement = 2_000;

export function auditLookups(snapshot: Snapshot, sql: AuditSql, tenantId: string): ChainLookups {
  const ask = async (statement: string, wanted: readonly string[]): Promise<StoredLink[]> => {
    const links: StoredLink[] = [];
    for (let start = 0; start < wanted.length; start += hashesPerStatement) {
      const some = wanted.slice(start, start + hashesPerStatement);
      for (const row of await snapshot.rows<LinkRow>(statement, [tenantId, some])) links.push(linkOf(row));
    }
    return links;
  };
  const one = async (statement: string, time: string): Promise<StoredLink | undefined> => {
    const [row] = await snapshot.rows<LinkRow>(statement, [tenantId, time]);
    return row && linkOf(row);
  };
  return {
    byHash: (hashes) => ask(sql.byHash, hashes),
    byPrevHash: (hashes) => ask(sql.byPrevHash, hashes),
    byId: (ids) => ask(sql.byId, ids),
    around: async (time) => ({
      before: await one(sql.lastUntil, time),
      after: await one(sql.firstAfter, time),
    }),
  };
}

function linkOf(row: LinkRow): StoredLink {
  return {
    id: row.id,
    prevHash: row.prev_hash === null || row.prev_hash === '' ? undefined : row.prev_hash,
    hash: row.hash === null || row.hash === '' ? undefined : row.hash,
    micros: row.micros === null ? infiniteMicros(row.is_late) : Number(row.micros),
    actorId: row.actor_id,
    action: row.action ?? '',
  };
}

function infiniteMicros(isLate: boolean | null): number {
  if (isLate === null) return Number.NaN;
  return isLate ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
