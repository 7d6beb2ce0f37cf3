import { explain } from './explanations.ts';
import type { Linked } from './link-window.ts';
import { type ChainLookups, groupedBy, type StoredLink } from './lookups.ts';
import type { ProblemDraft } from './problem-list.ts';

/** Look-ups per classification; later unsound records are called altered without looking. */
const examined = 1_000;

/**
 * Tells what an unsound record is: altered (part of the chain, changed afterwards), inserted (nothing follows
 * it and the chain does not need it) or unreadable.
 *
 * The newest record of a chain that is unsound may be either; it is called altered and the sentence says so.
 */
export async function classifyUnsound(
  unsound: readonly Linked[],
  facts: {
    readonly lookups: ChainLookups;
    readonly unsoundIds: ReadonlySet<string>;
    readonly lastSoundPosition: number;
    readonly hasSoundRoot: boolean;
  },
): Promise<ProblemDraft[]> {
  const { lookups, unsoundIds } = facts;
  const childless = unsound.filter((linked) => !linked.hasChild).slice(0, examined);
  const isText = (hash: string | undefined): hash is string => hash !== undefined;
  const records = childless.map((linked) => linked.record);
  const parentHashes = [...new Set(records.map((record) => record.prevHash).filter(isText))];
  const named = [
    ...records.map((record) => record.hash),
    ...records.map((record) => record.recomputed),
    ...parentHashes,
  ];
  const namedHashes = [...new Set(named.filter(isText))];
  const children =
    namedHashes.length === 0 ? new Map() : groupedBy(await lookups.byPrevHash(namedHashes), 'prevHash');
  const parents =
    parentHashes.length === 0 ? new Map() : groupedBy(await lookups.byHash(parentHashes), 'hash');
  const examinedPositions = new Set(childless.map((linked) => linked.position));

  return unsound.map((linked): ProblemDraft => {
    const { record, position } = linked;
    const isOther = (link: StoredLink) => link.id !== record.id;
    const others = (map: Map<string, StoredLink[]>, hash: string | undefined) =>
      hash === undefined ? [] : (map.get(hash) ?? []).filter(isOther);
    const as = (kind: ProblemDraft['kind'], explanation: string): ProblemDraft => ({
      kind,
      position,
      record,
      explanation,
    });

    if (record.recomputed === undefined) return as('unreadable', explain.unreadable(record));
    if (!examinedPositions.has(position) || record.recomputed === record.hash)
      return as('altered', explain.altered(record));
    if (others(children, record.recomputed).length > 0) return as('altered', explain.overwrittenHash(record));
    if (others(children, record.hash).length > 0) return as('altered', explain.altered(record));
    const isRoot = record.prevHash === undefined;
    const hasSoundSibling = isRoot
      ? facts.hasSoundRoot
      : others(children, record.prevHash).some((sibling) => !unsoundIds.has(sibling.id));
    if (hasSoundSibling) return as('inserted', explain.inserted(record));
    if (position > facts.lastSoundPosition) return as('altered', explain.newestAltered(record));
    const hasParent = isRoot || others(parents, record.prevHash).length > 0;
    return hasParent ? as('altered', explain.altered(record)) : as('inserted', explain.inserted(record));
  });
}
