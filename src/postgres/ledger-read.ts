import type { StoredEntry, StoredPrivateText } from '../core/ledger/stored-entry.ts';
import type { Queryable } from './ledger.ts';

type EntryRow = Omit<StoredEntry, 'at' | 'private'> & { readonly at: Date };

const entryColumns = `workspace_id AS "workspaceId", seq, at, actor, via, kind, run_id AS "runId",
  incident_id AS "incidentId", body, encode(prev_hash, 'hex') AS "prevHash", encode(hash, 'hex') AS hash`;

/**
 * A workspace's entries, oldest first, a page at a time: memory is that of one page. For one moment's view
 * read inside a REPEATABLE READ transaction.
 *
 * Damaged tables are read too: rows that share a seq all come, so that a fork is seen.
 *
 * @param pageSize entries per round trip.
 */
export async function* readEntries(
  client: Queryable,
  workspaceId: string,
  { afterSeq = 0, pageSize = 1000 }: { afterSeq?: number; pageSize?: number } = {},
): AsyncGenerator<readonly StoredEntry[]> {
  for (let after = afterSeq; ; ) {
    const { rows } = await client.query<EntryRow>(
      `SELECT ${entryColumns} FROM countersign.ledger_entries
       WHERE workspace_id = $1 AND seq > $2 ORDER BY seq FETCH FIRST $3 ROWS WITH TIES`,
      [workspaceId, after, pageSize],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield await withPrivate(client, workspaceId, rows);
    after = last.seq;
  }
}

export interface EntryFilter {
  /** Every one of them must occur in the entry: a person's id, a command, a tenant, a target, a kind, a run. */
  readonly words?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly kind?: string | undefined;
  readonly runId?: string | undefined;
  readonly incidentId?: string | undefined;
  /** Entries of this run are left out: a question about the record is not an answer to itself. */
  readonly exceptRunId?: string | undefined;
  /** Only entries older than this seq. */
  readonly before?: number | undefined;
  /** Entries per page. */
  readonly limit: number;
}

export interface EntryPage {
  /** Newest first. */
  readonly entries: readonly StoredEntry[];
  /** Pass as `before` to read older entries; undefined on the last page. */
  readonly olderThan: number | undefined;
}

/** One page of history, newest first. */
export async function findEntries(
  client: Queryable,
  workspaceId: string,
  filter: EntryFilter,
): Promise<EntryPage> {
  const values: unknown[] = [workspaceId];
  const conditions = ['workspace_id = $1'];
  function where(condition: (placeholder: string) => string, value: unknown): void {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  }
  where((actor) => `actor = ${actor}`, filter.actor);
  where((kind) => `kind = ${kind}`, filter.kind);
  where((run) => `run_id = ${run}`, filter.runId);
  where((incident) => `incident_id = ${incident}`, filter.incidentId);
  where((run) => `run_id IS DISTINCT FROM ${run}`, filter.exceptRunId);
  where((before) => `seq < ${before}`, filter.before);
  const words = await indexedWords(client, filter.words ?? []);
  where(
    (given) => `countersign.ledger_words(body) @> ${given}::text[]`,
    words.length === 0 ? undefined : words,
  );
  values.push(filter.limit + 1);
  const { rows } = await client.query<EntryRow>(
    `SELECT ${entryColumns} FROM countersign.ledger_entries
     WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT $${values.length}`,
    values,
  );
  const page = rows.slice(0, filter.limit);
  return {
    entries: await withPrivate(client, workspaceId, page),
    olderThan: rows.length > filter.limit ? page.at(-1)?.seq : undefined,
  };
}

/**
 * Words as the index holds them. In a query of its own: the planner chooses by how common the words are, and
 * only sees that of a plain parameter. By the database, whose `lower` the index used.
 */
async function indexedWords(client: Queryable, typed: readonly string[]): Promise<readonly string[]> {
  const words = typed.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
  if (words.length === 0) return [];
  const { rows } = await client.query<{ word: string }>(
    `SELECT DISTINCT btrim(lower(word), '/.,:;!?"''\`()<>@') AS word FROM unnest($1::text[]) AS word`,
    [words],
  );
  return rows.map(({ word }) => word).filter((word) => word !== '');
}

/** Every workspace that has entries, a head or checkpoints, found without reading all entries. */
export async function ledgerWorkspaces(client: Queryable): Promise<readonly string[]> {
  const { rows } = await client.query<{ workspaceId: string }>(
    `WITH RECURSIVE walk AS (
       SELECT min(workspace_id) AS id FROM countersign.ledger_entries
       UNION ALL
       SELECT (SELECT min(e.workspace_id) FROM countersign.ledger_entries e WHERE e.workspace_id > walk.id)
       FROM walk WHERE walk.id IS NOT NULL
     )
     SELECT id AS "workspaceId" FROM walk WHERE id IS NOT NULL
     UNION SELECT workspace_id FROM countersign.ledger_heads
     UNION SELECT workspace_id FROM countersign.ledger_checkpoints
     ORDER BY 1`,
  );
  return rows.map(({ workspaceId }) => workspaceId);
}

async function withPrivate(
  client: Queryable,
  workspaceId: string,
  rows: readonly EntryRow[],
): Promise<readonly StoredEntry[]> {
  const seqs = [...new Set(rows.map(({ seq }) => seq))];
  const { rows: texts } = await client.query<StoredPrivateText & { seq: number }>(
    `SELECT seq, field, encode(salt, 'hex') AS salt, text FROM countersign.ledger_private
     WHERE workspace_id = $1 AND seq = ANY ($2::integer[]) ORDER BY seq, field`,
    [workspaceId, seqs],
  );
  const bySeq = Map.groupBy(texts, ({ seq }) => seq);
  return rows.map((row) => ({
    ...row,
    at: row.at.toISOString(),
    private: (bySeq.get(row.seq) ?? []).map(({ field, salt, text }) => ({ field, salt, text })),
  }));
}
