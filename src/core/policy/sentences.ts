/** The sentences people read about what the policy lets them do. */
import type { RoleMembers } from '../../command.ts';
import type { Authorization, AuthorizationQuestion } from './authorize.ts';
import type { Unevaluable } from './cascade.ts';
import type { MatchedRule } from './rule.ts';

type Needs = Pick<Authorization, 'approvalsNeeded' | 'approvers' | 'expiresMinutes'>;

export function noRuleReason({ command, risk, target, environment }: AuthorizationQuestion): string {
  const where = target === undefined ? '' : `, target ${target}, environment ${environment ?? 'unknown'}`;
  return (
    `No policy rule matches "${command}" (risk ${risk}${where}), and what no rule matches is refused. ` +
    'An admin can add a rule under "policy:" in the settings file.'
  );
}

export function unevaluableReason(command: string, { position, when, problem }: Unevaluable): string {
  return (
    `Policy rule ${position} cannot be decided for "${command}": its condition "${when}" has no answer here ` +
    `(${problem}). So it is refused until an admin corrects the rule.`
  );
}

export function notARunnerReason(
  command: string,
  { rule, position }: MatchedRule,
  runners: readonly RoleMembers[],
): string {
  if (runners.length === 0) {
    return rule.run === undefined
      ? `Nobody may run "${command}": policy rule ${position} has no "run", and no matching rule below it has one.`
      : `Nobody may run "${command}": its policy rule has an empty "run" list.`;
  }
  return (
    `Only ${roleNames(runners)} may run "${command}", and you are not in ${runners.length === 1 ? 'that role' : 'those roles'}.` +
    unreadableNote(runners)
  );
}

export function unsignedReason(command: string, position: number): string {
  return (
    `"${command}" is dangerous, and policy rule ${position} does not say who signs it. ` +
    'An admin must add "approve", or "approvals: 0" if no signature is wanted.'
  );
}

export function tooFewSignersReason(
  command: string,
  needed: number,
  signers: number,
  approvers: readonly RoleMembers[],
): string {
  if (approvers.length === 0) {
    return `"${command}" needs ${signatures(needed)}, and no policy rule says whose. An admin must add "approve".`;
  }
  const others =
    signers === 0 ? 'nobody but you is' : `only ${signers} of the others ${signers === 1 ? 'is' : 'are'}`;
  return (
    `"${command}" needs ${signatures(needed)} from ${roleNames(approvers)}, and ${others} in ` +
    `${approvers.length === 1 ? 'that role' : 'those roles'}. Nobody signs their own request.${unreadableNote(approvers)}`
  );
}

export function allowedReason(command: string, role: string, needs: Needs, when: string | undefined): string {
  const start = `You may run "${command}" as ${role}`;
  if (needs.approvalsNeeded === 0) return `${start}.`;
  return `${start}; it needs ${neededSignatures(needs)}${when === undefined ? '' : ` when ${when}`}.`;
}

/** What holds while some conditions cannot be decided yet; at least one of the outcomes allows it. */
export function openReason(
  command: string,
  possible: readonly { readonly when: string; readonly outcome: Authorization }[],
  otherwise: Authorization,
): string {
  const allowed = possible.filter(({ outcome }) => outcome.allowed);
  const refused = possible.filter(({ outcome }) => !outcome.allowed);
  const conditions = (list: readonly { readonly when: string }[]): string =>
    eitherOf(list.map(({ when }) => when));

  const needs = allowed.map(({ when, outcome }) => `${neededSignatures(outcome)} when ${when}`);
  if (otherwise.allowed && otherwise.approvalsNeeded > 0) {
    needs.push(`otherwise ${neededSignatures(otherwise)}`);
  }
  const needsAny = [...allowed.map(({ outcome }) => outcome), otherwise].some(
    ({ approvalsNeeded }) => approvalsNeeded > 0,
  );
  return [
    `You may run "${command}"`,
    otherwise.allowed ? '' : ` only when ${conditions(allowed)}`,
    needsAny && needs.length > 0 ? `; it needs ${needs.join(', ')}` : '',
    otherwise.allowed && refused.length > 0 ? `; it is refused when ${conditions(refused)}` : '',
    '.',
  ].join('');
}

function neededSignatures({ approvalsNeeded, approvers, expiresMinutes }: Needs): string {
  if (approvalsNeeded === 0) return 'no signature';
  return `${signatures(approvalsNeeded)} from ${roleNames(approvers)} within ${expiresMinutes} min`;
}

function signatures(count: number): string {
  return count === 1 ? '1 signature' : `${count} signatures`;
}

function roleNames(roles: readonly { readonly role: string }[]): string {
  return eitherOf(roles.map(({ role }) => role));
}

/** `a`, `a or b`, `a, b or c` */
export function eitherOf(names: readonly string[]): string {
  return names.length < 3 ? names.join(' or ') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Said aloud: otherwise an outage of one Slack method looks like a change of rights. */
export function unreadableNote(roles: readonly RoleMembers[]): string {
  const groups = [...new Set(roles.flatMap(({ unreadableGroups }) => unreadableGroups))];
  if (groups.length === 0) return '';
  const subject =
    groups.length === 1 ? `The user group ${groups[0]}` : `The user groups ${groups.join(', ')}`;
  return ` ${subject} cannot be read from Slack now and ${groups.length === 1 ? 'counts' : 'count'} as empty.`;
}
