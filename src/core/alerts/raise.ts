import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction } from './alert-store.ts';
import { type Announcements, armLevel2, say, show, wake } from './announce.ts';
import type { StoredGroup } from './group.ts';
import { routingOf } from './route.ts';
import { isWorse } from './severity.ts';
import { mentionsOf } from './speak-group.ts';

/**
 * A group whose severity a person has just set. What a person makes critical calls people as what a source makes critical,
 * unless they were called already; whoever did it is not pinged by it.
 */
export async function raised(
  group: StoredGroup,
  by: string,
  settings: ReturnType<AlertContext['settings']>,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<StoredGroup> {
  const { severity, peak } = group;
  if (group.isMuted || group.silenceId !== undefined) return group;
  armLevel2(group, group.wokenAt, settings, transaction);
  if (!isWorse(severity, peak)) return group;
  // Said already: the source's next repeat is no news.
  const told = { ...group, peak: severity };
  if (severity !== 'critical' || group.wokenAt !== undefined) return told;
  const { notify } = routingOf(group, settings.alerts.routes);
  const others = mentionsOf(notify, settings.onCall).filter((one) => !('user' in one && one.user === by));
  if (!group.hasCard) return show(told, others, settings, out, transaction);
  const said = say(told, { kind: 'worse', from: peak, to: severity }, others, transaction);
  return wake(said, others, settings, out, transaction);
}
