/**
 * Every kind of entry the code writes: dotted, past tense. Add a kind here, and a sentence for it in
 * `ledger-sentences.ts`; never rename one, entries that hold it are already hashed.
 */
export const ledgerKinds = [
  'run.requested',
  'run.refused',
  'run.succeeded',
  'run.failed',
  'run.unknown',
  'run.cancelled',
  'run.taken_over',
  'approval.requested',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'policy.loaded',
  'ledger.checkpointed',
  'ledger.erased',
] as const;

export type LedgerKind = (typeof ledgerKinds)[number];
