import { describe, expect, it } from 'vitest';
import { type AuthorizationQuestion, authorizeRun } from '../../../src/core/policy/authorize.ts';
import type { PolicyRule, PolicySettings } from '../../../src/core/policy/rule.ts';
import fc from '../../support/properties.ts';
import { membership, partOf, person } from './policy-fixture.ts';

const roles = {
  responder: { users: ['U0ADA'], usergroups: [] },
  approver: { users: ['U0GRACE'], usergroups: [] },
  admin: { users: ['U0LINUS'], usergroups: [] },
};
const everyone = membership(['U0ADA', 'U0GRACE', 'U0LINUS', 'U0EVE'].map((id) => person(id)));
const many = partOf({ command: ['resend'], when: 'data.count > 500', approvals: 1 });
const change = partOf({ risk: ['change'], run: ['responder'] });

function ask(policy: readonly PolicyRule[], question: Partial<AuthorizationQuestion> = {}) {
  return authorizeRun({
    person: 'U0ADA',
    command: 'resend',
    risk: 'change',
    target: 'rms',
    environment: 'production',
    args: {},
    settings: { roles, identities: [], policy },
    membership: everyone,
    ...question,
  });
}

describe('a rule with a condition', () => {
  it('decides when it holds, and is passed over when it does not', () => {
    expect(ask([many, change], { data: { count: 501 } })).toMatchObject({
      allowed: true,
      rule: { position: 1 },
      approvalsNeeded: 1,
      approvers: [{ role: 'approver', users: ['U0GRACE'] }],
      reason:
        'You may run "resend" as responder; it needs 1 signature from approver within 15 min when data.count > 500.',
    });
    const few = ask([many, change], { data: { count: 500 } });
    expect(few).toMatchObject({ allowed: true, rule: { position: 2 }, approvalsNeeded: 0 });
    expect(few.openConditions).toBeUndefined();
  });

  it('refuses what it has no answer for, naming rule and expression', () => {
    expect(ask([partOf({ risk: ['read'], run: [] }), many, change], { data: { failed: 3 } })).toMatchObject({
      allowed: false,
      obstacle: 'unevaluable',
      reason:
        'Policy rule 2 cannot be decided for "resend": its condition "data.count > 500" has no answer here ' +
        '(No such key: count). So it is refused until an admin corrects the rule.',
    });
  });

  it('is not asked about commands its names do not match', () => {
    expect(ask([many, change], { command: 'rename', data: {} })).toMatchObject({ allowed: true });
  });

  it('is open before the plan, and lets whoever might be allowed go on to planning', () => {
    const answer = ask([many, change]);
    expect(answer).toMatchObject({
      allowed: true,
      openConditions: ['data.count > 500'],
      approvalsNeeded: 0,
      approvers: [{ role: 'approver', users: ['U0GRACE'] }],
      reason: 'You may run "resend"; it needs 1 signature from approver within 15 min when data.count > 500.',
    });
    expect(ask([many, change], { person: 'U0EVE' })).toMatchObject({
      allowed: false,
      obstacle: 'not_a_runner',
    });
  });

  it.each([
    [
      'only some of it is allowed',
      [partOf({ when: 'data.count < 5', run: ['responder'] }), partOf({ run: ['admin'] })],
      'You may run "resend" only when data.count < 5.',
    ],
    [
      'some of it is refused',
      [partOf({ when: 'data.count > 5000', run: [] }), change],
      'You may run "resend"; it is refused when data.count > 5000.',
    ],
    [
      'everything is signed, some of it by more',
      [
        partOf({
          when: 'data.count > 5000',
          run: ['responder'],
          approve: ['approver', 'admin'],
          approvals: 2,
        }),
        partOf({ run: ['responder'], approve: ['approver'] }),
      ],
      'You may run "resend"; it needs 2 signatures from approver or admin within 15 min when data.count > 5000, ' +
        'otherwise 1 signature from approver within 15 min.',
    ],
    [
      'no rule is left otherwise',
      [partOf({ when: 'data.count < 5', run: ['responder'], approve: ['approver'] })],
      'You may run "resend" only when data.count < 5; it needs 1 signature from approver within 15 min when data.count < 5.',
    ],
  ])('says before the plan when %s', (_, policy, reason) => {
    expect(ask(policy)).toMatchObject({ allowed: true, reason });
  });
});

describe('what a rule leaves out', () => {
  it('comes from the next rule below that matches and gives it', () => {
    const policy = [
      partOf({ command: ['resend'], approvals: 1 }),
      partOf({ command: ['other'], run: ['admin'], approve: ['admin'] }),
      partOf({ risk: ['change'], run: ['responder'] }),
      partOf({ run: ['admin'], approve: ['admin'] }),
    ];
    expect(ask(policy)).toMatchObject({
      allowed: true,
      rule: { position: 1 },
      runners: [{ role: 'responder' }],
      approvers: [{ role: 'admin' }],
      approvalsNeeded: 1,
    });
  });

  it('does not come from a rule whose condition fails, nor past one without an answer', () => {
    const policy = [
      partOf({ command: ['resend'], approvals: 1, approve: ['approver'] }),
      partOf({ when: 'data.count > 9', run: ['admin'] }),
      change,
    ];
    expect(ask(policy, { data: { count: 3 } })).toMatchObject({
      allowed: true,
      runners: [{ role: 'responder' }],
    });
    expect(ask(policy, { data: { count: 10 } })).toMatchObject({
      allowed: false,
      runners: [{ role: 'admin' }],
    });
    expect(ask(policy, { data: {} })).toMatchObject({ allowed: false, obstacle: 'unevaluable' });
    expect(ask(policy)).toMatchObject({ allowed: true, openConditions: ['data.count > 9'] });
  });

  it('is nobody for "run", and the role approver for "approve"', () => {
    expect(ask([many], { data: { count: 501 } })).toMatchObject({
      allowed: false,
      obstacle: 'not_a_runner',
      reason: 'Nobody may run "resend": policy rule 1 has no "run", and no matching rule below it has one.',
    });
    const { approver: _, ...without } = roles;
    const settings = { roles: without, identities: [], policy: [many, change] };
    expect(ask([], { settings, data: { count: 501 } })).toMatchObject({
      allowed: false,
      obstacle: 'too_few_signers',
      reason: '"resend" needs 1 signature, and no policy rule says whose. An admin must add "approve".',
    });
  });

  it('is never whether signatures are needed', () => {
    const below = partOf({ run: ['responder'], approve: ['approver'], approvals: 1 });
    expect(ask([change, below])).toMatchObject({ allowed: true, approvalsNeeded: 0, approvers: [] });
    expect(
      ask([partOf({ command: ['resend'], run: ['responder'] }), below], { risk: 'dangerous' }),
    ).toMatchObject({
      allowed: false,
      obstacle: 'unsigned',
    });
  });
});

describe('what a rule says of itself alone', () => {
  it('is how often it may run and who may break the glass', () => {
    const limit = { count: 3, perMinutes: 60 };
    const breakGlass = { run: ['responder'], afterMinutes: 10 };
    const full = partOf({ run: ['responder'], approve: ['approver'], limit, breakGlass });
    expect(ask([full])).toMatchObject({ limit, breakGlass });
    const silent = ask([partOf({ command: ['resend'], approvals: 1 }), full]);
    expect(silent.limit).toBeUndefined();
    expect(silent.breakGlass).toBeUndefined();
    expect(ask([full], { risk: 'read' }).limit).toBeUndefined();
    expect(ask([full], { risk: 'read' }).breakGlass).toBeUndefined();
  });
});

const roleNames = ['responder', 'approver', 'admin'];
const aRule = fc.record(
  {
    risk: fc.subarray(['change', 'dangerous'] as const, { minLength: 1 }),
    command: fc.subarray(['resend', 'drop'], { minLength: 1 }),
    when: fc.constantFrom('data.count > 1', 'args.all', 'args.all && data.count > 1', 'data.missing'),
    run: fc.subarray(roleNames),
    approve: fc.subarray(roleNames, { minLength: 1 }),
    approvals: fc.integer({ min: 0, max: 2 }),
    expiresMinutes: fc.constant(15),
  },
  { requiredKeys: ['expiresMinutes'] },
) as fc.Arbitrary<PolicyRule>;
const aRole = fc.record({ users: fc.subarray(['U0ADA', 'U0GRACE', 'U0LINUS']), usergroups: fc.constant([]) });
const someSettings: fc.Arbitrary<PolicySettings> = fc.record({
  roles: fc.record({ responder: aRole, approver: aRole, admin: aRole }),
  identities: fc.constantFrom([], [['U0ADA', 'U0LINUS']]),
  policy: fc.array(aRule, { maxLength: 5 }),
});
const facts = fc.record({
  args: fc.record({ all: fc.boolean() }),
  data: fc.record({ count: fc.integer({ min: 0, max: 3 }) }),
  risk: fc.constantFrom('change' as const, 'dangerous' as const),
});

describe('any policy with conditions', () => {
  it('never lets a role run that no matching rule names', () => {
    fc.assert(
      fc.property(someSettings, facts, (settings, known) => {
        const answer = ask([], { settings, ...known });
        const named = new Set(settings.policy.flatMap(({ run }) => run ?? []));
        for (const { role } of answer.runners) expect(named).toContain(role);
        fc.pre(answer.allowed);
        const inOne = answer.runners.filter(({ users }) => users.includes('U0ADA'));
        expect(inOne.length).toBeGreaterThan(0);
        for (const { role } of inOne) expect(settings.roles[role]?.users).toContain('U0ADA');
      }),
      { numRuns: 500 },
    );
  });

  it('lets nothing be refused before the plan that the plan would allow', () => {
    fc.assert(
      fc.property(someSettings, facts, (settings, { args, data, risk }) => {
        const exact = ask([], { settings, args, data, risk });
        fc.pre(exact.allowed);
        expect(ask([], { settings, args, risk }).allowed).toBe(true);
        const nothingKnown = ask([], { settings, args: undefined, risk });
        expect(nothingKnown.allowed).toBe(true);
        expect(exact.openConditions).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('never allows what one certain reading of it refuses once nothing is open', () => {
    fc.assert(
      fc.property(someSettings, facts, (settings, { args, data, risk }) => {
        const early = ask([], { settings, args, risk });
        fc.pre(early.openConditions === undefined);
        expect(ask([], { settings, args, data, risk })).toEqual(early);
      }),
      { numRuns: 500 },
    );
  });
});
