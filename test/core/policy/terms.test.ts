import { describe, expect, it } from 'vitest';
import { authorizeRun } from '../../../src/core/policy/authorize.ts';
import type { PolicyRule } from '../../../src/core/policy/rule.ts';
import { signedPolicy, termsOf } from '../../../src/core/policy/terms.ts';
import type { Terms } from '../../../src/core/run.ts';
import { membership, person, rule } from './policy-fixture.ts';

const signed: PolicyRule = rule({
  risk: ['dangerous', 'change'],
  when: 'data.count > 5',
  approve: ['approver', 'admin'],
  approvals: 2,
  breakGlass: { run: ['responder'], afterMinutes: 10 },
});
function authorization(
  decider: PolicyRule,
  approver = ['U0GRACE'],
  data: { count: number } | undefined = { count: 9 },
) {
  return authorizeRun({
    person: 'U0ADA',
    command: 'suspend',
    risk: 'dangerous',
    target: undefined,
    environment: undefined,
    ...(data && { data }),
    settings: {
      roles: {
        responder: { users: ['U0ADA'], usergroups: [] },
        approver: { users: approver, usergroups: [] },
        admin: { users: ['U0LINUS'], usergroups: [] },
      },
      identities: [],
      policy: [rule({ command: ['other'] }), decider],
    },
    membership: membership([person('U0ADA')]),
  });
}

describe('the terms of a request', () => {
  it('are what the policy asks for, with the people seen', () => {
    expect(termsOf(authorization(signed))).toEqual({
      rulePosition: 2,
      approvalsNeeded: 2,
      approvers: [
        { role: 'approver', users: ['U0GRACE'], unreadableGroups: [] },
        { role: 'admin', users: ['U0LINUS'], unreadableGroups: [] },
      ],
      expiresMinutes: 15,
      breakGlass: { roles: ['responder'], afterMinutes: 10 },
      conditions: { risk: ['change', 'dangerous'], when: 'data.count > 5' },
    });
  });

  it('are not to be had before the plan', () => {
    const early = authorizeRun({
      person: 'U0ADA',
      command: 'suspend',
      risk: 'change',
      target: undefined,
      environment: undefined,
      settings: { roles: {}, identities: [], policy: [signed] },
      membership: membership([person('U0ADA')]),
    });
    expect(() => termsOf(early)).toThrow('before the policy was decided');
  });
});

describe('the policy that is signed', () => {
  const of = (decider: PolicyRule, approver?: string[]) =>
    signedPolicy(termsOf(authorization(decider, approver)));

  it('holds no people, and survives storage', () => {
    const terms = termsOf(authorization(signed));
    expect(JSON.stringify(signedPolicy(terms))).not.toMatch(/U0[A-Z]/);
    expect(of(signed, ['U0GRACE', 'U0EVE'])).toEqual(of(signed));
    expect(signedPolicy(JSON.parse(JSON.stringify(terms)) as Terms)).toEqual(signedPolicy(terms));
  });

  it('does not care how lists are ordered', () => {
    const reordered = rule({ ...signed, risk: ['change', 'dangerous'], approve: ['admin', 'approver'] });
    expect(of(reordered)).toEqual(of(signed));
  });

  it.each<[string, Partial<PolicyRule>]>([
    ['the number of signatures', { approvals: 1 }],
    ['the roles that sign', { approve: ['approver'], approvals: 1 }],
    ['the time it is open', { expiresMinutes: 16 }],
    ['the condition', { when: 'data.count > 6' }],
    ['what it matches', { risk: ['dangerous'] }],
    ['who breaks the glass', { breakGlass: { run: ['admin'], afterMinutes: 10 } }],
    ['when the glass may be broken', { breakGlass: { run: ['responder'], afterMinutes: 11 } }],
    ['whether it may at all', { breakGlass: undefined }],
  ])('changes with %s', (_, edit) => {
    expect(of(rule({ ...signed, ...edit }))).not.toEqual(of(signed));
  });
});
