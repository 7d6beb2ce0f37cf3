import { fallbackSigners } from '../core/policy/cascade.ts';
import { countPeople } from '../core/policy/identity.ts';
import { nameKeys, type PolicyRule } from '../core/policy/rule.ts';
import { alertFindings } from './alert-settings-checks.ts';
import type { Settings } from './settings-schema.ts';
import { type Finding, unknownNames } from './unknown-names.ts';
import type { Path } from './yaml-source.ts';

/**
 * What no single value shows: names that point at nothing. A rule with a misspelt name would silently never
 * match, and the command fall through to a laxer rule below it.
 * @param commandNames every command there is; undefined while they are not known.
 */
export function crossCheck(settings: Settings, commandNames: readonly string[] | undefined): Finding[] {
  const known = {
    target: Object.keys(settings.targets),
    environment: [...new Set(Object.values(settings.targets).map(({ environment }) => environment))],
    command: commandNames,
  };
  const policy = settings.policy.flatMap((rule, index) => [
    ...(['run', 'approve'] as const).flatMap((key) =>
      unknownNames(rule[key], Object.keys(settings.roles), 'role', ['policy', index, key]),
    ),
    ...unknownNames(rule.breakGlass?.run, Object.keys(settings.roles), 'role', [
      'policy',
      index,
      'breakGlass',
      'run',
    ]),
    ...(['target', 'environment', 'command'] as const).flatMap((key) =>
      unknownNames(rule[key], known[key], key, ['policy', index, key]),
    ),
    ...runnerFindings(settings, index),
    ...signatureFindings(settings, index),
    ...unusedFindings(rule, ['policy', index]),
  ]);
  return [...policy, ...alertFindings(settings, commandNames)];
}

/** What a rule may inherit: the values that rules below it give where both can match. */
function given<Key extends 'run' | 'approve'>(
  settings: Settings,
  index: number,
  key: Key,
): readonly (readonly string[])[] {
  const rule = settings.policy[index];
  if (rule === undefined) return [];
  return settings.policy
    .slice(index + 1)
    .filter((below) =>
      nameKeys.every((name) => {
        const [mine, theirs]: (readonly string[] | undefined)[] = [rule[name], below[name]];
        return mine === undefined || theirs === undefined || mine.some((one) => theirs.includes(one));
      }),
    )
    .flatMap((below) => (below[key] === undefined ? [] : [below[key]]));
}

function runnerFindings(settings: Settings, index: number): Finding[] {
  if (settings.policy[index]?.run !== undefined || given(settings, index, 'run').length > 0) return [];
  return [
    {
      path: ['policy', index],
      message: 'does not say who may run it, and no rule below that could match does. Add "run: [role]"',
    },
  ];
}

function signatureFindings(settings: Settings, index: number): Finding[] {
  const rule = settings.policy[index];
  if (rule === undefined) return [];
  const path = ['policy', index] as const;
  const { approve, approvals, risk, run } = rule;
  if (approve === undefined && approvals === undefined) {
    if (!risk?.includes('dangerous') || run?.length === 0) return [];
    return [
      {
        path,
        message:
          'lets dangerous commands run unsigned. Add "approve: [role]", or "approvals: 0" to say that this is wanted',
      },
    ];
  }
  if (approvals === 0) {
    if (approve === undefined) return [];
    return [{ path: [...path, 'approvals'], message: 'is 0 beside "approve". Remove one of them' }];
  }
  const key = approve === undefined ? 'approvals' : 'approve';
  if (risk?.every((one) => one === 'read')) {
    return [{ path: [...path, key], message: 'has no effect: reads never need a signature. Remove it' }];
  }
  if (approve !== undefined) return tooFewFindings(settings, [approve], approvals ?? 1, [...path, key]);
  const inherited = given(settings, index, 'approve');
  const fallback = fallbackSigners(settings);
  const sources = [...inherited, ...(fallback.length === 0 ? [] : [fallback])];
  if (sources.length === 0) {
    return [
      {
        path: [...path, key],
        message:
          'asks for signatures, but neither this rule nor one below says from which roles, and there is no role "approver"',
      },
    ];
  }
  return tooFewFindings(settings, sources, approvals ?? 1, [...path, key]);
}

/** Keys that can change nothing are mistakes about what the rule does. */
function unusedFindings(
  { risk, approve, approvals, limit, breakGlass, expiresMinutes }: PolicyRule,
  path: Path,
): Finding[] {
  const findings: Finding[] = [];
  const isOnlyReads = risk?.every((one) => one === 'read') === true;
  if (limit !== undefined && isOnlyReads) {
    findings.push({ path: [...path, 'limit'], message: 'has no effect: reads are not limited. Remove it' });
  }
  if (breakGlass === undefined) return findings;
  const needsSignatures = (approvals ?? (approve === undefined ? 0 : 1)) > 0 && !isOnlyReads;
  if (!needsSignatures) {
    findings.push({
      path: [...path, 'breakGlass'],
      message: 'has no effect: the rule asks for no signatures. Remove it',
    });
  } else if (breakGlass.afterMinutes >= expiresMinutes) {
    findings.push({
      path: [...path, 'breakGlass', 'afterMinutes'],
      message: `is never reached: the request expires after ${expiresMinutes} minutes (expiresMinutes)`,
    });
  }
  return findings;
}

/** Only where every signer is named: a user group's size is Slack's business and changes. */
function tooFewFindings(
  settings: Settings,
  sources: readonly (readonly string[])[],
  needed: number,
  path: Path,
): Finding[] {
  const counts = sources.map((names) => countNamed(settings, names));
  const most = Math.max(...counts);
  if (most >= needed) return [];
  const names = sources[counts.indexOf(most)] ?? [];
  return [
    {
      path,
      message: `can never be met: it needs ${needed} different people to sign, and ${names.join(' and ')} together hold ${most}`,
    },
  ];
}

/** Infinity where it cannot be told: an unknown role is another finding. */
function countNamed(settings: Settings, names: readonly string[]): number {
  const roles = names.map((name) => (Object.hasOwn(settings.roles, name) ? settings.roles[name] : undefined));
  if (roles.some((role) => role === undefined || role.usergroups.length > 0)) return Number.POSITIVE_INFINITY;
  return countPeople(settings.identities, new Set(roles.flatMap((role) => role?.users ?? [])));
}
