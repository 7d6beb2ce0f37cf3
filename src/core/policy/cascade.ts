import { type ConditionVerdict, decideCondition } from './condition.ts';
import {
  approverRole,
  type MatchedRule,
  matchesNames,
  type PolicyRule,
  type PolicySettings,
  type PolicySubject,
} from './rule.ts';

/** A rule whose `when` has no answer: nothing below it may decide in its place. */
export interface Unevaluable {
  readonly position: number;
  readonly when: string;
  readonly problem: string;
}

/** Where a rule may get its `run` or `approve` from. */
export interface RoleSource {
  readonly roles: readonly string[];
  /** Only if this holds, which is not known yet. */
  readonly openWhen: string | undefined;
  readonly unevaluable: Unevaluable | undefined;
}

/** A rule that decides, or may. With everything known there is one source for each key. */
export interface Ruling {
  readonly matched: MatchedRule;
  readonly openWhen: string | undefined;
  readonly run: readonly RoleSource[];
  readonly approve: readonly RoleSource[];
}

export interface Rulings {
  /** Rules that decide if their `when` turns out true, in the order of the file; empty with everything known. */
  readonly open: readonly Ruling[];
  /** What decides if none of those does; undefined when no rule is left. */
  readonly certain: Ruling | Unevaluable | undefined;
}

/**
 * The first matching rule decides. A `run` or `approve` it leaves out comes from the next rule below that matches
 * and gives it, else from nobody and the role `approver`; everything else a rule says of itself alone.
 */
export function rulingsOn(settings: PolicySettings, subject: PolicySubject): Rulings {
  const open: Ruling[] = [];
  for (const { index, rule, verdict } of matching(settings.policy, subject, 0)) {
    const position = index + 1;
    if (typeof verdict === 'object')
      return { open, certain: { position, when: rule.when ?? '', ...verdict } };
    const ruling = {
      matched: { rule, position },
      openWhen: verdict === 'open' ? rule.when : undefined,
      run: rolesFor('run', settings, subject, index, []),
      approve: rolesFor('approve', settings, subject, index, fallbackSigners(settings)),
    };
    if (verdict === 'holds') return { open, certain: ruling };
    open.push(ruling);
  }
  return { open, certain: undefined };
}

/** Asked for signatures with nobody named to give them. */
export function fallbackSigners({ roles }: Pick<PolicySettings, 'roles'>): readonly string[] {
  return Object.hasOwn(roles, approverRole) ? [approverRole] : [];
}

function rolesFor(
  key: 'run' | 'approve',
  settings: PolicySettings,
  subject: PolicySubject,
  from: number,
  fallback: readonly string[],
): readonly RoleSource[] {
  const own = settings.policy[from]?.[key];
  const certainly = { openWhen: undefined, unevaluable: undefined };
  if (own !== undefined) return [{ ...certainly, roles: own }];
  const sources: RoleSource[] = [];
  const gives = (rule: PolicyRule): boolean => rule[key] !== undefined;
  for (const { index, rule, verdict } of matching(settings.policy, subject, from + 1, gives)) {
    if (typeof verdict === 'object') {
      const unevaluable = { position: index + 1, when: rule.when ?? '', ...verdict };
      return [...sources, { roles: [], openWhen: undefined, unevaluable }];
    }
    const roles = rule[key] ?? [];
    if (verdict === 'holds') return [...sources, { ...certainly, roles }];
    sources.push({ roles, openWhen: rule.when, unevaluable: undefined });
  }
  return [...sources, { ...certainly, roles: fallback }];
}

interface Match {
  readonly index: number;
  readonly rule: PolicyRule;
  readonly verdict: Exclude<ConditionVerdict, 'fails'>;
}

/** The rules that match or may, from `start` on, up to and with the first that surely stops the search. */
function* matching(
  policy: readonly PolicyRule[],
  subject: PolicySubject,
  start: number,
  isWanted: (rule: PolicyRule) => boolean = () => true,
): Generator<Match> {
  for (const [offset, rule] of policy.slice(start).entries()) {
    if (!isWanted(rule) || !matchesNames(rule, subject)) continue;
    const verdict = rule.when === undefined ? 'holds' : decideCondition(rule.when, subject);
    if (verdict === 'fails') continue;
    yield { index: start + offset, rule, verdict };
    if (verdict !== 'open') return;
  }
}
