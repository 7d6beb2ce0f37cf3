import { eraseShownWords } from './erase-words.ts';
import { type AppendedEntry, appendEntries, type Queryable } from './ledger.ts';

/** So that one `ledger.erased` entry stays small however much is erased. */
const maxEntriesNamed = 1000;

/**
 * Forgets every private text about a person, with its salt, and what of it is shown elsewhere, and records which entries lost text. The chain still
 * verifies and says "erased". Only the owner role may; call it as the last step of a transaction of its own.
 * The person is not named in the record: what was to be forgotten would then be kept by the act of forgetting.
 *
 * Backups and the write-ahead log keep the text until they expire; say so to whoever asked.
 *
 * @param person a Slack user id, or what `about` held when the text was recorded.
 * @returns how many texts were erased, and the entries that record it; none when there was nothing.
 */
export async function erasePerson(
  owner: Queryable,
  workspaceId: string,
  person: string,
  asked: { readonly actor: string; readonly via: string },
  now: Date,
): Promise<{ readonly texts: number; readonly recorded: readonly AppendedEntry[] }> {
  await eraseShownWords(owner, workspaceId, person);
  const { rows } = await owner.query<{ seq: number }>(
    `DELETE FROM countersign.ledger_private WHERE workspace_id = $1 AND person = $2 RETURNING seq`,
    [workspaceId, person],
  );
  const bySeq = Map.groupBy(rows, ({ seq }) => seq);
  const seqs = [...bySeq.keys()].sort((a, b) => a - b);
  const batches = Array.from({ length: Math.ceil(seqs.length / maxEntriesNamed) }, (_, index) =>
    seqs.slice(index * maxEntriesNamed, (index + 1) * maxEntriesNamed),
  );
  const recorded = await appendEntries(
    owner,
    workspaceId,
    batches.map((entries) => ({
      kind: 'ledger.erased' as const,
      actor: asked.actor,
      via: asked.via,
      facts: { entries, texts: entries.reduce((sum, seq) => sum + (bySeq.get(seq)?.length ?? 0), 0) },
    })),
    now,
  );
  return { texts: rows.length, recorded };
}
