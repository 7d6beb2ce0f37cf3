import type { MembershipSnapshot, PersonFacts, Reading } from '../../../src/core/policy/membership.ts';
import type { PolicyRule } from '../../../src/core/policy/rule.ts';

const readAt = new Date('2026-11-20T18:00:00Z');
const readable = <Value>(value: Value): Reading<Value> => ({ isReadable: true, value, readAt });

export const unreadable = { isReadable: false, reason: 'Slack answered "missing_scope"' } as const;

export const person = (id: string, facts: Partial<PersonFacts> = {}): PersonFacts => ({
  id,
  name: id,
  isBot: false,
  isDeactivated: false,
  isGuest: false,
  isForeign: false,
  ...facts,
});

export function membership(
  people: readonly PersonFacts[],
  groups: Record<string, readonly string[] | typeof unreadable> = {},
): MembershipSnapshot {
  return {
    people: new Map(people.map((facts) => [facts.id, readable(facts)])),
    groups: new Map(
      Object.entries(groups).map(([id, members]) => [id, 'reason' in members ? members : readable(members)]),
    ),
  };
}

export const rule = (rule: Partial<PolicyRule>): PolicyRule => ({
  run: ['responder'],
  expiresMinutes: 15,
  ...rule,
});

/** A rule that names nobody, unless told to. */
export const partOf = (rule: Partial<PolicyRule>): PolicyRule => ({ expiresMinutes: 15, ...rule });
