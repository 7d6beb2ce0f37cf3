import { type Checkpoint, signCheckpoint } from '../core/ledger/checkpoint.ts';
import { type PublicKey, parsePublicKey, type SigningKey } from '../core/ledger/signing-key.ts';
import { appendEntries, type Queryable } from './ledger.ts';

/**
 * Records that a checkpoint is taken, signs that entry and stores the checkpoint, in the caller's transaction.
 * The entry comes first so that the checkpoint covers it and nothing is left unanchored.
 *
 * Call it last, like {@link appendEntries}. Hand the checkpoint to the sinks outside the database only after the
 * commit: one signed over an entry that was rolled back would call the ledger cut for ever.
 *
 * @param reason why now: `daily`, `dangerous_run`, `incident_end`, `demand`.
 */
export async function takeCheckpoint(
  client: Queryable,
  workspaceId: string,
  key: SigningKey,
  asked: { readonly actor: string; readonly via: string; readonly reason: string },
  now: Date,
): Promise<Checkpoint> {
  const { keyId, spki } = key.publicKey;
  const [entry] = await appendEntries(
    client,
    workspaceId,
    [
      {
        kind: 'ledger.checkpointed',
        actor: asked.actor,
        via: asked.via,
        facts: { keyId, reason: asked.reason },
      },
    ],
    now,
  );
  if (entry === undefined) throw new RangeError('One entry appended gives one entry back');
  const checkpoint = signCheckpoint(
    { workspace: workspaceId, seq: entry.seq, hash: entry.hash, at: now },
    key,
  );
  await client.query(
    `INSERT INTO countersign.ledger_checkpoints (workspace_id, seq, hash, at, key_id, signature, public_key)
     VALUES ($1, $2, decode($3, 'hex'), $4::timestamptz, $5, $6, $7)`,
    [
      workspaceId,
      checkpoint.seq,
      checkpoint.hash,
      checkpoint.at,
      keyId,
      Buffer.from(checkpoint.signature, 'base64url'),
      spki,
    ],
  );
  return checkpoint;
}

export interface StoredCheckpoints {
  /** Oldest first. */
  readonly checkpoints: readonly Checkpoint[];
  /** The public halves stored beside them. They say who signed, not whom to trust. */
  readonly keys: readonly PublicKey[];
}

export async function readCheckpoints(client: Queryable, workspaceId: string): Promise<StoredCheckpoints> {
  const { rows } = await client.query<{
    workspace: string;
    seq: number;
    hash: string;
    at: Date;
    keyId: string;
    signature: Buffer;
    publicKey: string;
  }>(
    `SELECT workspace_id AS workspace, seq, encode(hash, 'hex') AS hash, at, key_id AS "keyId", signature,
            encode(public_key, 'base64') AS "publicKey"
     FROM countersign.ledger_checkpoints WHERE workspace_id = $1 ORDER BY seq, at`,
    [workspaceId],
  );
  const checkpoints = rows.map(({ workspace, seq, hash, at, keyId, signature }) => ({
    workspace,
    seq,
    hash,
    at: at.toISOString(),
    keyId,
    signature: signature.toString('base64url'),
  }));
  return { checkpoints, keys: distinctKeys(rows.map(({ publicKey }) => publicKey)) };
}

/** The newest checkpoint, for status lines. */
export async function lastCheckpoint(
  client: Queryable,
  workspaceId: string,
): Promise<{ readonly seq: number; readonly at: Date; readonly keyId: string } | undefined> {
  const { rows } = await client.query<{ seq: number; at: Date; keyId: string }>(
    `SELECT seq, at, key_id AS "keyId" FROM countersign.ledger_checkpoints
     WHERE workspace_id = $1 ORDER BY seq DESC, at DESC LIMIT 1`,
    [workspaceId],
  );
  return rows[0];
}

function distinctKeys(spkis: readonly string[]): readonly PublicKey[] {
  return [...new Set(spkis)].flatMap((spki) => {
    try {
      return [parsePublicKey(spki)];
    } catch {
      // A damaged key can verify nothing; its checkpoints are then reported as signed by a key not given.
      return [];
    }
  });
}
