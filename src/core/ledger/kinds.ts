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
  'run.confirmed',
  'run.started',
  'run.cancel_requested',
  'run.expired',
  'run.looked_again',
  'run.settled',
  'approval.requested',
  'approval.granted',
  'approval.denied',
  'approval.expired',
  'approval.refused',
  'approval.voided',
  'glass.broken',
  'glass.reviewed',
  'lockdown.begun',
  'lockdown.lift_signed',
  'lockdown.lifted',
  'alert.woke',
  'alert.escalated',
  'alert.acknowledged',
  'alert.closed',
  'alert.severity_set',
  'silence.begun',
  'silence.ended',
  'incident.started',
  'policy.loaded',
  'ledger.checkpointed',
  'ledger.erased',
] as const;

export type LedgerKind = (typeof ledgerKinds)[number];
