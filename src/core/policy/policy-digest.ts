import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describeRule, nameKeys, type PolicyRule, type PolicySettings } from './rule.ts';

/**
 * SHA-256, in hex, of the canonical JSON of roles, identities and policy. Lists whose order means nothing are
 * sorted first; the order of rules means everything and is kept.
 */
export function policyDigest(settings: PolicySettings): string {
  const canonical = canonicalize(meaningOf(settings)) as string;
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

function meaningOf({ roles, identities, policy }: PolicySettings): object {
  return {
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [
        name,
        { users: sorted(role.users), usergroups: sorted(role.usergroups) },
      ]),
    ),
    identities: identities.map(sorted).sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    policy: policy.map(ruleMeaning),
  };
}

function ruleMeaning(rule: PolicyRule): object {
  const { approve, approvals, expiresMinutes, when, limit, breakGlass } = rule;
  const lists = [...nameKeys, 'run', 'approve'] as const;
  return {
    // A key left out stays out: ledgers hold digests from before it existed.
    ...Object.fromEntries(
      lists.flatMap((key) => (rule[key] === undefined ? [] : [[key, sorted(rule[key])]])),
    ),
    ...(when !== undefined && { when }),
    ...(limit !== undefined && { limit: { count: limit.count, perMinutes: limit.perMinutes } }),
    ...(breakGlass !== undefined && {
      breakGlass: { run: sorted(breakGlass.run), afterMinutes: breakGlass.afterMinutes },
    }),
    // null where the rule is silent: silence on a dangerous command is refused, 0 is a decision.
    approvals: approvals ?? (approve === undefined ? null : 1),
    expiresMinutes,
  };
}

function sorted(list: readonly string[]): string[] {
  return [...new Set(list)].sort();
}

/** What changed between two policies, one line each, in words; empty exactly when the digests are equal. */
export function policyChanges(before: PolicySettings, after: PolicySettings): string[] {
  return [
    ...roleChanges(before, after),
    ...identityChanges(before, after),
    ...ruleChanges(before.policy, after.policy),
  ];
}

function roleChanges(before: PolicySettings, after: PolicySettings): string[] {
  const names = sorted([...Object.keys(before.roles), ...Object.keys(after.roles)]);
  return names.flatMap((name) => {
    const old = Object.hasOwn(before.roles, name) ? before.roles[name] : undefined;
    const now = Object.hasOwn(after.roles, name) ? after.roles[name] : undefined;
    const changes = [
      ...listChanges(old?.users ?? [], now?.users ?? [], ''),
      ...listChanges(old?.usergroups ?? [], now?.usergroups ?? [], 'group '),
    ].join(', ');
    if (old === undefined) return [`role ${name} added: ${changes || 'nobody in it'}`];
    if (now === undefined) return [`role ${name} removed: ${changes || 'nobody was in it'}`];
    return changes === '' ? [] : [`role ${name}: ${changes}`];
  });
}

function listChanges(before: readonly string[], after: readonly string[], noun: string): string[] {
  return [
    ...sorted(after.filter((one) => !before.includes(one))).map((one) => `+ ${noun}${one}`),
    ...sorted(before.filter((one) => !after.includes(one))).map((one) => `- ${noun}${one}`),
  ];
}

function identityChanges(before: PolicySettings, after: PolicySettings): string[] {
  const written = ({ identities }: PolicySettings) => identities.map((one) => sorted(one).join(' = ')).sort();
  const [old, now] = [written(before), written(after)];
  return sequenceChanges(old, now).map(({ change, line }) => `identity ${change}: ${line}`);
}

function ruleChanges(before: readonly PolicyRule[], after: readonly PolicyRule[]): string[] {
  // Compared by meaning, shown in words: describeRule says nothing of what cannot matter.
  const keyed = (policy: readonly PolicyRule[]) =>
    policy.map((rule) => canonicalize(ruleMeaning(rule)) as string);
  const words = new Map<string, string>();
  for (const rule of [...before, ...after])
    words.set(canonicalize(ruleMeaning(rule)) as string, describeRule(rule));
  return sequenceChanges(keyed(before), keyed(after)).map(
    ({ change, line, position }) => `rule ${position} ${change}: ${words.get(line)}`,
  );
}

interface SequenceChange {
  readonly change: 'added' | 'removed';
  readonly line: string;
  /** From 1: in the old list when removed, in the new one when added. */
  readonly position: number;
}

/** Fewest removals and additions that turn one list into the other (longest common subsequence). */
function sequenceChanges(before: readonly string[], after: readonly string[]): SequenceChange[] {
  const common = commonLengths(before, after);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const changes: SequenceChange[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
      i += 1;
      changes.push({ change: 'removed', line: old, position: i });
    } else if (now !== undefined) {
      j += 1;
      changes.push({ change: 'added', line: now, position: j });
    }
  }
  return changes;
}

/** `[i][j]`: how many lines the rests from `i` and `j` have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = lengths[i] as number[];
      row[j] =
        before[i] === after[j]
          ? 1 + (lengths[i + 1]?.[j + 1] ?? 0)
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}
