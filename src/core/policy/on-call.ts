import type { MembershipSnapshot } from './membership.ts';
import type { Role } from './rule.ts';

export interface OnCallSettings {
  /** Who is asked first. Gives no right. */
  readonly onCall?: Role | undefined;
}

/** The same signers, people on call first. A group that cannot be read has nobody on call. */
export function orderSigners(
  signers: readonly string[],
  { onCall }: OnCallSettings,
  { groups }: Pick<MembershipSnapshot, 'groups'>,
): string[] {
  const first = new Set(onCall?.users);
  for (const group of onCall?.usergroups ?? []) {
    const reading = groups.get(group);
    if (reading?.isReadable === true) for (const member of reading.value) first.add(member);
  }
  return [...signers.filter((one) => first.has(one)), ...signers.filter((one) => !first.has(one))];
}
