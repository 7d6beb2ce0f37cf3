import type { Permission, RoleMembers } from '../command.ts';
import { accountsOf } from './identity.ts';
import type { MembershipSnapshot } from './membership.ts';
import { membersOf, whyAccountMayNotAct } from './policy.ts';
import type { PolicySettings } from './policy-rule.ts';

export interface SignatureQuestion {
  readonly signer: string;
  readonly requester: string;
  /** Accounts that have already signed this digest. */
  readonly signedBy: readonly string[];
  /** The roles that may sign, with the people seen in them when the card was posted. */
  readonly approversWhenPosted: readonly RoleMembers[];
  readonly settings: PolicySettings;
  /** Read within 60 s of the click; must hold `signer`. */
  readonly membership: MembershipSnapshot;
}

/**
 * Whether a click counts as a signature. Nobody signs their own request: not directly, not through a second
 * account, and not through a role they were not in when the card was posted (else whoever can edit a user
 * group could make themselves the second person after seeing what waits).
 */
export function canSign(question: SignatureQuestion): Permission {
  const { signer, requester, settings, membership, approversWhenPosted } = question;
  const refused = (reason: string): Permission => ({ allowed: false, reason });
  const accounts = accountsOf(settings.identities, signer);

  if (signer === requester) return refused('You asked for this, so another person must sign it.');
  if (accounts.has(requester)) {
    return refused('You asked for this from your other account, so another person must sign it.');
  }
  if (question.signedBy.some((account) => accounts.has(account))) {
    return refused('You have already signed this; the other signatures must come from other people.');
  }
  const accountProblem = whyAccountMayNotAct(signer, membership);
  if (accountProblem !== undefined) return refused(`You may not sign this: ${accountProblem}.`);

  if (approversWhenPosted.length === 0) return refused('No role may sign this.');
  const rolesNow = approversWhenPosted.map(({ role }) => membersOf(role, settings, membership));
  const isInNow = (role: string): boolean =>
    rolesNow.some((now) => now.role === role && now.users.includes(signer));
  const wasInThen = approversWhenPosted.filter(({ users }) => users.includes(signer));
  const role = wasInThen.find((then) => isInNow(then.role))?.role;
  if (role !== undefined) return { allowed: true, reason: `You may sign this as ${role}.` };

  const names = approversWhenPosted.map((then) => then.role).join(' or ');
  if (approversWhenPosted.some((then) => isInNow(then.role))) {
    return refused(
      `Only people who were in ${names} when this was posted may sign it, and you joined later.`,
    );
  }
  const unreadable = [...new Set(rolesNow.flatMap(({ unreadableGroups }) => unreadableGroups))];
  const note =
    unreadable.length === 0
      ? ''
      : ` What cannot be read from Slack now counts as empty: user group ${unreadable.join(', ')}.`;
  if (wasInThen.length > 0) return refused(`You are no longer in ${names}, so you may not sign this.${note}`);
  return refused(`Only ${names} may sign this.${note}`);
}
