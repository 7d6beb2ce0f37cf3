import type { Permission, RoleMembers } from '../../command.ts';
import type { Approval, Terms } from '../run.ts';
import { type Authorization, membersOf, whyAccountMayNotAct } from './authorize.ts';
import { breakGlassRoleOf, breakGlassStill } from './break-glass.ts';
import { accountsOf } from './identity.ts';
import type { MembershipSnapshot } from './membership.ts';
import type { PolicySettings } from './rule.ts';
import { eitherOf, unreadableNote } from './sentences.ts';

export interface SignatureQuestion {
  readonly signer: string;
  readonly requester: string;
  /** Accounts whose signatures on this digest hold. */
  readonly signedBy: readonly string[];
  /** The roles that may sign, with the people seen in them when the card was posted. */
  readonly approversWhenPosted: readonly RoleMembers[];
  /** The requester's, decided anew with the plan's data: its roles are the ones that sign now. */
  readonly authorizationNow: Pick<Authorization, 'approvers'>;
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
  const judgement = judgeSigner(question);
  if (judgement.role !== undefined)
    return { allowed: true, reason: `You may sign this as ${judgement.role}.` };
  return { allowed: false, reason: judgement.toSigner };
}

export interface SignaturesQuestion {
  readonly approvals: readonly Approval[];
  readonly requester: string;
  /** The run's. */
  readonly digest: string;
  /** As posted. */
  readonly terms: Terms;
  /** The requester's, decided anew with the plan's data, at this moment. */
  readonly authorizationNow: Authorization;
  readonly settings: PolicySettings;
  /** Fresh; must hold the requester and everyone in `approvals`. */
  readonly membership: MembershipSnapshot;
}

export interface SignaturesThatHold {
  /** One account per person, in the order they signed. */
  readonly holding: readonly string[];
  /** `why` completes "this signature no longer counts: …". */
  readonly voided: readonly { readonly signer: string; readonly why: string }[];
  /** What the policy asks for now. */
  readonly needed: number;
  /** Also false whenever the request itself would be refused now. */
  readonly isEnough: boolean;
  /** Who goes ahead without signatures, and still may. */
  readonly brokeGlassBy?: string;
}

/**
 * What the signatures given are worth at this moment. An edit of the policy or of a role takes away those, and
 * only those, that could not be given any more.
 */
export function signaturesThatHold(question: SignaturesQuestion): SignaturesThatHold {
  const { approvals, authorizationNow } = question;
  const holding: string[] = [];
  const voided: { signer: string; why: string }[] = [];
  let brokeGlassBy: string | undefined;

  const given = approvals.filter(({ decision }) => decision !== 'denied');
  for (const approval of given.toSorted((a, b) => a.decidedAt.getTime() - b.decidedAt.getTime())) {
    const { signer, decision } = approval;
    const why = whyVoid(approval, holding, question);
    if (why !== undefined) voided.push({ signer, why });
    else if (decision === 'broke_glass') brokeGlassBy ??= signer;
    else holding.push(signer);
  }

  const needed = authorizationNow.approvalsNeeded;
  const isDecided = authorizationNow.openConditions === undefined;
  // That too few could sign now says nothing against one who broke the glass for want of signers.
  const isStillAllowed = authorizationNow.allowed || authorizationNow.obstacle === 'too_few_signers';
  return {
    holding,
    voided,
    needed,
    isEnough: isDecided && isStillAllowed && (brokeGlassBy !== undefined || holding.length >= needed),
    ...(brokeGlassBy !== undefined && { brokeGlassBy }),
  };
}

function whyVoid(
  approval: Approval,
  holding: readonly string[],
  question: SignaturesQuestion,
): string | undefined {
  const { approvals, requester, digest, terms, authorizationNow, settings, membership } = question;
  const { signer, decision } = approval;
  if (approval.digest !== digest) return 'it was given on another version of this request';
  if (decision === 'broke_glass') return whyGlassIsWhole(signer, question);
  const accounts = accountsOf(settings.identities, signer);
  if (approvals.some((other) => other.decision === 'denied' && accounts.has(other.signer))) {
    return 'the same person denied it';
  }
  const judgement = judgeSigner({
    signer,
    requester,
    signedBy: holding,
    approversWhenPosted: terms.approvers,
    authorizationNow,
    settings,
    membership,
  });
  return judgement.role === undefined ? judgement.toOthers : undefined;
}

/** Whoever broke the glass must still be let by the rule as it was posted and by the policy as it is. */
function whyGlassIsWhole(person: string, question: SignaturesQuestion): string | undefined {
  const { terms, authorizationNow, settings, membership } = question;
  if (whyAccountMayNotAct(person, membership) !== undefined) return 'their account may no longer act';
  const breakGlass = breakGlassStill(terms.breakGlass, authorizationNow.breakGlass);
  const role = breakGlassRoleOf(person, { breakGlass }, settings, membership);
  return role === undefined ? 'they may no longer go ahead without signatures' : undefined;
}

type Judgement =
  | { readonly role: string }
  | {
      readonly role?: undefined;
      /** A sentence to the one who signs. */
      readonly toSigner: string;
      /** Completes "this signature no longer counts: …". */
      readonly toOthers: string;
    };

function judgeSigner(question: SignatureQuestion): Judgement {
  const { signer, requester, settings, membership, approversWhenPosted } = question;
  const no = (toSigner: string, toOthers: string): Judgement => ({ toSigner, toOthers });
  const accounts = accountsOf(settings.identities, signer);

  if (signer === requester) {
    return no('You asked for this, so another person must sign it.', 'it is by the one who asked');
  }
  if (accounts.has(requester)) {
    return no(
      'You asked for this from your other account, so another person must sign it.',
      'it is by another account of the one who asked',
    );
  }
  if (question.signedBy.some((account) => accounts.has(account))) {
    return no(
      'You have already signed this; the other signatures must come from other people.',
      'the same person has already signed',
    );
  }
  const accountProblem = whyAccountMayNotAct(signer, membership);
  if (accountProblem !== undefined) {
    return no(`You may not sign this: ${accountProblem}.`, 'their account may no longer act');
  }

  if (approversWhenPosted.length === 0) return no('No role may sign this.', 'no role may sign this');
  const rolesNow = question.authorizationNow.approvers.map(({ role }) => role);
  const posted = approversWhenPosted.filter(({ role }) => rolesNow.includes(role));
  const names = namesOf(posted);
  if (posted.length === 0) {
    const before = namesOf(approversWhenPosted);
    return no(
      `The policy has changed since this was posted: ${before} may no longer sign it. It must be asked for again.`,
      `by the policy as it is now ${before} may no longer sign`,
    );
  }
  const membersNow = posted.map(({ role }) => membersOf(role, settings, membership));
  const isInNow = (role: string): boolean =>
    membersNow.some((now) => now.role === role && now.users.includes(signer));
  const wasInThen = posted.filter(({ users }) => users.includes(signer));
  const role = wasInThen.find((then) => isInNow(then.role))?.role;
  if (role !== undefined) return { role };

  if (posted.some((then) => isInNow(then.role))) {
    return no(
      `Only people who were in ${names} when this was posted may sign it, and you joined later.`,
      `they joined ${names} after this was posted`,
    );
  }
  const note = unreadableNote(membersNow);
  const toOthers = `they are not in ${names} now`;
  if (wasInThen.length > 0) {
    return no(`You are no longer in ${names}, so you may not sign this.${note}`, toOthers);
  }
  return no(`Only ${names} may sign this.${note}`, toOthers);
}

function namesOf(roles: readonly RoleMembers[]): string {
  return eitherOf(roles.map(({ role }) => role));
}
