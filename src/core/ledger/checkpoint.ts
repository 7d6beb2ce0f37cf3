import { z } from 'zod';
import { canonical } from './entry.ts';
import type { PublicKey, SigningKey } from './signing-key.ts';

/** A signed ledger head, kept outside the database. */
export interface Checkpoint {
  readonly workspace: string;
  readonly seq: number;
  /** Of entry `seq`, 64 hex digits. */
  readonly hash: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly keyId: string;
  /** Ed25519 over the domain and the canonical JSON of the other five fields; base64url. */
  readonly signature: string;
}

const checkpointDomain = 'countersign.ledger.checkpoint.v1\0';

export const checkpointSchema = z.object({
  workspace: z.string().regex(/^\S{1,200}$/),
  seq: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime({ precision: 3 }),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  // 64 bytes are 86 digits.
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
});

export function signCheckpoint(
  head: { readonly workspace: string; readonly seq: number; readonly hash: string; readonly at: Date },
  key: SigningKey,
): Checkpoint {
  const signed = { ...head, at: head.at.toISOString(), keyId: key.publicKey.keyId };
  return { ...signed, signature: key.sign(signedBytes(signed)).toString('base64url') };
}

export function isSignedBy(checkpoint: Checkpoint, key: PublicKey): boolean {
  return (
    checkpoint.keyId === key.keyId &&
    key.verifies(signedBytes(checkpoint), Buffer.from(checkpoint.signature, 'base64url'))
  );
}

function signedBytes({ workspace, seq, hash, at, keyId }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(checkpointDomain + canonical({ workspace, seq, hash, at, keyId }), 'utf8');
}

/** One line people can copy out of Slack and check against: everything the signature covers is in it. */
export function checkpointLine(checkpoint: Checkpoint): string {
  const { workspace, seq, hash, at, keyId, signature } = checkpoint;
  return `countersign checkpoint ${workspace} #${seq} ${hash} ${at} key ${keyId} signature ${signature}`;
}

/**
 * Reads one line of a checkpoint file or of text pasted from Slack.
 *
 * @returns `undefined` for a line that has nothing to do with checkpoints (names and times Slack adds), and
 * `'unreadable'` for one that begins like a checkpoint and is not whole.
 */
export function parseCheckpointLine(line: string): Checkpoint | 'unreadable' | undefined {
  const text = line.trim();
  if (text.startsWith('{')) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return 'unreadable';
    }
    return checkpointSchema.safeParse(value).data ?? 'unreadable';
  }
  const found = /countersign checkpoint\b(.*)$/i.exec(text)?.[1];
  if (found === undefined) return undefined;
  const match = /^ (\S+) #(\d+) (\w+) (\S+) key (\w+) signature ([\w-]+)/.exec(found);
  if (match === null) return 'unreadable';
  const [, workspace, seq, hash, at, keyId, signature] = match;
  return (
    checkpointSchema.safeParse({ workspace, seq: Number(seq), hash, at, keyId, signature }).data ??
    'unreadable'
  );
}
