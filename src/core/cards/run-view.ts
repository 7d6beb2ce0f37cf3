import type { Approval, Run, Step } from '../run.ts';

/** Everything a run's cards are drawn from, read when they are sent. */
export interface RunView {
  readonly run: Run;
  /** Of its newest ledger entry, e.g. `#1234 · 9f3ab2`. */
  readonly receipt: string | undefined;
  readonly approvals: readonly Approval[];
  /** In the order they began. */
  readonly steps: readonly Step[];
  /** Who could sign at this moment: read fresh, without the one who asked and those who have signed. */
  readonly signersNow: readonly string[];
  /** User groups that cannot be read now and so count as empty. */
  readonly unreadableGroups: readonly string[];
  /** How many different people's signatures hold now. */
  readonly signaturesHolding: number;
  /** The run it waits for, when another holds its lock. */
  readonly waitsFor:
    | { readonly runId: string; readonly requester: string; readonly invocation: string }
    | undefined;
  /** The undo is offered to the requester and the signers without a new signature until then. */
  readonly undo: { readonly command: string; readonly until: Date } | undefined;
  /** Link to the card where signatures are given, when that is another message. */
  readonly approvalLink: string | undefined;
}
