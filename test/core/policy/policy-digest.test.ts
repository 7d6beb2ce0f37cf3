import { describe, expect, it } from 'vitest';
import { policyChanges, policyDigest } from '../../../src/core/policy/policy-digest.ts';
import type { PolicyRule, PolicySettings } from '../../../src/core/policy/rule.ts';
import fc from '../../support/properties.ts';

const rule = (rule: Partial<PolicyRule>): PolicyRule => ({ run: ['responder'], expiresMinutes: 15, ...rule });
const before: PolicySettings = {
  roles: {
    responder: { users: ['U0ADA', 'U0BOB'], usergroups: ['S0ONCALL'] },
    approver: { users: ['U0GRACE'], usergroups: [] },
  },
  identities: [['U0ADA', 'U0ADAALT']],
  policy: [rule({ risk: ['read'] }), rule({ risk: ['dangerous'], approve: ['approver'], approvals: 1 })],
};

describe('the policy digest', () => {
  it('ignores the order of lists that have none', () => {
    const reordered = {
      identities: [['U0ADAALT', 'U0ADA']],
      policy: before.policy,
      roles: {
        approver: before.roles.approver!,
        responder: { usergroups: ['S0ONCALL'], users: ['U0BOB', 'U0ADA'] },
      },
    };
    expect(policyDigest(reordered)).toBe(policyDigest(before));
    expect(policyChanges(before, reordered)).toEqual([]);
    expect(policyDigest(before)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('depends on the order of rules', () => {
    const swapped = { ...before, policy: [...before.policy].reverse() };
    expect(policyDigest(swapped)).not.toBe(policyDigest(before));
    expect(policyChanges(before, swapped)).toHaveLength(2);
  });

  it('covers nothing but roles, identities and policy', () => {
    expect(policyDigest({ ...before, targets: { pilot: {} } } as PolicySettings)).toBe(policyDigest(before));
  });

  it('keeps its value: ledgers hold it', () => {
    expect(policyDigest(before)).toBe('6adfdd5404afe1c917867038bbea6156522225324f77298e0eacc51c8c5930dc');
  });
});

describe('the changes between two policies', () => {
  it('are told in words', () => {
    const after: PolicySettings = {
      roles: {
        responder: { users: ['U0ADA', 'U0EVE'], usergroups: [] },
        admin: { users: ['U0LINUS'], usergroups: ['S0ADMIN'] },
      },
      identities: [],
      policy: [
        rule({ risk: ['read'] }),
        rule({ command: ['drop'], target: ['lab', 'pilot'], run: [] }),
        rule({ risk: ['dangerous'], approve: ['admin'], approvals: 2, expiresMinutes: 1 }),
      ],
    };
    expect(policyChanges(before, after)).toEqual([
      'role admin added: + U0LINUS, + group S0ADMIN',
      'role approver removed: - U0GRACE',
      'role responder: + U0EVE, - U0BOB, - group S0ONCALL',
      'identity removed: U0ADA = U0ADAALT',
      'rule 2 removed: risk dangerous: run by responder, signed by 1 of approver within 15 minutes',
      'rule 2 added: command drop, target lab or pilot: run by nobody',
      'rule 3 added: risk dangerous: run by responder, signed by 2 of admin within 1 minute',
    ]);
  });

  it('tell conditions, limits, break-glass and what a rule leaves out', () => {
    const { run: _, ...left } = rule({ command: ['resend'], when: 'data.count > 500', approvals: 1 });
    const after: PolicySettings = {
      ...before,
      policy: [
        left,
        ...before.policy,
        rule({
          approve: ['approver'],
          limit: { count: 3, perMinutes: 60 },
          breakGlass: { run: ['responder'], afterMinutes: 10 },
        }),
      ],
    };
    expect(policyChanges(before, after)).toEqual([
      'rule 1 added: command resend, when data.count > 500: run by whom a rule below names, ' +
        'signed by 1 of whom a rule below names within 15 minutes',
      'rule 4 added: everything: run by responder, signed by 1 of approver within 15 minutes, ' +
        'at most 3 an hour, glass broken by responder after 10 minutes',
    ]);
  });

  it.each<[string, Partial<PolicyRule>]>([
    ['a condition', { when: 'data.count > 500' }],
    ['a limit', { limit: { count: 3, perMinutes: 60 } }],
    ['break-glass', { breakGlass: { run: ['responder'], afterMinutes: 10 } }],
    ['a "run" left out', { run: undefined }],
  ])('follow from %s alone, as the digest does', (_, edit) => {
    const after = { ...before, policy: [{ ...before.policy[0]!, ...edit }, before.policy[1]!] };
    expect(policyDigest(after)).not.toBe(policyDigest(before));
    expect(policyChanges(before, after)).toHaveLength(2);
  });

  it('are empty exactly when the digests are equal', () => {
    const list = (...names: string[]) => fc.array(fc.constantFrom(...names), { maxLength: 3 });
    const aRule = fc.record(
      {
        run: list('a', 'b'),
        approve: list('a', 'b'),
        approvals: fc.nat(2),
        expiresMinutes: fc.integer({ min: 1, max: 2 }),
        risk: list('read', 'change'),
        when: fc.constantFrom('data.count > 5', 'data.count > 6', ''),
        limit: fc.record({ count: fc.integer({ min: 1, max: 2 }), perMinutes: fc.constantFrom(1, 60) }),
        breakGlass: fc.record({ run: list('a', 'b'), afterMinutes: fc.integer({ min: 1, max: 2 }) }),
      },
      { requiredKeys: ['expiresMinutes'] },
    ) as fc.Arbitrary<PolicyRule>;
    const aPolicy: fc.Arbitrary<PolicySettings> = fc.record({
      roles: fc.dictionary(
        fc.constantFrom('a', 'b'),
        fc.record({ users: list('U0A', 'U0B'), usergroups: list('S0A') }),
        { noNullPrototype: true },
      ),
      identities: fc.array(list('U0A', 'U0B', 'U0C'), { maxLength: 2 }),
      policy: fc.array(aRule, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(aPolicy, aPolicy, (one, other) => {
        expect(policyChanges(one, other).length === 0).toBe(policyDigest(one) === policyDigest(other));
        expect(policyChanges(one, one)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
