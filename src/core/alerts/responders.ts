import { membersOf, whyAccountMayNotAct } from '../policy/authorize.ts';
import type { Membership } from '../policy/membership.ts';
import { type MembershipSnapshot, readMembership } from '../policy/membership.ts';
import type { OnCallSettings } from '../policy/on-call.ts';
import type { PolicySettings } from '../policy/rule.ts';
import type { AlertSettings } from './alert-settings.ts';

export interface Responding {
  readonly settings: () => PolicySettings &
    OnCallSettings & { readonly alerts: Pick<AlertSettings, 'responders'> };
  readonly membership: Membership;
}

/** Why a person may not act on alerts or incidents, in a sentence for them; undefined: they may. Read before the deciding transaction. */
export async function whyMayNotRespond(
  person: string,
  { settings: read, membership }: Responding,
): Promise<string | undefined> {
  const settings = read();
  const snapshot: MembershipSnapshot = await readMembership(membership, settings, [person]);
  const problem = whyAccountMayNotAct(person, snapshot);
  if (problem !== undefined) return `You may not act on alerts or incidents: ${problem}.`;
  const roles = settings.alerts.responders ?? Object.keys(settings.roles);
  const readings = roles.map((role) => membersOf(role, settings, snapshot));
  if (readings.some(({ users }) => users.includes(person))) return undefined;
  const unreadable = readings.flatMap(({ unreadableGroups }) => unreadableGroups);
  const why =
    unreadable.length === 0
      ? ''
      : ` (the group ${unreadable.join(', ')} cannot be read now, so it has no members)`;
  return `Only ${roles.join(', ') || 'people with a role'} may act on alerts and incidents, and you are in none of these${why}.`;
}
