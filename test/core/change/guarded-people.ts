/** Who works here in these tests, and what the policy says unless a test edits it. */
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { Membership, PersonFacts } from '../../../src/core/policy/membership.ts';
import type { PolicyRule } from '../../../src/core/policy/rule.ts';
import { person, rule } from '../policy/policy-fixture.ts';

export const ada = 'U0ADA';
/** Ada's other account, which is in the role that signs. */
export const ada2 = 'U0ADA2';
export const bob = 'U0BOB';
export const grace = 'U0GRACE';
export const lin = 'U0LIN';
export const root = 'U0ROOT';
/** In no role. */
export const eve = 'U0EVE';
export const everyone = [ada, ada2, bob, grace, lin, root, eve];

const signersGroup = 'S0SIGNERS';

/** What Slack would say; tests change it. */
export interface People {
  readonly facts: Map<string, PersonFacts>;
  readonly group: Set<string>;
}

export function people(): People {
  return { facts: new Map(everyone.map((id) => [id, person(id)])), group: new Set([grace]) };
}

export function membershipOf({ facts, group }: People): Membership {
  return {
    person: async (id) => {
      const value = facts.get(id);
      if (value === undefined) return { isReadable: false, reason: 'Slack answered "user_not_found"' };
      return { isReadable: true, value, readAt: new Date() };
    },
    group: async () => ({ isReadable: true, value: [...group], readAt: new Date() }),
  };
}

export const breakGlass = { run: ['responder'], afterMinutes: 5 };

export function settings(changes: Partial<GuardSettings> = {}): GuardSettings {
  return {
    roles: {
      responder: { users: [ada, bob], usergroups: [] },
      approver: { users: [ada2, lin, bob], usergroups: [signersGroup] },
      admin: { users: [root], usergroups: [] },
    },
    identities: [[ada, ada2]],
    policy: rules(),
    ...changes,
  };
}

export function rules(changes: Partial<PolicyRule> = {}): PolicyRule[] {
  return [
    rule({ command: ['resend'], when: 'data.count > 3', approve: ['approver'], approvals: 1 }),
    rule({ risk: ['change'], approvals: 0 }),
    rule({ risk: ['dangerous'], approve: ['approver'], approvals: 1, breakGlass, ...changes }),
  ];
}
