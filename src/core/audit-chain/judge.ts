import type { AuditProblem } from '../../command.ts';
import type { ChainRecord } from './chain-record.ts';
import { explain } from './explanations.ts';
import { createLinkWindow, type Linked } from './link-window.ts';
import { type ChainLookups, groupedBy, type StoredLink } from './lookups.ts';
import { createProblemList, type ProblemDraft } from './problem-list.ts';
import { classifyUnsound } from './unsound.ts';

/** Links whose other end fell outside the window are asked for in batches of this size. */
const lookupBatch = 5_000;
/** Of each kind of suspicion this many (the earliest) are judged one by one; the rest are only counted. */
const keptSuspicions = 10_000;

export interface Judgement {
  readonly records: number;
  /** The earliest first; the full count is `problemCount`. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
  /** Every problem is a time that disagrees with sound links. */
  readonly isOnlySkewed: boolean;
  /** The record no other names as its parent, when there is exactly one. */
  readonly head: ChainRecord | undefined;
}

export interface ChainJudge {
  /** Takes the records in written order. */
  add(record: ChainRecord): void;
  /** True when {@link settle} should be awaited before more is added, to keep memory bounded. */
  readonly isWaitingForLookups: boolean;
  /** Resolves the links that fell outside the window so far. */
  settle(lookups: ChainLookups): Promise<void>;
  /** After the last record: whether all is sound by what was seen, with no look-up. */
  glance(): { readonly isIntact: boolean; readonly head: ChainRecord | undefined };
  finish(lookups: ChainLookups): Promise<Judgement>;
}

interface Suspect {
  readonly child: Linked;
  readonly parent: StoredLink;
  readonly siblings: readonly StoredLink[];
}

/**
 * Judges a hash chain in bounded memory by local facts only: every record re-hashes to its stored hash, names
 * one existing parent, shares it with nobody, and exactly one begins the chain. Records that satisfy all four
 * form one path, since a cycle would need a SHA-256 collision; so no link is ever walked, and damage of any
 * shape (cycles, self-parents, copies) ends.
 *
 * @param options.root what the first record names as its parent; undefined for a whole chain.
 * @param options.windowSize records kept in memory. Default 2,048: a second or more of a very busy writer.
 */
export function createChainJudge(
  options: { root?: string | undefined; windowSize?: number } = {},
): ChainJudge {
  const problems = createProblemList();
  const unsound: Linked[] = [];
  let unsoundCount = 0;
  let unresolved: Linked[] = [];
  const suspects: Suspect[] = [];
  const orphans: Linked[] = [];
  const tips = new Map<string, Linked>();
  let areTipsComplete = true;
  let isFlushed = false;
  let first: ChainRecord | undefined;
  let lastSoundPosition = -1;

  const window = createLinkWindow({
    size: options.windowSize ?? 2_048,
    root: options.root,
    events: {
      fork: (child, sibling, parent) =>
        problems.add({
          kind: 'fork',
          position: child.position,
          record: child.record,
          sibling,
          explanation: '',
          isRoot: parent === undefined,
        }),
      outOfOrder: (child, parent) => problems.add(outOfOrder(child, parent)),
      parentNotSeen: (child) => unresolved.push(child),
      childNotSeen: (parent) => {
        tips.set(parent.record.id, parent);
        if (tips.size <= keptSuspicions) return;
        areTipsComplete = false;
        for (const id of tips.keys()) {
          tips.delete(id);
          break;
        }
      },
    },
  });

  const outOfOrder = (child: Linked, parent: { id: string; micros: number }): ProblemDraft => ({
    kind: 'out_of_order',
    position: child.position,
    record: child.record,
    explanation: explain.outOfOrder(child.record, parent),
  });

  const flush = (): void => {
    if (!isFlushed) window.flush();
    isFlushed = true;
  };

  const glance = () => {
    flush();
    const isSound = unsoundCount === 0 && problems.count === 0 && unresolved.length === 0;
    const hasNoLeads = suspects.length === 0 && orphans.length === 0;
    const head = areTipsComplete && tips.size === 1 ? tips.values().next().value?.record : undefined;
    return { isIntact: isSound && hasNoLeads && window.roots === 1 && head !== undefined, head };
  };

  const settle = async (lookups: ChainLookups): Promise<void> => {
    const batch = unresolved;
    unresolved = [];
    for (let start = 0; start < batch.length; start += lookupBatch) {
      const children = batch.slice(start, start + lookupBatch);
      const wanted = [
        ...new Set(children.map((child) => child.record.prevHash).filter((hash) => hash !== undefined)),
      ];
      const parents = groupedBy(await lookups.byHash(wanted), 'hash');
      const siblings = groupedBy(await lookups.byPrevHash(wanted), 'prevHash');
      for (const child of children) settleOne(child, parents, siblings);
    }
  };

  const settleOne = (
    child: Linked,
    parents: Map<string, StoredLink[]>,
    siblings: Map<string, StoredLink[]>,
  ): void => {
    const { id, prevHash, isSound, micros } = child.record;
    const isOther = (link: StoredLink) => link.id !== id;
    const found = (parents.get(prevHash ?? '') ?? []).filter(isOther);
    const parent = found[0];
    if (!parent) {
      if (orphans.length < keptSuspicions) orphans.push(child);
      else if (isSound) problems.countOnly('missing');
      return;
    }
    for (const link of found) tips.delete(link.id);
    if (!isSound) return;
    const others = (siblings.get(prevHash ?? '') ?? []).filter(isOther);
    if (others.length === 0 && !(micros < parent.micros)) return;
    if (suspects.length < keptSuspicions) suspects.push({ child, parent, siblings: others });
    else problems.countOnly(others.length > 0 ? 'fork' : 'out_of_order');
  };

  const judgeSuspects = (unsoundIds: ReadonlySet<string>): void => {
    const forks = new Map<string, ProblemDraft>();
    for (const { child, parent, siblings } of suspects) {
      const isEarly = child.record.micros < parent.micros;
      if (isEarly && !unsoundIds.has(parent.id)) problems.add(outOfOrder(child, parent));
      const sibling = siblings.find((link) => !unsoundIds.has(link.id));
      if (!sibling) continue;
      const known = forks.get(parent.id);
      if (known && known.position >= child.position) continue;
      forks.set(parent.id, {
        kind: 'fork',
        position: child.position,
        record: child.record,
        sibling: sibling.id,
        explanation: '',
        isRoot: false,
      });
    }
    for (const fork of forks.values()) problems.add(fork);
  };

  return {
    get isWaitingForLookups() {
      return unresolved.length >= lookupBatch;
    },
    add(record) {
      first ??= record;
      const linked = window.add(record);
      if (record.isSound) {
        lastSoundPosition = linked.position;
        return;
      }
      unsoundCount += 1;
      if (unsound.length < keptSuspicions) unsound.push(linked);
      else problems.countOnly(record.recomputed === undefined ? 'unreadable' : 'altered');
    },
    settle,
    glance,
    async finish(lookups) {
      const seen = glance();
      if (seen.isIntact) {
        return {
          records: window.records,
          problems: [],
          problemCount: 0,
          isOnlySkewed: false,
          head: seen.head,
        };
      }
      await settle(lookups);

      const unsoundIds = new Set(unsound.map((linked) => linked.record.id));
      const expected = new Set(
        unsound.map((linked) => linked.record.recomputed).filter((hash) => hash !== undefined),
      );
      const { hasSoundRoot } = window;
      for (const draft of await classifyUnsound(unsound, {
        lookups,
        unsoundIds,
        lastSoundPosition,
        hasSoundRoot,
      })) {
        problems.add(draft);
      }
      judgeSuspects(unsoundIds);
      for (const { record, position } of orphans) {
        // A parent whose stored hash was overwritten is reported itself; its child is not damaged.
        if (!record.isSound || (record.prevHash !== undefined && expected.has(record.prevHash))) continue;
        problems.add({ kind: 'missing', position, record, explanation: explain.missing(record) });
      }
      if (problems.count === 0 && window.roots === 0 && first) {
        problems.add({ kind: 'missing', position: 0, record: first, explanation: explain.noFirstRecord() });
      }
      const head = areTipsComplete && tips.size === 1 ? tips.values().next().value?.record : undefined;
      return {
        records: window.records,
        problems: await problems.described(lookups, [...tips.values()]),
        problemCount: problems.count,
        isOnlySkewed: problems.isOnly('out_of_order'),
        head,
      };
    },
  };
}
