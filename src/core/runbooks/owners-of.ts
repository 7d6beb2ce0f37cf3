import { type Membership, readMembership } from '../policy/membership.ts';
import type { OnCallSettings } from '../policy/on-call.ts';
import type { PolicySettings, Role } from '../policy/rule.ts';
import type { Runbook } from './runbook.ts';

/**
 * Who answers for these runbooks now: the members of each one's role, or who is on call. A group that cannot be read has
 * nobody in it.
 */
export async function ownersOf<Owned extends Pick<Runbook, 'name' | 'owner'>>(
  runbooks: readonly Owned[],
  context: { readonly settings: () => PolicySettings & OnCallSettings; readonly membership: Membership },
): Promise<(runbook: Owned) => readonly string[]> {
  const settings = context.settings();
  const { groups } = await readMembership(context.membership, settings, []);
  const membersOf = (role: Role | undefined) => {
    const inGroups = (role?.usergroups ?? []).flatMap((group) => {
      const reading = groups.get(group);
      return reading?.isReadable === true ? reading.value : [];
    });
    return [...new Set([...(role?.users ?? []), ...inGroups])].sort();
  };
  const owners = new Map(
    runbooks.map(({ name, owner }) => [
      name,
      membersOf(owner === 'on-call' ? settings.onCall : settings.roles[owner]),
    ]),
  );
  return ({ name }) => owners.get(name) ?? [];
}
