import type { Risk } from '../../command.ts';
import type { ConditionFacts } from './condition.ts';
import { describeLimit, type RunLimit } from './limit.ts';

/** May break glass at any time; may lift a lockdown. */
export const adminRole = 'admin';
/** Signs where a rule asks for signatures and no rule says whose; may lock down. */
export const approverRole = 'approver';

export interface Role {
  readonly users: readonly string[];
  readonly usergroups: readonly string[];
}

/** Who besides an admin may go ahead without a signature, after this long without one. */
export interface BreakGlass {
  readonly run: readonly string[];
  readonly afterMinutes: number;
}

/** One line of `policy:`. A match key left out matches everything. */
export interface PolicyRule {
  readonly risk?: readonly Risk[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly target?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  /** A CEL expression over `args` and the plan's `data`. */
  readonly when?: string | undefined;
  /** Roles that may run it. Empty: nobody. Left out: as the next rule below that matches and gives it. */
  readonly run?: readonly string[] | undefined;
  /** Roles that may sign it. Left out while signatures are asked for: likewise, else the role `approver`. */
  readonly approve?: readonly string[] | undefined;
  /** Signatures needed; default: 1 with `approve`, else undefined. 0 says that none is wanted. */
  readonly approvals?: number | undefined;
  /** How long it stays open for signatures. */
  readonly expiresMinutes: number;
  readonly limit?: RunLimit | undefined;
  readonly breakGlass?: BreakGlass | undefined;
}

/** The part of the settings that decides who may do what; what the policy digest covers. */
export interface PolicySettings {
  readonly roles: Readonly<Record<string, Role>>;
  readonly identities: readonly (readonly string[])[];
  readonly policy: readonly PolicyRule[];
}

/** What somebody wants to do, as rules match it. */
export interface PolicySubject extends ConditionFacts {
  readonly command: string;
  readonly risk: Risk;
  readonly target: string | undefined;
  readonly environment: string | undefined;
}

export interface MatchedRule {
  /** As it is written: what it leaves out stands in other rules. */
  readonly rule: PolicyRule;
  /** From 1, as people count them. */
  readonly position: number;
}

/** The keys that compare names with what is asked; `when` is apart. */
export const nameKeys = ['risk', 'command', 'target', 'environment'] as const;

/** Whether the names of a rule fit; its `when` is another question. */
export function matchesNames(rule: PolicyRule, subject: PolicySubject): boolean {
  return nameKeys.every((key) => includes(rule[key], subject[key]));
}

/** A rule that names targets does not match a command without one. */
function includes(wanted: readonly string[] | undefined, actual: string | undefined): boolean {
  return wanted === undefined || (actual !== undefined && wanted.includes(actual));
}

/** One line people read, e.g. `risk dangerous: run by responder, signed by 1 of approver within 15 minutes`. */
export function describeRule(rule: PolicyRule): string {
  const conditions = [
    ...nameKeys.filter((key) => rule[key] !== undefined).map((key) => `${key} ${rule[key]?.join(' or ')}`),
    ...(rule.when === undefined ? [] : [`when ${rule.when}`]),
  ];
  const runners = rule.run === undefined ? 'whom a rule below names' : rule.run.join(' or ') || 'nobody';
  const limit = rule.limit === undefined ? '' : `, at most ${describeLimit(rule.limit)}`;
  return `${conditions.join(', ') || 'everything'}: run by ${runners}${signersOf(rule)}${limit}${brokenBy(rule)}`;
}

function signersOf({ approve, approvals, expiresMinutes }: PolicyRule): string {
  const needed = approvals ?? (approve === undefined ? undefined : 1);
  if (needed === undefined) return '';
  if (needed === 0) return ', no signature';
  const signers = approve === undefined ? 'whom a rule below names' : approve.join(' or ');
  return `, signed by ${needed} of ${signers} within ${minutes(expiresMinutes)}`;
}

function brokenBy({ breakGlass }: PolicyRule): string {
  if (breakGlass === undefined) return '';
  return `, glass broken by ${breakGlass.run.join(' or ') || 'nobody'} after ${minutes(breakGlass.afterMinutes)}`;
}

function minutes(count: number): string {
  return `${count} ${count === 1 ? 'minute' : 'minutes'}`;
}
