import type { Permission } from '../../command.ts';
import { membersOf, whyAccountMayNotAct } from './authorize.ts';
import { accountsOf, countPeople } from './identity.ts';
import type { MembershipSnapshot } from './membership.ts';
import { adminRole, approverRole, type PolicySettings } from './rule.ts';
import { unreadableNote } from './sentences.ts';

/** One person's hand slips, or is forced. */
const liftsNeeded = 2;
const roles = [approverRole, adminRole];

export interface LockdownQuestion {
  readonly person: string;
  readonly settings: PolicySettings;
  /** Fresh; must hold `person`. */
  readonly membership: MembershipSnapshot;
}

/** Anyone who may stop everything: any approver or admin, alone. */
export function mayStartLockdown(question: LockdownQuestion): Permission {
  const problem = whyNot(question);
  if (problem !== undefined) return { allowed: false, reason: `You may not lock down: ${problem}` };
  return { allowed: true, reason: 'You may lock down: nothing but reads runs until two people lift it.' };
}

export interface LiftQuestion extends LockdownQuestion {
  /** Accounts that have already agreed to lift it; `membership` must hold them too. */
  readonly liftedBy: readonly string[];
}

export interface LiftPermission extends Permission {
  /** With this person's word counted; 0 lifts it. */
  readonly stillNeeded: number;
}

/**
 * Two different people lift it; the one who began it may be one of them. An earlier word counts only while that
 * person still may give it.
 */
export function mayLiftLockdown(question: LiftQuestion): LiftPermission {
  const { person, settings, membership } = question;
  const holding = question.liftedBy.filter(
    (account) => whyNot({ person: account, settings, membership }) === undefined,
  );
  const stillNeeded = (accounts: readonly string[]): number =>
    Math.max(0, liftsNeeded - countPeople(settings.identities, accounts));
  const refused = (reason: string): LiftPermission => ({
    allowed: false,
    reason,
    // Never 0 on a refusal: a person without a say lifts nothing, whoever spoke before.
    stillNeeded: Math.max(1, stillNeeded(holding)),
  });

  const problem = whyNot(question);
  if (problem !== undefined) return refused(`You may not lift the lockdown: ${problem}`);
  const accounts = accountsOf(settings.identities, person);
  if (holding.some((account) => accounts.has(account)) && stillNeeded(holding) > 0) {
    return refused('You have already agreed to lift the lockdown; another approver or admin must agree too.');
  }
  const left = stillNeeded([...holding, person]);
  return {
    allowed: true,
    stillNeeded: left,
    reason:
      left === 0
        ? 'You may lift the lockdown; with you two people have agreed.'
        : 'You may agree to lift the lockdown; it is lifted when another approver or admin agrees too.',
  };
}

function whyNot({ person, settings, membership }: LockdownQuestion): string | undefined {
  const accountProblem = whyAccountMayNotAct(person, membership);
  if (accountProblem !== undefined) return `${accountProblem}.`;
  const members = roles.map((role) => membersOf(role, settings, membership));
  if (members.some(({ users }) => users.includes(person))) return undefined;
  return `only people in the role ${roles.join(' or ')} may.${unreadableNote(members)}`;
}
