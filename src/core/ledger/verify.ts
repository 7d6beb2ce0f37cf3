import { type EntryBody, entryHash, genesisHash } from './entry.ts';
import { judgeEntry, short } from './judge-entry.ts';
import type { LedgerProblem } from './problem.ts';
import { type Receipt, receiptOf } from './receipt.ts';
import type { PublicKey } from './signing-key.ts';
import { parseBody, type StoredEntry } from './stored-entry.ts';
import { type Anchor, type FoundCheckpoint, verifyCheckpoints } from './verify-checkpoints.ts';

export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

export interface LedgerVerdict {
  readonly workspaceId: string;
  /** `sound` never stands over an empty set: a ledger without entries is `empty`, which proves nothing. */
  readonly outcome: 'sound' | 'bad' | 'empty';
  readonly entries: number;
  readonly head: (LedgerHead & { readonly at: string }) | undefined;
  /** The earliest bad entry first, then what is wrong with the head, the checkpoints and the receipt; at most 20. */
  readonly problems: readonly LedgerProblem[];
  readonly problemCount: number;
  readonly checkpoints: number;
  /** The furthest checkpoint that is signed by a given key and agrees, with nothing bad up to it. */
  readonly anchor: Anchor | undefined;
  /** Entries past the anchor: a superuser could still rewrite them unnoticed. */
  readonly unanchored: number;
  /** `erased`: the commitment stands, its text is gone. `withheld`: a redacted export left it out. */
  readonly privateTexts: { readonly matching: number; readonly erased: number; readonly withheld: number };
  /** Entries whose private text is gone and that no `ledger.erased` entry names. */
  readonly unrecordedErasures: number;
  /** Entries older than the one before them: clocks differ between processes, so this alone is no fault. */
  readonly clockSteps: number;
}

export interface LedgerExpectations {
  readonly workspaceId: string;
  readonly checkpoints: readonly FoundCheckpoint[];
  readonly keys: readonly PublicKey[];
  readonly receipt?: Receipt | undefined;
  readonly isRedacted?: boolean | undefined;
}

export interface LedgerVerification {
  /** Call with every entry, in order of seq. */
  add(entry: StoredEntry): void;
  /** @param head the stored head, which the last entry must be. */
  finish(head: LedgerHead | undefined): LedgerVerdict;
}

const maxProblems = 20;

/** Verifies a ledger of any length entry by entry, in memory that does not grow with it. */
export function verifyLedger(expectations: LedgerExpectations): LedgerVerification {
  const { workspaceId, receipt, isRedacted = false } = expectations;
  const checkpoints = verifyCheckpoints(expectations.checkpoints, expectations.keys);
  const problems: LedgerProblem[] = [];
  const unrecordedErasures = new Set<number>();
  const privateTexts = { matching: 0, erased: 0, withheld: 0 };
  let problemCount = 0;
  let firstBadSeq = Number.POSITIVE_INFINITY;
  let entries = 0;
  let clockSteps = 0;
  let last: StoredEntry | undefined;
  /** The last entry's body hashes to this, which is not its stored hash. */
  let doubtful: { recomputed: string; problemIndex: number } | undefined;
  let receiptProblem: LedgerProblem | undefined;
  if (receipt !== undefined) receiptProblem = disagreement(receipt, undefined);

  function report(problem: LedgerProblem): number {
    problemCount += 1;
    firstBadSeq = Math.min(firstBadSeq, problem.seq ?? firstBadSeq);
    return problems.length < maxProblems ? problems.push(problem) - 1 : -1;
  }

  /** What links to a doubtful entry tells which of its body and its hash is the old one. */
  function settleDoubt(link: string): void {
    const problem = problems[doubtful?.problemIndex ?? -1];
    if (doubtful === undefined || problem === undefined || link !== doubtful.recomputed) return;
    problems[doubtful.problemIndex] = {
      ...problem,
      kind: 'wrong_hash',
      explanation: `Its stored hash was overwritten: the body hashes to ${short(link)}, and what follows links to that.`,
    };
  }

  function countPrivate(entry: StoredEntry, body: EntryBody): void {
    const committed = Object.keys(body.private);
    const kept = entry.private.length;
    privateTexts.matching += kept;
    if (isRedacted) privateTexts.withheld += committed.length - kept;
    else if (committed.length > kept) {
      privateTexts.erased += committed.length - kept;
      unrecordedErasures.add(entry.seq);
    }
    const erased = body.kind === 'ledger.erased' ? body.facts.entries : undefined;
    if (Array.isArray(erased)) for (const seq of erased) unrecordedErasures.delete(seq);
  }

  function isOutOfOrder(entry: StoredEntry): boolean {
    if (last === undefined || entry.seq > last.seq) return false;
    const isSame = entry.seq === last.seq;
    report({
      kind: isSame ? 'fork' : 'out_of_place',
      seq: entry.seq,
      entry: nameOf(entry, parseBody(entry.body)),
      explanation: isSame
        ? `Two entries claim #${entry.seq}: ${short(last.hash)} and ${short(entry.hash)}.`
        : `It stands after #${last.seq}.`,
    });
    return true;
  }

  return {
    add(entry) {
      entries += 1;
      if (isOutOfOrder(entry)) return;
      const expectedSeq = (last?.seq ?? 0) + 1;
      const isNext = entry.seq === expectedSeq;
      if (!isNext) report(missing(expectedSeq, entry.seq));
      if (isNext) settleDoubt(entry.prevHash);
      const body = parseBody(entry.body);
      const isLinkedToDoubtful = isNext && doubtful !== undefined && entry.prevHash === doubtful.recomputed;
      const previousHash = isNext ? (last?.hash ?? genesisHash) : undefined;
      const judgement = judgeEntry(entry, body, {
        workspaceId,
        previousHash: isLinkedToDoubtful ? doubtful?.recomputed : previousHash,
      });
      doubtful = undefined;
      if (judgement !== undefined) {
        const problemIndex = report({ ...judgement, seq: entry.seq, entry: nameOf(entry, body) });
        if (judgement.kind === 'altered') {
          doubtful = { recomputed: entryHash(entry.prevHash, entry.body), problemIndex };
        }
      } else if (body !== undefined) countPrivate(entry, body);
      if (last !== undefined && entry.at < last.at) clockSteps += 1;
      checkpoints.pass(entry.seq, entry.hash);
      if (receipt?.seq === entry.seq) receiptProblem = disagreement(receipt, entry.hash);
      last = entry;
    },

    finish(head) {
      const lastSeq = last?.seq ?? 0;
      if (head !== undefined) settleDoubt(head.hash);
      const headProblem = judgeHead(head, last);
      if (headProblem !== undefined) report(headProblem);
      const soundUpTo = Math.min(lastSeq, firstBadSeq - 1);
      const { problems: checkpointProblems, anchors } = checkpoints.finish(lastSeq);
      for (const problem of checkpointProblems) report(problem);
      if (receiptProblem !== undefined) report(receiptProblem);
      const anchor = anchors.findLast(({ seq }) => seq <= soundUpTo);
      return {
        workspaceId,
        outcome: problemCount > 0 ? 'bad' : entries === 0 ? 'empty' : 'sound',
        entries,
        head: last === undefined ? undefined : { seq: last.seq, hash: last.hash, at: last.at },
        problems,
        problemCount,
        checkpoints: expectations.checkpoints.length,
        anchor,
        unanchored: lastSeq - (anchor?.seq ?? 0),
        privateTexts,
        unrecordedErasures: unrecordedErasures.size,
        clockSteps,
      };
    },
  };
}

function missing(from: number, until: number): LedgerProblem {
  const which = from === until - 1 ? `#${from} is` : `#${from} to #${until - 1} are`;
  const neighbours =
    from === 1 ? `the ledger begins with #${until}` : `#${from - 1} is followed by #${until}`;
  return { kind: 'missing', seq: from, entry: undefined, explanation: `${which} missing: ${neighbours}.` };
}

function judgeHead(head: LedgerHead | undefined, last: StoredEntry | undefined): LedgerProblem | undefined {
  const lastSeq = last?.seq ?? 0;
  if (head === undefined) {
    if (last === undefined) return undefined;
    return headProblem(`There is no stored head, and the ledger ends at #${lastSeq}.`);
  }
  if (head.seq > lastSeq) {
    return {
      kind: 'cut_tail',
      seq: lastSeq + 1,
      entry: undefined,
      explanation: `The stored head is #${head.seq}, and the ledger ends at #${lastSeq}: #${lastSeq + 1} to #${head.seq} were removed.`,
    };
  }
  if (head.seq < lastSeq) {
    return headProblem(`The stored head was rewound to #${head.seq}; the ledger ends at #${lastSeq}.`);
  }
  if (last === undefined || head.hash === last.hash) return undefined;
  return headProblem(
    `The stored head has ${short(head.hash)}, and the last entry, #${lastSeq}, has ${short(last.hash)}: the last entry was replaced, or the head was.`,
  );
}

function headProblem(explanation: string): LedgerProblem {
  return { kind: 'head_disagrees', seq: undefined, entry: undefined, explanation };
}

function disagreement(receipt: Receipt, hash: string | undefined): LedgerProblem | undefined {
  if (hash?.startsWith(receipt.hashPrefix)) return undefined;
  return {
    kind: 'receipt_disagrees',
    seq: receipt.seq,
    entry: undefined,
    explanation: `The receipt says "#${receipt.seq} · ${receipt.hashPrefix}", and ${
      hash === undefined ? `there is no #${receipt.seq}` : `that entry is ${receiptOf(receipt.seq, hash)}`
    }: the entry was rewritten after the receipt was given, or the receipt is of another ledger.`,
  };
}

function nameOf(entry: StoredEntry, body: EntryBody | undefined): string {
  const { kind, actor, at } = body ?? entry;
  return `${receiptOf(entry.seq, entry.hash)} (${kind} by ${actor}, ${at})`;
}
