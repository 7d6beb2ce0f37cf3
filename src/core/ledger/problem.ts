/** What can be wrong with a ledger. */
export type LedgerProblemKind =
  /** A seq is not there. */
  | 'missing'
  /** Two entries claim one place. */
  | 'fork'
  /** The body names another seq, or the entry stands out of order: rows were swapped or renumbered. */
  | 'out_of_place'
  /** The body belongs to another workspace's ledger. */
  | 'other_workspace'
  /** Not a hash, or not a body this version can read. */
  | 'unreadable'
  /** The body is not what was hashed. */
  | 'altered'
  /** The body is what was hashed; the stored hash was overwritten. */
  | 'wrong_hash'
  /** The body is what was hashed; the stored link to the entry before was overwritten. */
  | 'wrong_prev'
  /** Sound in itself, but it follows another entry than the one before it. */
  | 'broken_link'
  /** A column says something else than the hashed body. */
  | 'column_altered'
  /** Private text no longer matches its commitment. */
  | 'private_altered'
  /** Private text that the entry never committed to. */
  | 'private_added'
  /** The stored head is not the last entry. */
  | 'head_disagrees'
  /** Entries that existed are gone from the end. */
  | 'cut_tail'
  /** Sound in itself, but not the history a checkpoint was signed over. */
  | 'rewritten'
  /** The signature is not that of the key it names. */
  | 'checkpoint_forged'
  /** Signed by a key that was not given. */
  | 'checkpoint_other_key'
  /** A receipt someone kept names another entry than the one that stands there. */
  | 'receipt_disagrees';

export interface LedgerProblem {
  readonly kind: LedgerProblemKind;
  /** The entry it is at; undefined for what belongs to no entry. */
  readonly seq: number | undefined;
  /** The entry in a person's words, as far as it can still be read: `#5 · 9f3ab2 (run.requested by U0ADA, 2026-…)`. */
  readonly entry: string | undefined;
  /** One or two sentences: what is wrong, and what that means. */
  readonly explanation: string;
}
