import type { AuditProblem, AuditProblemKind } from '../../command.ts';
import type { ChainRecord } from './chain-record.ts';
import { explain } from './explanations.ts';
import type { Linked } from './link-window.ts';
import { type ChainLookups, groupedBy, type StoredLink, summaryOf } from './lookups.ts';

/** More than a person reads; the count says how many there are. */
const keptProblems = 100;

export interface ProblemDraft {
  readonly kind: AuditProblemKind;
  /** Position of the record in written order. */
  readonly position: number;
  readonly record: ChainRecord;
  readonly explanation: string;
  /** For a fork: the other record on the same parent, and whether that parent is "none". */
  readonly sibling?: string;
  readonly isRoot?: boolean;
}

export interface ProblemList {
  add(draft: ProblemDraft): void;
  /** Counts one that is not described, because there are too many. */
  countOnly(kind: AuditProblemKind): void;
  readonly count: number;
  isOnly(kind: AuditProblemKind): boolean;
  /** The earliest ones with their neighbours. `tips` are the records nobody names as a parent. */
  described(lookups: ChainLookups, tips: readonly Linked[]): Promise<AuditProblem[]>;
}

export function createProblemList(): ProblemList {
  let drafts: ProblemDraft[] = [];
  let count = 0;
  const kinds = new Set<AuditProblemKind>();

  const keepEarliest = (): void => {
    drafts.sort((left, right) => left.position - right.position);
    drafts = drafts.slice(0, keptProblems);
  };

  const counted = (kind: AuditProblemKind): void => {
    count += 1;
    kinds.add(kind);
  };

  return {
    get count() {
      return count;
    },
    add(draft) {
      counted(draft.kind);
      drafts.push(draft);
      // Sorting once in many additions keeps a chain full of damage linear.
      if (drafts.length > 20 * keptProblems) keepEarliest();
    },
    countOnly: counted,
    isOnly: (kind) => count > 0 && kinds.size === 1 && kinds.has(kind),
    async described(lookups, tips) {
      keepEarliest();
      const siblingIds = drafts.map((draft) => draft.sibling).filter((id) => id !== undefined);
      const byId = new Map<string, StoredLink>();
      const ownIds = drafts.map((draft) => draft.record.id);
      const tipIds = drafts
        .map((draft) => precedingTip(draft, tips)?.record.id)
        .filter((id) => id !== undefined);
      for (const link of await lookups.byId([...new Set([...ownIds, ...siblingIds, ...tipIds])])) {
        byId.set(link.id, link);
      }
      const prevHashes = drafts.map((draft) => draft.record.prevHash).filter((hash) => hash !== undefined);
      const parents = groupedBy(await lookups.byHash([...new Set(prevHashes)]), 'hash');
      const hashes = [
        ...drafts.map((draft) => draft.record.hash),
        ...siblingIds.map((id) => byId.get(id)?.hash),
        // A record whose stored hash was overwritten is still named by its recomputed one.
        ...drafts.map((draft) => draft.record.recomputed),
      ].filter((hash) => hash !== undefined);
      const children = groupedBy(await lookups.byPrevHash([...new Set(hashes)]), 'prevHash');

      return drafts.map((draft): AuditProblem => {
        const { record } = draft;
        const isOther = (link: StoredLink) => link.id !== record.id;
        const childrenOf = (hash: string | undefined) => (children.get(hash ?? '') ?? []).filter(isOther);
        const own = byId.get(record.id);
        const tip = precedingTip(draft, tips);
        const before =
          draft.kind === 'missing'
            ? tip && byId.get(tip.record.id)
            : (parents.get(record.prevHash ?? '') ?? []).filter(isOther)[0];
        const after = childrenOf(record.hash)[0] ?? childrenOf(record.recomputed)[0];
        return {
          kind: draft.kind,
          record: own && summaryOf(own),
          before: before && summaryOf(before),
          after: after && summaryOf(after),
          explanation: draft.explanation || forkExplanation(draft, byId, childrenOf),
        };
      });
    },
  };
}

/** The last record before a gap: the newest one before it that has lost its child. */
function precedingTip(draft: ProblemDraft, tips: readonly Linked[]): Linked | undefined {
  if (draft.kind !== 'missing') return undefined;
  let nearest: Linked | undefined;
  for (const tip of tips) {
    if (tip.position < draft.position && (!nearest || tip.position > nearest.position)) nearest = tip;
  }
  return nearest;
}

function forkExplanation(
  draft: ProblemDraft,
  byId: ReadonlyMap<string, StoredLink>,
  childrenOf: (hash: string | undefined) => readonly StoredLink[],
): string {
  const siblingId = draft.sibling ?? '';
  const sibling = byId.get(siblingId);
  const isCopy = sibling !== undefined && sibling.hash === draft.record.hash;
  const text = explain.fork(
    { id: siblingId, micros: sibling?.micros ?? draft.record.micros },
    draft.record,
    isCopy,
    draft.isRoot ?? false,
  );
  if (isCopy) return text;
  const hasChild = childrenOf(draft.record.hash).length > 0;
  return text + explain.continuation(hasChild, childrenOf(sibling?.hash).length > 0, siblingId);
}
