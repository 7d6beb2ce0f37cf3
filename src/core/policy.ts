import type { Permission, Risk, RoleMembers } from '../command.ts';
import { accountsOf, countPeople } from './identity.ts';
import { isFromCommandLine, type MembershipSnapshot } from './membership.ts';
import { type MatchedRule, maybeMatchingRule, type PolicyRule, type PolicySettings } from './policy-rule.ts';

export interface AuthorizationQuestion {
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

export interface Authorization extends Permission {
  /** The rule that decided, when one matched. */
  readonly rule: MatchedRule | undefined;
  /** The roles that may run it, with the people in them now. */
  readonly runners: readonly RoleMembers[];
  /** The roles that may sign it, with who could sign now: without the person asking, in any account. */
  readonly approvers: readonly RoleMembers[];
  readonly approvalsNeeded: number;
  readonly expiresMinutes: number;
}

/** Who may run what. The first matching rule decides; what matches nothing is refused. */
export function authorizeRun(question: AuthorizationQuestion): Authorization {
  const { settings, membership, person, command, risk } = question;
  const nothing = { rule: undefined, runners: [], approvers: [], approvalsNeeded: 0, expiresMinutes: 0 };
  if (question.isOpenToEveryone === true && risk === 'read') {
    return { ...nothing, allowed: true, reason: `Everyone may run "${command}".` };
  }

  const rule = maybeMatchingRule(settings.policy, question);
  if (rule === undefined) return { ...nothing, allowed: false, reason: noRuleReason(question) };

  const runners = rule.rule.run.map((role) =>
    withoutAccounts(membersOf(role, settings, membership), new Set(), membership),
  );
  const approvalsNeeded = signaturesFor(rule.rule, risk);
  const requester = accountsOf(settings.identities, person);
  const approvers =
    approvalsNeeded === 0
      ? []
      : (rule.rule.approve ?? []).map((role) =>
          withoutAccounts(membersOf(role, settings, membership), requester, membership),
        );
  const facts = { rule, runners, approvers, approvalsNeeded, expiresMinutes: rule.rule.expiresMinutes };
  const refused = (reason: string): Authorization => ({ ...facts, allowed: false, reason });

  const accountProblem = whyAccountMayNotAct(person, membership);
  if (accountProblem !== undefined) {
    return refused(`You may not run "${command}": ${accountProblem}.`);
  }
  const role = runners.find(({ users }) => users.includes(person));
  if (role === undefined) return refused(notARunnerReason(command, runners));
  if (risk === 'dangerous' && approvalsNeeded === 0 && rule.rule.approvals !== 0) {
    return refused(
      `"${command}" is dangerous, and policy rule ${rule.position} does not say who signs it. ` +
        'An admin must add "approve", or "approvals: 0" if no signature is wanted.',
    );
  }
  const signers = countPeople(settings.identities, new Set(approvers.flatMap(({ users }) => users)));
  if (signers < approvalsNeeded)
    return refused(tooFewSignersReason(command, approvalsNeeded, signers, approvers));
  return { ...facts, allowed: true, reason: allowedReason(command, role.role, facts) };
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
function signaturesFor(rule: PolicyRule, risk: Risk): number {
  if (risk === 'read') return 0;
  return rule.approve === undefined ? 0 : (rule.approvals ?? 1);
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

function noRuleReason({ command, risk, target, environment }: AuthorizationQuestion): string {
  const where = target === undefined ? '' : `, target ${target}, environment ${environment ?? 'unknown'}`;
  return (
    `No policy rule matches "${command}" (risk ${risk}${where}), and what no rule matches is refused. ` +
    'An admin can add a rule under "policy:" in the settings file.'
  );
}

function notARunnerReason(command: string, runners: readonly RoleMembers[]): string {
  if (runners.length === 0) return `Nobody may run "${command}": its policy rule has an empty "run" list.`;
  return (
    `Only ${roleNames(runners)} may run "${command}", and you are not in ${runners.length === 1 ? 'that role' : 'those roles'}.` +
    unreadableNote(runners)
  );
}

function tooFewSignersReason(
  command: string,
  needed: number,
  signers: number,
  approvers: readonly RoleMembers[],
): string {
  const others =
    signers === 0 ? 'nobody but you is' : `only ${signers} of the others ${signers === 1 ? 'is' : 'are'}`;
  return (
    `"${command}" needs ${signatures(needed)} from ${roleNames(approvers)}, and ${others} in ` +
    `${approvers.length === 1 ? 'that role' : 'those roles'}. Nobody signs their own request.${unreadableNote(approvers)}`
  );
}

function allowedReason(
  command: string,
  role: string,
  facts: Pick<Authorization, 'approvalsNeeded' | 'approvers' | 'expiresMinutes'>,
): string {
  const start = `You may run "${command}" as ${role}`;
  if (facts.approvalsNeeded === 0) return `${start}.`;
  return `${start}; it needs ${signatures(facts.approvalsNeeded)} from ${roleNames(facts.approvers)} within ${facts.expiresMinutes} min.`;
}

function signatures(count: number): string {
  return count === 1 ? '1 signature' : `${count} signatures`;
}

function roleNames(roles: readonly RoleMembers[]): string {
  const names = roles.map(({ role }) => role);
  return names.length < 3 ? names.join(' or ') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Said aloud: otherwise an outage of one Slack method looks like a change of rights. */
function unreadableNote(roles: readonly RoleMembers[]): string {
  const groups = [...new Set(roles.flatMap(({ unreadableGroups }) => unreadableGroups))];
  if (groups.length === 0) return '';
  const subject =
    groups.length === 1 ? `The user group ${groups[0]}` : `The user groups ${groups.join(', ')}`;
  return ` ${subject} cannot be read from Slack now and ${groups.length === 1 ? 'counts' : 'count'} as empty.`;
}
