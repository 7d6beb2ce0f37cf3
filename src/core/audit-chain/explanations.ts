import type { ChainRecord } from './chain-record.ts';

/**
 * The sentences a responder reads. They name ids and hashes, never payloads: those may hold personal data.
 * What comes from the operated database is shortened and stripped of control characters.
 */

/** Two appends this close together are most likely one race, not an attack. */
const concurrentAppendMilliseconds = 10_000;

/** First 12 digits: enough to find a hash in a table, short enough for a phone. */
export function shortHash(hash: string | undefined): string {
  if (hash === undefined) return 'none';
  return hash.length > 12 ? `${printable(hash.slice(0, 12))}…` : printable(hash);
}

export function shortId(id: string): string {
  return id.length > 64 ? `${printable(id.slice(0, 64))}…` : printable(id);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

function apart(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < 1000) return `${Math.round(size * 1000) / 1000} ms`;
  if (size < 120_000) return `${Math.round(size / 100) / 10} s`;
  if (size < 7_200_000) return `${Math.round(size / 60_000)} minutes`;
  return `${Math.round(size / 3_600_000)} hours`;
}

export const explain = {
  altered(record: ChainRecord): string {
    if (record.complaint) {
      return `${record.complaint}: it was changed after it was written, or not written by the application`;
    }
    return `${twoHashes(record)}: its payload, time, actor, action or prevHash was changed after it was written`;
  },
  overwrittenHash(record: ChainRecord): string {
    const what = record.complaint ?? `stored hash "${shortHash(record.hash)}" is wrong`;
    return `${what}; the next record still names the recomputed "${shortHash(record.recomputed)}": only the stored hash was overwritten`;
  },
  newestAltered(record: ChainRecord): string {
    const what = record.complaint ?? twoHashes(record);
    return `${what}: as the newest record it was either changed after it was written or added by something other than the application`;
  },
  inserted(record: ChainRecord): string {
    const what = record.complaint ?? twoHashes(record);
    return `${what}, and no record follows it: it was put into the chain by something other than the application`;
  },
  unreadable(record: ChainRecord): string {
    return `it cannot be judged: ${record.complaint ?? 'it could not be read'}`;
  },
  missing(record: ChainRecord): string {
    return `its parent "${shortHash(record.prevHash)}" is nowhere in the chain: a record before this one was deleted, or its parent was rewritten and rehashed`;
  },
  noFirstRecord(): string {
    return 'no record begins the chain: the first record was deleted or its prevHash was changed';
  },
  fork(
    sibling: { id: string; micros: number },
    record: { micros: number },
    isCopy: boolean,
    isRoot: boolean,
  ): string {
    if (isCopy)
      return `it is an exact copy of record ${shortId(sibling.id)}: the same entry was stored twice`;
    const distance = (record.micros - sibling.micros) / 1000;
    const cause =
      Math.abs(distance) <= concurrentAppendMilliseconds
        ? `written ${apart(distance)} apart, so most likely two appends ran at once`
        : `written ${apart(distance)} apart, so a second branch was added`;
    return isRoot
      ? `it begins the chain, and so does record ${shortId(sibling.id)}; ${cause}`
      : `it names the same parent as record ${shortId(sibling.id)}; ${cause}`;
  },
  continuation(recordHasChild: boolean, siblingHasChild: boolean, siblingId: string): string {
    if (recordHasChild && siblingHasChild) return '; both branches continue';
    if (recordHasChild)
      return `; the chain continues from this record, and record ${shortId(siblingId)} is left aside`;
    if (siblingHasChild)
      return `; the chain continues from record ${shortId(siblingId)}, and this one is left aside`;
    return '';
  },
  outOfOrder(record: { micros: number }, parent: { id: string; micros: number }): string {
    const distance = (parent.micros - record.micros) / 1000;
    return `it is dated ${apart(distance)} before its parent ${shortId(parent.id)}, while both hashes and the link are sound: a writer's clock is wrong, nothing was altered`;
  },
  cutTail(checkpoint: { headId: string; head: string; verifiedAt: Date; records: number }): string {
    return `the chain verified on ${checkpoint.verifiedAt.toISOString()} ended with record ${shortId(checkpoint.headId)} ("${shortHash(checkpoint.head)}", ${checkpoint.records} records), which is gone: the newest records were cut off`;
  },
  rewrittenHead(checkpoint: { head: string; verifiedAt: Date }, hash: string | undefined): string {
    return `its hash was "${shortHash(checkpoint.head)}" when the chain was verified on ${checkpoint.verifiedAt.toISOString()} and is "${shortHash(hash)}" now: it, or records before it, were rewritten and rehashed`;
  },
};

function twoHashes(record: ChainRecord): string {
  return `stored hash "${shortHash(record.hash)}" is not the recomputed "${shortHash(record.recomputed)}"`;
}
