import type { ForeignRequest, InboxEntry } from './inbox.ts';
import { type Store, Superseded } from './store.ts';

/** Puts on record that somebody of another workspace asked or decided something here, and that nothing was done. */
export async function recordForeign(
  { key }: InboxEntry,
  { teamId, requester, via }: ForeignRequest,
  store: Store,
): Promise<void> {
  const decision = store.transaction(async (transaction) => {
    transaction.takeInboxEntry(key);
    transaction.record([
      {
        kind: via === 'slash' ? 'run.refused' : 'approval.refused',
        actor: requester,
        via,
        facts: {
          reason: 'another_workspace',
          workspace: teamId,
          problem: `it came from workspace ${teamId}`,
        },
      },
    ]);
  });
  await decision.catch((error: unknown) => {
    // Another worker held the same entry after a hand-back.
    if (!(error instanceof Superseded)) throw error;
  });
}
