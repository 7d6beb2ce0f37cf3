import type { RunbookActionRequest } from '../core/inbox.ts';
import type { Origin } from '../core/run.ts';
import type * as payload from './payloads.ts';
import { maybeRunbookClick } from './views/runbook-ids.ts';

/** A click on a started runbook's card: ids and the person alone. */
export function maybeRunbookClicked(
  { user }: Pick<payload.BlockActions, 'user'>,
  { action_id, value }: payload.BlockActions['actions'][number],
  origin: Origin,
): RunbookActionRequest | undefined {
  const click = maybeRunbookClick(action_id, value);
  return click && { kind: 'runbook_action', ...click, requester: user.id, via: 'button', origin };
}
