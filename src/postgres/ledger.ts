import type { ClientBase } from 'pg';
import { Fault } from '../core/errors.ts';
import { bodyOf, draftEntry, entryHash, type NewEntry } from '../core/ledger/entry.ts';
import { receiptOf } from '../core/ledger/receipt.ts';
import type { LedgerHead } from '../core/ledger/verify.ts';

/** A client inside the caller's transaction, a pooled client, or a pool. */
export type Queryable = Pick<ClientBase, 'query'>;

export interface AppendedEntry {
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
  /** `#1234 · 9f3ab2` */
  readonly receipt: string;
}

/**
 * Appends entries to the workspace's chain, in one round trip, inside the caller's transaction.
 *
 * Call it last: it locks the ledger's head until that transaction ends, and every other decision of the
 * workspace waits for it. READ COMMITTED only; a stricter isolation level makes concurrent appends fail.
 *
 * @param now recorded to the millisecond.
 * @throws Fault `ledger_entry_too_large`, `ledger_entry_too_deep`, and `ledger_hash_disagrees` when the database
 * hashed other bytes than these: nothing is then recorded, since the caller's transaction rolls back.
 * @example
 * const [requested] = await appendEntries(client, 'T0ACME', [{ kind: 'run.requested', actor: 'U0ADA', via: 'slash', facts }], now());
 * requested?.receipt // '#1234 · 9f3ab2'
 */
export async function appendEntries(
  client: Queryable,
  workspaceId: string,
  entries: readonly NewEntry[],
  now: Date,
): Promise<readonly AppendedEntry[]> {
  if (entries.length === 0) return [];
  const drafts = entries.map((entry) => draftEntry(workspaceId, entry, now));
  const texts = drafts.flatMap(({ privateTexts }, index) =>
    privateTexts.map((text) => ({ ...text, position: index + 1 })),
  );
  const { rows } = await client.query<{ seq: number; prevHash: string; hash: string }>(
    `SELECT appended_seq AS seq,
            encode(appended_prev_hash, 'hex') AS "prevHash",
            encode(appended_hash, 'hex') AS hash
     FROM countersign.append_ledger_entries(
       $1::text, $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::bytea[], $8::text[])`,
    [
      workspaceId,
      drafts.map(({ beforeSeq }) => beforeSeq),
      drafts.map(({ afterSeq }) => afterSeq),
      texts.map(({ position }) => position),
      texts.map(({ field }) => field),
      texts.map(({ person }) => person),
      texts.map(({ salt }) => salt),
      texts.map(({ text }) => text),
    ],
  );
  return drafts.map((draft, index) => {
    const row = rows[index];
    if (row === undefined || entryHash(row.prevHash, bodyOf(draft, row.seq)) !== row.hash) {
      throw new Fault(
        'ledger_hash_disagrees',
        `The database did not hash a "${entries[index]?.kind}" entry of "${workspaceId}" as it was sent, so it was not recorded. Check that the database's encoding is UTF8 and that countersign.append_ledger_entries is the migrated one.`,
      );
    }
    return { seq: row.seq, hash: row.hash, receipt: receiptOf(row.seq, row.hash) };
  });
}

/** The newest entry's seq and hash; undefined for a workspace that never recorded anything. */
export async function ledgerHead(client: Queryable, workspaceId: string): Promise<LedgerHead | undefined> {
  const { rows } = await client.query<LedgerHead>(
    `SELECT seq, encode(hash, 'hex') AS hash FROM countersign.ledger_heads WHERE workspace_id = $1`,
    [workspaceId],
  );
  return rows[0];
}

/** Hash of one entry, for holding a checkpoint file against the chain; undefined when there is no such entry. */
export async function entryHashAt(
  client: Queryable,
  workspaceId: string,
  seq: number,
): Promise<string | undefined> {
  const { rows } = await client.query<{ hash: string }>(
    `SELECT encode(hash, 'hex') AS hash FROM countersign.ledger_entries WHERE workspace_id = $1 AND seq = $2`,
    [workspaceId, seq],
  );
  return rows[0]?.hash;
}

/** True when this login can neither change nor drop what is in the ledger, so that checkpoints are a second line. */
export async function isLedgerWriteProtected(client: Queryable): Promise<boolean> {
  const { rows } = await client.query<{ isProtected: boolean }>(
    `SELECT count(*) = 4 AND bool_and(
       NOT has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
       AND NOT pg_has_role(c.relowner, 'MEMBER')
       AND NOT pg_has_role(n.nspowner, 'MEMBER')
     ) AS "isProtected"
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'countersign'
       AND c.relname IN ('ledger_heads', 'ledger_entries', 'ledger_private', 'ledger_checkpoints')`,
  );
  return rows[0]?.isProtected === true;
}
