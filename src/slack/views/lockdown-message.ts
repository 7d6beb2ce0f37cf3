import { isLifted, lockdownLines } from '../../core/cards/lockdown-lines.ts';
import type { Lockdown } from '../../core/store.ts';
import { button } from './button.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import { liftLockdownId, liftValue } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';

/** The notice of a lockdown; lifting it is a click by two different people. */
export function lockdownMessage(
  lockdown: Lockdown,
  receipt: string | undefined,
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent {
  const lift = button({ label: 'Lift lockdown', actionId: liftLockdownId, value: liftValue(lockdown.id) });
  return cardMessage(lockdownLines(lockdown, receipt, nameOf), isLifted(lockdown) ? [] : [lift], nameOf);
}
