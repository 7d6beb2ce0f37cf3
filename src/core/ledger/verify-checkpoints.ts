import { type Checkpoint, isSignedBy } from './checkpoint.ts';
import { short } from './judge-entry.ts';
import type { LedgerProblem } from './problem.ts';
import type { PublicKey } from './signing-key.ts';

export interface FoundCheckpoint extends Checkpoint {
  /** Where it was found, for the sentence that names it: `the database`, `checkpoints.jsonl line 3`. */
  readonly from: string;
}

export interface Anchor {
  readonly seq: number;
  readonly at: string;
  readonly keyId: string;
}

export interface CheckpointVerification {
  /** Call with every entry, in order. */
  pass(seq: number, hash: string): void;
  finish(last: number): { readonly problems: LedgerProblem[]; readonly anchors: readonly Anchor[] };
}

/**
 * Holds a chain against the checkpoints signed over it. Without keys the checkpoints are compared all the same,
 * but anchor nothing: anyone could have written them.
 */
export function verifyCheckpoints(
  checkpoints: readonly FoundCheckpoint[],
  keys: readonly PublicKey[],
): CheckpointVerification {
  const problems: LedgerProblem[] = [];
  const bySeq = new Map<number, FoundCheckpoint[]>();
  for (const checkpoint of checkpoints) {
    const problem = keys.length === 0 ? undefined : signatureProblem(checkpoint, keys);
    if (problem !== undefined) problems.push(problem);
    else bySeq.set(checkpoint.seq, [...(bySeq.get(checkpoint.seq) ?? []), checkpoint]);
  }
  const anchors: Anchor[] = [];
  const rewritten: { checkpoint: FoundCheckpoint; hash: string; after: number }[] = [];
  let lastAgreed = 0;
  return {
    pass(seq, hash) {
      const here = bySeq.get(seq);
      if (here === undefined) return;
      for (const checkpoint of here) {
        if (checkpoint.hash !== hash) rewritten.push({ checkpoint, hash, after: lastAgreed });
        else if (keys.length > 0) anchors.push({ seq, at: checkpoint.at, keyId: checkpoint.keyId });
      }
      if (here.every((checkpoint) => checkpoint.hash === hash)) lastAgreed = seq;
    },
    finish(last) {
      const [first, ...others] = rewritten;
      if (first !== undefined) problems.push(rewrittenProblem(first, others.length));
      const beyond = [...bySeq.values()].flat().filter(({ seq }) => seq > last);
      const furthest = beyond.reduce<FoundCheckpoint | undefined>(
        (furthest, next) => (furthest === undefined || next.seq > furthest.seq ? next : furthest),
        undefined,
      );
      if (furthest !== undefined) problems.push(cutTailProblem(furthest, last));
      return { problems, anchors };
    },
  };
}

function signatureProblem(
  checkpoint: FoundCheckpoint,
  keys: readonly PublicKey[],
): LedgerProblem | undefined {
  const named = keys.find(({ keyId }) => keyId === checkpoint.keyId);
  if (named === undefined) {
    return {
      kind: 'checkpoint_other_key',
      seq: checkpoint.seq,
      entry: undefined,
      explanation: `The ${describe(checkpoint)} is signed by key ${checkpoint.keyId}, and the key given is ${keys.map(({ keyId }) => keyId).join(', ')}. It proves nothing; if that is an earlier key of yours, give its public half too.`,
    };
  }
  if (isSignedBy(checkpoint, named)) return undefined;
  return {
    kind: 'checkpoint_forged',
    seq: checkpoint.seq,
    entry: undefined,
    explanation: `The ${describe(checkpoint)} does not carry a signature of the key it names, ${checkpoint.keyId}: it was forged or changed.`,
  };
}

function rewrittenProblem(
  { checkpoint, hash, after }: { checkpoint: FoundCheckpoint; hash: string; after: number },
  others: number,
): LedgerProblem {
  const range = after + 1 === checkpoint.seq ? `#${checkpoint.seq}` : `#${after + 1} to #${checkpoint.seq}`;
  const more = others === 0 ? '' : ` ${others} later checkpoint${others === 1 ? '' : 's'} disagree too.`;
  return {
    kind: 'rewritten',
    seq: checkpoint.seq,
    entry: undefined,
    explanation: `The ${describe(checkpoint)} was signed over ${short(checkpoint.hash)}, and #${checkpoint.seq} now has ${short(hash)}: ${range} was rewritten and what follows hashed again.${more}`,
  };
}

function cutTailProblem(checkpoint: FoundCheckpoint, last: number): LedgerProblem {
  return {
    kind: 'cut_tail',
    seq: last + 1,
    entry: undefined,
    explanation: `The ${describe(checkpoint)} was signed when the ledger reached #${checkpoint.seq}, and it now ends at #${last}: #${last + 1} to #${checkpoint.seq} were removed.`,
  };
}

function describe({ seq, at, from }: FoundCheckpoint): string {
  return `checkpoint at #${seq} of ${at} (${from})`;
}
