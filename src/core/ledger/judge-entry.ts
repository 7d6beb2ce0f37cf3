import { commitment, type EntryBody, entryHash } from './entry.ts';
import type { LedgerProblemKind } from './problem.ts';
import type { StoredEntry } from './stored-entry.ts';

export interface Judgement {
  readonly kind: LedgerProblemKind;
  readonly explanation: string;
}

export interface ExpectedPlace {
  readonly workspaceId: string;
  /** Hash of the entry before, or undefined when that is missing and the link cannot be checked. */
  readonly previousHash: string | undefined;
}

/**
 * Judges one entry in its place; gaps and forks are the caller's.
 * An `altered` verdict is provisional: only the next entry tells which of body and hash was overwritten.
 */
export function judgeEntry(
  entry: StoredEntry,
  body: EntryBody | undefined,
  expected: ExpectedPlace,
): Judgement | undefined {
  if (!isHash(entry.hash) || !isHash(entry.prevHash)) {
    return { kind: 'unreadable', explanation: 'Its hash or its link is not 32 bytes.' };
  }
  const recomputed = entryHash(entry.prevHash, entry.body);
  const isSelfConsistent = recomputed === entry.hash;
  if (body === undefined) {
    return isSelfConsistent
      ? {
          kind: 'unreadable',
          explanation: 'Its hash holds, but its body is not a canonical entry that this version can read.',
        }
      : {
          kind: 'altered',
          explanation: 'Its body is not what was hashed, and is no longer a canonical entry.',
        };
  }
  if (body.workspace !== expected.workspaceId) {
    return { kind: 'other_workspace', explanation: `Its body belongs to the ledger of "${body.workspace}".` };
  }
  if (body.seq !== entry.seq) {
    return {
      kind: 'out_of_place',
      explanation: `Its body says it is #${body.seq}${isSelfConsistent ? ' and its hash holds' : ''}: rows were swapped or renumbered.`,
    };
  }
  if (!isSelfConsistent) return judgeMismatch(entry, expected, recomputed);
  if (expected.previousHash !== undefined && entry.prevHash !== expected.previousHash) {
    const before = entry.seq === 1 ? 'the beginning of a ledger' : `#${entry.seq - 1}`;
    return {
      kind: 'broken_link',
      explanation: `Its own hash holds, but it follows ${short(entry.prevHash)} while ${before} has ${short(expected.previousHash)}: ${
        entry.seq === 1
          ? 'entries before it were removed.'
          : `#${entry.seq - 1} was replaced and hashed again after this entry was written, or this entry was.`
      }`,
    };
  }
  return judgeColumns(entry, body) ?? judgePrivate(entry, body);
}

function judgeMismatch(entry: StoredEntry, expected: ExpectedPlace, recomputed: string): Judgement {
  if (expected.previousHash !== undefined && entryHash(expected.previousHash, entry.body) === entry.hash) {
    return {
      kind: 'wrong_prev',
      explanation: `Body and hash hold with the entry before it (${short(expected.previousHash)}); its stored link was overwritten with ${short(entry.prevHash)}.`,
    };
  }
  return {
    kind: 'altered',
    explanation: `Its body is not what was hashed: the stored hash is ${short(entry.hash)}, the body's is ${short(recomputed)}.`,
  };
}

function judgeColumns(entry: StoredEntry, body: EntryBody): Judgement | undefined {
  const columns: readonly (readonly [name: string, column: string | null, body: string | null])[] = [
    ['at', entry.at, body.at],
    ['actor', entry.actor, body.actor],
    ['via', entry.via, body.via],
    ['kind', entry.kind, body.kind],
    ['run_id', entry.runId, body.run],
    ['incident_id', entry.incidentId, body.incident],
  ];
  const wrong = columns.find(([, column, hashed]) => column !== hashed);
  if (wrong === undefined) return undefined;
  const [name, column, hashed] = wrong;
  return {
    kind: 'column_altered',
    explanation: `Its column "${name}" says ${JSON.stringify(column)}, its hashed body says ${JSON.stringify(hashed)}.`,
  };
}

function judgePrivate(entry: StoredEntry, body: EntryBody): Judgement | undefined {
  for (const { field, salt, text } of entry.private) {
    const committed = Object.hasOwn(body.private, field) ? body.private[field] : undefined;
    if (committed === undefined) {
      return {
        kind: 'private_added',
        explanation: `The private text "${field}" beside it was added later: the entry holds no commitment to it.`,
      };
    }
    if (commitment(Buffer.from(salt, 'hex'), text) !== committed) {
      return {
        kind: 'private_altered',
        explanation: `The private text "${field}" beside it is not the one it committed to (${short(committed)}).`,
      };
    }
  }
  return undefined;
}

/** Enough of a hash to find it, where all of it would drown the sentence. */
export function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
