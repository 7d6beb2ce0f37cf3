import type { Risk } from '../command.ts';

export interface Role {
  readonly users: readonly string[];
  readonly usergroups: readonly string[];
}

/** One line of `policy:`. A match key left out matches everything. */
export interface PolicyRule {
  readonly risk?: readonly Risk[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  /** Roles that may run it. Empty: nobody. */
  readonly run: readonly string[];
  /** Roles that may sign it. */
  readonly approve?: readonly string[] | undefined;
  /** Signatures needed; default: 1 with `approve`, else undefined. 0 says that none is wanted. */
  readonly approvals?: number | undefined;
  /** How long it stays open for signatures. */
  readonly expiresMinutes: number;
}

/** The part of the settings that decides who may do what; what the policy digest covers. */
export interface PolicySettings {
  readonly roles: Readonly<Record<string, Role>>;
  readonly identities: readonly (readonly string[])[];
  readonly policy: readonly PolicyRule[];
}

/** What somebody wants to do, as rules match it. */
export interface PolicySubject {
  readonly command: string;
  readonly risk: Risk;
  readonly target: string | undefined;
  readonly environment: string | undefined;
}

export interface MatchedRule {
  readonly rule: PolicyRule;
  /** From 1, as people count them. */
  readonly position: number;
}

/** The first rule that matches, in the order of the file. */
export function maybeMatchingRule(
  policy: readonly PolicyRule[],
  subject: PolicySubject,
): MatchedRule | undefined {
  const index = policy.findIndex((rule) => matches(rule, subject));
  const rule = policy[index];
  return rule === undefined ? undefined : { rule, position: index + 1 };
}

function matches(rule: PolicyRule, subject: PolicySubject): boolean {
  return (
    includes(rule.risk, subject.risk) &&
    includes(rule.command, subject.command) &&
    includes(rule.target, subject.target) &&
    includes(rule.environment, subject.environment)
  );
}

/** A rule that names targets does not match a command without one. */
function includes(wanted: readonly string[] | undefined, actual: string | undefined): boolean {
  return wanted === undefined || (actual !== undefined && wanted.includes(actual));
}

/** One line people read, e.g. `risk dangerous: run by responder, signed by 1 of approver within 15 minutes`. */
export function describeRule(rule: PolicyRule): string {
  const conditions = (['risk', 'command', 'target', 'environment'] as const)
    .filter((key) => rule[key] !== undefined)
    .map((key) => `${key} ${rule[key]?.join(' or ')}`);
  const signed = signersOf(rule);
  return `${conditions.join(', ') || 'everything'}: run by ${rule.run.join(' or ') || 'nobody'}${signed}`;
}

function signersOf(rule: PolicyRule): string {
  if (rule.approve === undefined) return rule.approvals === 0 ? ', no signature' : '';
  const minutes = `${rule.expiresMinutes} ${rule.expiresMinutes === 1 ? 'minute' : 'minutes'}`;
  return `, signed by ${rule.approvals ?? 1} of ${rule.approve.join(' or ')} within ${minutes}`;
}
