import type { Permission } from '../../command.ts';
import type { Terms } from '../run.ts';
import { type Authorization, membersOf, whyAccountMayNotAct } from './authorize.ts';
import { fromNow } from './limit.ts';
import type { MembershipSnapshot } from './membership.ts';
import { adminRole, type PolicySettings } from './rule.ts';
import { eitherOf, unreadableNote } from './sentences.ts';

export interface BreakGlassQuestion {
  /** May be the one who asked: a sleeping approver is what this is for. */
  readonly person: string;
  /** As posted. */
  readonly terms: Pick<Terms, 'breakGlass' | 'approvalsNeeded'>;
  /** When signatures were asked for. */
  readonly askedAt: Date;
  readonly now: Date;
  /** The requester's at this moment: what its rule no longer allows is refused already here. Default: not asked. */
  readonly authorizationNow?: Pick<Authorization, 'breakGlass'>;
  readonly settings: PolicySettings;
  /** Fresh; must hold `person`. */
  readonly membership: MembershipSnapshot;
}

/** Whether a person may go ahead without signatures: an admin at any time, the roles the rule names after its wait. */
export function mayBreakGlass(question: BreakGlassQuestion): Permission {
  const { person, settings, membership, askedAt, now, authorizationNow } = question;
  const terms =
    authorizationNow === undefined
      ? question.terms
      : {
          ...question.terms,
          breakGlass: breakGlassStill(question.terms.breakGlass, authorizationNow.breakGlass),
        };
  const refused = (reason: string): Permission => ({ allowed: false, reason });

  const accountProblem = whyAccountMayNotAct(person, membership);
  if (accountProblem !== undefined) return refused(`You may not break the glass: ${accountProblem}.`);
  if (terms.approvalsNeeded === 0) return refused('This needs no signature, so there is no glass to break.');

  const role = breakGlassRoleOf(person, terms, settings, membership);
  if (role === undefined) {
    const names = rolesThatBreak(terms);
    const members = names.map((name) => membersOf(name, settings, membership));
    return refused(`Only ${eitherOf(names)} may run this without a signature.${unreadableNote(members)}`);
  }
  const allowed = { allowed: true, reason: `You may run this without a signature, as ${role}.` };
  if (role === adminRole || terms.breakGlass === undefined) return allowed;
  const from = new Date(askedAt.getTime() + terms.breakGlass.afterMinutes * 60_000);
  if (now >= from) return allowed;
  return refused(
    `You may run this without a signature, as ${role}, only after ${terms.breakGlass.afterMinutes} min without one: ` +
      `${fromNow(from, now)}. An ${adminRole} may at once.`,
  );
}

/**
 * What of a rule's break-glass as posted the policy still allows. A wait that has become longer allows nobody: it
 * is not known here whether it is over.
 */
export function breakGlassStill(
  posted: Terms['breakGlass'],
  now: Authorization['breakGlass'],
): Terms['breakGlass'] {
  if (posted === undefined || now === undefined || now.afterMinutes > posted.afterMinutes) return undefined;
  return { ...posted, roles: posted.roles.filter((role) => now.run.includes(role)) };
}

/** The role in which a person breaks glass, whatever the time. */
export function breakGlassRoleOf(
  person: string,
  terms: Pick<Terms, 'breakGlass'>,
  settings: PolicySettings,
  membership: MembershipSnapshot,
): string | undefined {
  return rolesThatBreak(terms).find((role) => membersOf(role, settings, membership).users.includes(person));
}

function rolesThatBreak({ breakGlass }: Pick<Terms, 'breakGlass'>): readonly string[] {
  return [...new Set([adminRole, ...(breakGlass?.roles ?? [])])];
}
