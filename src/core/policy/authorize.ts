import type { Permission, Risk, RoleMembers } from '../../command.ts';
import { type RoleSource, type Ruling, rulingsOn, type Unevaluable } from './cascade.ts';
import type { ConditionFacts } from './condition.ts';
import { accountsOf, countPeople } from './identity.ts';
import type { RunLimit } from './limit.ts';
import { isFromCommandLine, type MembershipSnapshot } from './membership.ts';
import type { BreakGlass, MatchedRule, PolicyRule, PolicySettings } from './rule.ts';
import {
  allowedReason,
  noRuleReason,
  notARunnerReason,
  openReason,
  tooFewSignersReason,
  unevaluableReason,
  unsignedReason,
} from './sentences.ts';

/** `args` and `data` are what rules' `when` looks at: left out while they are not known yet. */
export interface AuthorizationQuestion extends ConditionFacts {
  /** Slack user id, or `cli:<login>`. */
  readonly person: string;
  readonly command: string;
  readonly risk: Risk;
  readonly target: string | undefined;
  readonly environment: string | undefined;
  /** Reads that anyone may run without a role (`help`). Ignored for anything riskier. */
  readonly isOpenToEveryone?: boolean;
  readonly settings: PolicySettings;
  /** Must hold `person` (unless from the command line) and the groups of every role. */
  readonly membership: MembershipSnapshot;
}

/** What stands in the way, in the order it is looked for. */
export type Obstacle =
  | 'no_rule'
  /** A rule's `when` has no answer. */
  | 'unevaluable'
  | 'account'
  | 'not_a_runner'
  /** Dangerous, and its rule does not say who signs. */
  | 'unsigned'
  /** Fewer people than needed could sign now. */
  | 'too_few_signers';

export interface Authorization extends Permission {
  /** The rule that decided, when one matched. */
  readonly rule: MatchedRule | undefined;
  /** The roles that may run it, with the people in them now. */
  readonly runners: readonly RoleMembers[];
  /** The roles that may sign it, with who could sign now: without the person asking, in any account. */
  readonly approvers: readonly RoleMembers[];
  readonly approvalsNeeded: number;
  readonly expiresMinutes: number;
  /** Never on reads. */
  readonly limit?: RunLimit | undefined;
  /** Only where signatures are needed. */
  readonly breakGlass?: BreakGlass | undefined;
  /** Set when not allowed. */
  readonly obstacle?: Obstacle | undefined;
  /**
   * Expressions that could not be decided yet because `args` or `data` was left out. While there are any, this
   * says only whether it may be planned: decide anew with `data`.
   */
  readonly openConditions?: readonly string[] | undefined;
}

/**
 * Who may run what. The first matching rule decides; what matches nothing is refused. A rule that may still match
 * (its `when` asks about a plan not made yet) lets the request go on to planning if it would allow it.
 */
export function authorizeRun(question: AuthorizationQuestion): Authorization {
  const { command, risk, settings } = question;
  if (question.isOpenToEveryone === true && risk === 'read') {
    return { ...nothing, allowed: true, reason: `Everyone may run "${command}".` };
  }
  const { open, certain } = rulingsOn(settings, question);
  const otherwise = judgeCertain(certain, question);
  if (open.length === 0) return otherwise;

  const possible = open.map((ruling) => ({ when: ruling.openWhen ?? '', outcome: judge(ruling, question) }));
  const outcomes = [...possible.map(({ outcome }) => outcome), otherwise];
  const isAllowed = outcomes.some(({ allowed }) => allowed);
  const shown = otherwise.allowed
    ? otherwise
    : (outcomes.find(({ allowed }) => allowed) ?? firstRuled(outcomes));
  return {
    ...shown,
    allowed: isAllowed,
    reason: isAllowed ? openReason(command, possible, otherwise) : shown.reason,
    // Whoever may have to sign, so that people can see who that would be.
    approvers: unionOf(outcomes.map(({ approvers }) => approvers)),
    openConditions: [
      ...new Set([
        ...possible.map(({ when }) => when),
        ...outcomes.flatMap((outcome) => outcome.openConditions ?? []),
      ]),
    ],
  };
}

const nothing = { rule: undefined, runners: [], approvers: [], approvalsNeeded: 0, expiresMinutes: 0 };

/** Nothing is allowed: the refusal of a rule tells more than that none matches. */
function firstRuled(outcomes: readonly Authorization[]): Authorization {
  return outcomes.findLast(({ rule }) => rule !== undefined) ?? outcomes.at(-1)!;
}

function judgeCertain(
  certain: Ruling | Unevaluable | undefined,
  question: AuthorizationQuestion,
): Authorization {
  if (certain === undefined) {
    return { ...nothing, allowed: false, obstacle: 'no_rule', reason: noRuleReason(question) };
  }
  if ('problem' in certain) return unevaluable(certain, question);
  return judge(certain, question);
}

/** What one rule says. Where it may still get its roles from several rules, the ones that allow it. */
function judge(ruling: Ruling, question: AuthorizationQuestion): Authorization {
  const { settings, membership, person, command, risk } = question;
  const { rule } = ruling.matched;
  const approvalsNeeded = signaturesFor(rule, risk);
  const approveSources = approvalsNeeded === 0 ? [] : ruling.approve;

  const run = bestOf(
    ruling.run,
    settings,
    membership,
    new Set(),
    (roles) => roleOf(person, roles) !== undefined,
  );
  const requester = accountsOf(settings.identities, person);
  const approve = bestOf(
    approveSources,
    settings,
    membership,
    requester,
    (roles) => countSigners(settings, roles) >= approvalsNeeded,
  );
  const openConditions = [...ruling.run, ...approveSources].flatMap(({ openWhen }) => openWhen ?? []);
  const facts = {
    rule: ruling.matched,
    runners: run.members,
    approvers: approve.members,
    approvalsNeeded,
    expiresMinutes: rule.expiresMinutes,
    ...(risk !== 'read' && rule.limit !== undefined && { limit: rule.limit }),
    ...(approvalsNeeded > 0 && rule.breakGlass !== undefined && { breakGlass: rule.breakGlass }),
    ...(openConditions.length > 0 && { openConditions }),
  };
  const refused = (obstacle: Obstacle, reason: string): Authorization => ({
    ...facts,
    allowed: false,
    obstacle,
    reason,
  });

  const accountProblem = whyAccountMayNotAct(person, membership);
  if (accountProblem !== undefined) {
    return refused('account', `You may not run "${command}": ${accountProblem}.`);
  }
  const problem = run.unevaluable ?? approve.unevaluable;
  if (problem !== undefined) return { ...unevaluable(problem, question), rule: ruling.matched };
  const role = roleOf(person, run.members);
  if (role === undefined)
    return refused('not_a_runner', notARunnerReason(command, ruling.matched, run.members));
  if (risk === 'dangerous' && approvalsNeeded === 0 && rule.approvals !== 0) {
    return refused('unsigned', unsignedReason(command, ruling.matched.position));
  }
  const signers = countSigners(settings, approve.members);
  if (signers < approvalsNeeded) {
    return refused(
      'too_few_signers',
      tooFewSignersReason(command, approvalsNeeded, signers, approve.members),
    );
  }
  return { ...facts, allowed: true, reason: allowedReason(command, role, facts, rule.when) };
}

function unevaluable(problem: Unevaluable, question: AuthorizationQuestion): Authorization {
  return {
    ...nothing,
    allowed: false,
    obstacle: 'unevaluable',
    reason: unevaluableReason(question.command, problem),
  };
}

/** Of the roles a key may stand for, the first that suffice; with everything known there is one choice. */
function bestOf(
  sources: readonly RoleSource[],
  settings: PolicySettings,
  membership: MembershipSnapshot,
  without: ReadonlySet<string>,
  suffices: (members: readonly RoleMembers[]) => boolean,
): { readonly members: readonly RoleMembers[]; readonly unevaluable: Unevaluable | undefined } {
  const choices = sources.map(({ roles, unevaluable: problem }) => ({
    members: roles.map((role) => withoutAccounts(membersOf(role, settings, membership), without, membership)),
    unevaluable: problem,
  }));
  const chosen = choices.find(
    ({ members, unevaluable: problem }) => problem === undefined && suffices(members),
  );
  return chosen ?? choices[0] ?? { members: [], unevaluable: undefined };
}

function roleOf(person: string, roles: readonly RoleMembers[]): string | undefined {
  return roles.find(({ users }) => users.includes(person))?.role;
}

function countSigners({ identities }: PolicySettings, roles: readonly RoleMembers[]): number {
  return countPeople(identities, new Set(roles.flatMap(({ users }) => users)));
}

function unionOf(lists: readonly (readonly RoleMembers[])[]): RoleMembers[] {
  return [...new Map(lists.flat().map((members) => [members.role, members])).values()];
}

/** The people of a role now. Named people need no reading; a group that cannot be read has no members. */
export function membersOf(
  role: string,
  settings: PolicySettings,
  membership: MembershipSnapshot,
): RoleMembers {
  // hasOwn: a role named "constructor" must not find Object's.
  const definition = Object.hasOwn(settings.roles, role) ? settings.roles[role] : undefined;
  if (definition === undefined) return { role, users: [], unreadableGroups: [] };
  const users = new Set(definition.users);
  const unreadableGroups: string[] = [];
  for (const group of definition.usergroups) {
    const reading = membership.groups.get(group);
    if (reading?.isReadable === true) for (const member of reading.value) users.add(member);
    else unreadableGroups.push(group);
  }
  return { role, users: [...users].sort(), unreadableGroups };
}

/**
 * Why an account may neither run nor sign anything, as the end of a sentence; undefined when it may.
 * Facts that were not or could not be read are a reason: an unchecked account is not a checked one.
 */
export function whyAccountMayNotAct(person: string, membership: MembershipSnapshot): string | undefined {
  if (isFromCommandLine(person)) return undefined;
  const reading = membership.people.get(person);
  if (reading === undefined) return 'your account has not been read from Slack';
  if (!reading.isReadable) return `your account cannot be read from Slack (${reading.reason})`;
  const { isBot, isDeactivated, isForeign, isGuest } = reading.value;
  if (isDeactivated) return 'your account is deactivated';
  if (isBot) return 'you are a bot';
  if (isForeign) return 'your account belongs to another workspace';
  if (isGuest) return 'your account is a guest';
  return undefined;
}

/** Reads never need a signature, whatever a broad rule asks for. */
function signaturesFor({ approvals, approve }: PolicyRule, risk: Risk): number {
  if (risk === 'read') return 0;
  return approvals ?? (approve === undefined ? 0 : 1);
}

/** Leaves out the accounts given, and everyone known to be unable to act. */
function withoutAccounts(
  role: RoleMembers,
  accounts: ReadonlySet<string>,
  membership: MembershipSnapshot,
): RoleMembers {
  const users = role.users.filter(
    (user) =>
      !accounts.has(user) &&
      (!membership.people.has(user) || whyAccountMayNotAct(user, membership) === undefined),
  );
  return { ...role, users };
}
