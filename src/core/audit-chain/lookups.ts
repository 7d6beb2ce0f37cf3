import type { AuditRecordSummary } from '../../command.ts';
import { dateOf } from './instant.ts';

/** What a look-up brings back of a stored record: never its payload. */
export interface StoredLink {
  readonly id: string;
  readonly prevHash: string | undefined;
  readonly hash: string | undefined;
  readonly micros: number;
  readonly actorId: string | null;
  readonly action: string;
}

/** Questions about one tenant's chain, all answered from the snapshot the chain is read from. */
export interface ChainLookups {
  /** Records whose stored hash is one of these; at most a few of each. */
  byHash(hashes: readonly string[]): Promise<StoredLink[]>;
  /** Records that name one of these as their parent; at most a few of each. */
  byPrevHash(hashes: readonly string[]): Promise<StoredLink[]>;
  byId(ids: readonly string[]): Promise<StoredLink[]>;
  /** The last record dated at or before a time (ISO-8601) and the first one after it. */
  around(
    time: string,
  ): Promise<{ readonly before: StoredLink | undefined; readonly after: StoredLink | undefined }>;
}

/** A record as people see it. */
export function summaryOf(link: StoredLink): AuditRecordSummary {
  return { id: link.id, at: dateOf(link.micros), action: link.action, actorId: link.actorId };
}

/** Groups what a look-up returned by one of its hashes. */
export function groupedBy(links: readonly StoredLink[], key: 'hash' | 'prevHash'): Map<string, StoredLink[]> {
  const groups = new Map<string, StoredLink[]>();
  for (const link of links) {
    const value = link[key];
    if (value === undefined) continue;
    const group = groups.get(value);
    if (group) group.push(link);
    else groups.set(value, [link]);
  }
  return groups;
}
