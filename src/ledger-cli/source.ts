import type { ClientBase } from 'pg';
import type { PublicKey } from '../core/ledger/signing-key.ts';
import type { StoredEntry } from '../core/ledger/stored-entry.ts';
import type { LedgerHead } from '../core/ledger/verify.ts';
import type { FoundCheckpoint } from '../core/ledger/verify-checkpoints.ts';
import { ledgerHead } from '../postgres/ledger.ts';
import { readCheckpoints } from '../postgres/ledger-checkpoints.ts';
import { ledgerWorkspaces, readEntries } from '../postgres/ledger-read.ts';

/** One workspace's ledger, wherever it is read from. */
export interface LedgerSource {
  readonly workspaceId: string;
  readonly head: LedgerHead | undefined;
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Keys that come with the ledger: they say who signed, not whom to trust. */
  readonly keys: readonly PublicKey[];
  readonly isRedacted: boolean;
  /** Read once, before the next source is asked for. */
  readonly pages: AsyncIterable<readonly StoredEntry[]>;
}

/** Every ledger of a database, or one of them; use inside {@link inSnapshot}. */
export async function* databaseSources(
  client: ClientBase,
  workspaceId?: string,
): AsyncGenerator<LedgerSource> {
  const workspaceIds = await ledgerWorkspaces(client);
  for (const id of workspaceIds.filter((id) => workspaceId === undefined || id === workspaceId)) {
    yield await databaseSource(client, id);
  }
}

export async function databaseSource(client: ClientBase, workspaceId: string): Promise<LedgerSource> {
  const { checkpoints, keys } = await readCheckpoints(client, workspaceId);
  return {
    workspaceId,
    head: await ledgerHead(client, workspaceId),
    checkpoints: checkpoints.map((checkpoint) => ({ ...checkpoint, from: 'the database' })),
    keys,
    isRedacted: false,
    pages: readEntries(client, workspaceId),
  };
}

/** Runs `read` on one moment's view of the database, so that entries appended meanwhile look like no damage. */
export async function inSnapshot<Result>(client: ClientBase, read: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await read();
  } finally {
    await client.query('ROLLBACK');
  }
}
