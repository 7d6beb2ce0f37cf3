import type { AuditProblem } from '../../command.ts';
import { explain } from './explanations.ts';
import { type ChainLookups, summaryOf } from './lookups.ts';

/** What we keep, in our own database, of a chain that was found intact. */
export interface AuditCheckpoint {
  /** Records in the chain then. */
  readonly records: number;
  /** Hash and id of the newest record by links. */
  readonly head: string;
  readonly headId: string;
  /**
   * Time of the head, ISO-8601 UTC with microseconds. Records of this very time are read again: a record
   * appended within the same instant may sort before the head, since random ids break no ties.
   */
  readonly boundaryAt: string;
  /** Records dated before `boundaryAt`; the next run only counts them. */
  readonly olderRecords: number;
  /** The parent of the first record at `boundaryAt`; undefined when that record begins the chain. */
  readonly anchor: string | undefined;
  readonly verifiedAt: Date;
}

/** Keeps one checkpoint per target and tenant. */
export interface AuditCheckpointStore {
  load(target: string, tenantId: string): Promise<AuditCheckpoint | undefined>;
  /** Never moves backwards: one with fewer records than the kept one changes nothing. */
  save(target: string, tenantId: string, checkpoint: AuditCheckpoint): Promise<void>;
}

/**
 * Compares a whole chain, already judged, with what was kept of it: a chain that was cut off, or rewritten
 * and rehashed throughout, is sound in itself, and only this tells.
 * @returns undefined when the kept head is still in the chain: its hash covers everything before it.
 */
export async function compareWithCheckpoint(
  checkpoint: AuditCheckpoint,
  lookups: ChainLookups,
): Promise<AuditProblem | undefined> {
  const [sameHash] = await lookups.byHash([checkpoint.head]);
  if (sameHash) return undefined;
  const neighbours = await lookups.around(checkpoint.boundaryAt);
  const [sameId] = await lookups.byId([checkpoint.headId]);
  if (sameId) {
    const [parent] = sameId.prevHash === undefined ? [] : await lookups.byHash([sameId.prevHash]);
    const [child] = sameId.hash === undefined ? [] : await lookups.byPrevHash([sameId.hash]);
    return {
      kind: 'altered',
      record: summaryOf(sameId),
      before: parent && summaryOf(parent),
      after: child && summaryOf(child),
      explanation: explain.rewrittenHead(checkpoint, sameId.hash),
    };
  }
  const nearest = neighbours.before ?? neighbours.after;
  return {
    kind: 'cut_tail',
    record: nearest && summaryOf(nearest),
    before: neighbours.before && summaryOf(neighbours.before),
    after: neighbours.after && summaryOf(neighbours.after),
    explanation: explain.cutTail(checkpoint),
  };
}
