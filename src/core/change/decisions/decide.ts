import type { DecisionRequest, InboxEntry } from '../../inbox.ts';
import { Superseded } from '../../store.ts';
import type { GuardContext } from '../guard-context.ts';
import { breakGlass, review } from './break-glass.ts';
import { cancel } from './cancel.ts';
import { confirm } from './confirm.ts';
import type { Answer, Decider } from './decider.ts';
import { liftLockdown } from './lockdown.ts';
import { lookAgain, settleUnknown } from './settle-unknown.ts';
import { sign } from './sign.ts';

/** Judges one click or form. Safe to repeat: the entry is taken in the transaction that decides. */
export async function decide(
  entry: InboxEntry,
  request: DecisionRequest,
  context: GuardContext,
): Promise<void> {
  const { requester: person, via, origin, isTold = false } = request;
  try {
    await byAction({ person, via, origin, key: entry.key, isTold }, request, context);
  } catch (error) {
    // Another worker held the same entry after a hand-back, or the person was told that nothing is done.
    if (!(error instanceof Superseded)) throw error;
    const known = await context.store.maybeInboxEntry(entry.key);
    // The run moved between reading and deciding: judged once more, as it is now.
    if (known !== undefined && !known.isHandled) throw error;
  }
}

async function byAction(decider: Decider, request: DecisionRequest, context: GuardContext): Promise<Answer> {
  switch (request.action) {
    case 'approve':
      return sign(decider, { ...request, decision: 'approved' }, context);
    case 'deny':
      return sign(decider, { ...request, decision: 'denied' }, context);
    case 'confirm_run':
      return confirm(decider, request, context);
    case 'cancel_run':
      return cancel(decider, request, context);
    case 'break_glass':
      return breakGlass(decider, request, context);
    case 'happened':
    case 'did_not_happen':
      return settleUnknown(decider, { runId: request.runId, says: request.action }, context);
    case 'look_again':
      return lookAgain(decider, request, context);
    case 'reviewed':
      return review(decider, request, context);
    case 'lift_lockdown':
      return (await liftLockdown(decider, context)).answer;
  }
}
