import type { JsonObject } from '../../command.ts';
import { Fault } from '../errors.ts';
import type { Terms } from '../run.ts';
import type { Authorization } from './authorize.ts';
import { nameKeys, type PolicyRule } from './rule.ts';

/**
 * What the policy asks for when the card is posted.
 * @throws Fault when conditions are still open: what is signed must not depend on what is not known.
 */
export function termsOf(authorization: Authorization): Terms {
  const { rule, openConditions, approvalsNeeded, approvers, expiresMinutes, breakGlass } = authorization;
  if (rule === undefined || openConditions !== undefined) {
    throw new Fault('policy_undecided', 'Terms were asked for before the policy was decided with the plan');
  }
  return {
    rulePosition: rule.position,
    approvalsNeeded,
    approvers,
    expiresMinutes,
    breakGlass: breakGlass && { roles: breakGlass.run, afterMinutes: breakGlass.afterMinutes },
    conditions: conditionsOf(rule.rule),
  };
}

function conditionsOf(rule: PolicyRule): JsonObject {
  return Object.fromEntries([
    ...nameKeys.flatMap((key) => (rule[key] === undefined ? [] : [[key, sorted(rule[key])] as const])),
    ...(rule.when === undefined ? [] : [['when', rule.when] as const]),
  ]);
}

/**
 * The policy as it enters a run's digest: no people, so that someone who joins a role changes nothing that was
 * signed, and no position, so that a rule written above does not either.
 */
export function signedPolicy(terms: Terms): JsonObject {
  const { approvalsNeeded, approvers, expiresMinutes, breakGlass, conditions } = terms;
  return {
    approvals: approvalsNeeded,
    approve: sorted(approvers.map(({ role }) => role)),
    expiresMinutes,
    conditions,
    breakGlass:
      breakGlass === undefined
        ? null
        : { run: sorted(breakGlass.roles), afterMinutes: breakGlass.afterMinutes },
  };
}

function sorted(list: readonly string[]): string[] {
  return [...new Set(list)].sort();
}
