import { describe, expect, it } from 'vitest';
import { type AuthorizationQuestion, authorizeRun, membersOf } from '../../../src/core/policy/authorize.ts';
import { accountsOf, countPeople } from '../../../src/core/policy/identity.ts';
import type { MembershipSnapshot } from '../../../src/core/policy/membership.ts';
import type { PolicyRule, PolicySettings, Role } from '../../../src/core/policy/rule.ts';
import { canSign, signaturesThatHold } from '../../../src/core/policy/signing.ts';
import { termsOf } from '../../../src/core/policy/terms.ts';
import type { Approval } from '../../../src/core/run.ts';
import fc from '../../support/properties.ts';
import { membership, person, rule, unreadable } from './policy-fixture.ts';

const digest = 'd'.repeat(64);
const at = (second: number): Date => new Date(Date.UTC(2026, 10, 20, 18, 0, second));
const approval = (signer: string, changes: Partial<Approval> = {}): Approval => ({
  signer,
  decision: 'approved',
  digest,
  decidedAt: at(0),
  ...changes,
});
const accounts = ['U0ADA', 'U0ADAALT', 'U0GRACE', 'U0GRACE2', 'U0LINUS', 'U0EVE'];
const known = membership(
  accounts.map((id) => person(id)),
  { S0SIGN: ['U0EVE'] },
);
const dangerous = rule({
  risk: ['dangerous'],
  approve: ['approver', 'admin'],
  approvals: 2,
  breakGlass: { run: ['responder'], afterMinutes: 10 },
});
const settings: PolicySettings = {
  roles: {
    responder: { users: ['U0ADA', 'U0EVE'], usergroups: [] },
    approver: { users: ['U0GRACE', 'U0GRACE2', 'U0ADAALT'], usergroups: ['S0SIGN'] },
    admin: { users: ['U0LINUS'], usergroups: [] },
  },
  identities: [
    ['U0ADA', 'U0ADAALT'],
    ['U0GRACE', 'U0GRACE2'],
  ],
  policy: [dangerous],
};
const withRule = (edit: Partial<PolicyRule>): PolicySettings => ({
  ...settings,
  policy: [rule({ ...dangerous, ...edit })],
});
const withRole = (name: string, role: Partial<Role>): PolicySettings => ({
  ...settings,
  roles: { ...settings.roles, [name]: { users: [], usergroups: [], ...role } },
});

function authorize(
  policy: PolicySettings,
  facts: MembershipSnapshot,
  question: Partial<AuthorizationQuestion> = {},
) {
  return authorizeRun({
    person: 'U0ADA',
    command: 'suspend',
    risk: 'dangerous',
    target: undefined,
    environment: undefined,
    settings: policy,
    membership: facts,
    ...question,
  });
}

function holds(
  approvals: readonly Approval[],
  now: {
    settings?: PolicySettings;
    membership?: MembershipSnapshot;
    question?: Partial<AuthorizationQuestion>;
  } = {},
) {
  const policy = now.settings ?? settings;
  const facts = now.membership ?? known;
  return signaturesThatHold({
    approvals,
    requester: 'U0ADA',
    digest,
    terms: termsOf(authorize(settings, known)),
    authorizationNow: authorize(policy, facts, now.question),
    settings: policy,
    membership: facts,
  });
}
const both = [approval('U0GRACE'), approval('U0LINUS', { decidedAt: at(5) })];

describe('signatures at the moment of execution', () => {
  it('hold when everything is as it was', () => {
    expect(holds(both)).toEqual({ holding: ['U0GRACE', 'U0LINUS'], voided: [], needed: 2, isEnough: true });
    expect(holds([approval('U0GRACE')])).toMatchObject({ holding: ['U0GRACE'], isEnough: false });
    expect(holds([])).toEqual({ holding: [], voided: [], needed: 2, isEnough: false });
  });

  it('count once for each person, the first of their accounts', () => {
    const twice = [approval('U0GRACE2', { decidedAt: at(9) }), approval('U0GRACE')];
    expect(holds(twice)).toEqual({
      holding: ['U0GRACE'],
      voided: [{ signer: 'U0GRACE2', why: 'the same person has already signed' }],
      needed: 2,
      isEnough: false,
    });
  });

  it.each<[string, Parameters<typeof holds>, string, string[]]>([
    [
      'another digest',
      [[approval('U0GRACE', { digest: 'e'.repeat(64) }), both[1]!]],
      'it was given on another version of this request',
      ['U0LINUS'],
    ],
    ['the requester', [[approval('U0ADA'), both[1]!]], 'it is by the one who asked', ['U0LINUS']],
    [
      "the requester's other account",
      [[approval('U0ADAALT'), both[1]!]],
      'it is by another account of the one who asked',
      ['U0LINUS'],
    ],
    [
      'an identity learnt since',
      [both, { settings: { ...settings, identities: [...settings.identities, ['U0ADA', 'U0GRACE2']] } }],
      'it is by another account of the one who asked',
      ['U0LINUS'],
    ],
    [
      'a role that has lost them',
      [both, { settings: withRole('approver', { users: ['U0ADAALT'], usergroups: ['S0SIGN'] }) }],
      'they are not in approver or admin now',
      ['U0LINUS'],
    ],
    [
      'a policy that has dropped the role',
      [both, { settings: withRule({ approve: ['admin'], approvals: 1 }) }],
      'they are not in admin now',
      ['U0LINUS'],
    ],
    [
      'an account deactivated since',
      [
        both,
        {
          membership: membership(
            [person('U0GRACE', { isDeactivated: true }), person('U0LINUS'), person('U0ADA')],
            { S0SIGN: [] },
          ),
        },
      ],
      'their account may no longer act',
      ['U0LINUS'],
    ],
    [
      'someone who joined later',
      [
        [approval('U0NEW'), both[1]!],
        {
          settings: withRole('approver', { users: ['U0NEW', 'U0GRACE'] }),
          membership: membership(['U0NEW', 'U0GRACE', 'U0LINUS', 'U0ADA'].map((id) => person(id))),
        },
      ],
      'they joined approver or admin after this was posted',
      ['U0LINUS'],
    ],
    [
      'someone who also denied it',
      [[...both, approval('U0GRACE2', { decision: 'denied' })]],
      'the same person denied it',
      ['U0LINUS'],
    ],
  ])('are voided by %s, and only those', (_, [approvals, now], why, holding) => {
    const answer = holds(approvals, now);
    expect(answer.voided.map((one) => one.why)).toEqual([why]);
    expect(answer.holding).toEqual(holding);
  });

  it('are compared with what the policy asks for now', () => {
    expect(holds(both, { settings: withRule({ approvals: 3 }) })).toMatchObject({
      needed: 3,
      isEnough: false,
      voided: [],
    });
    expect(holds([both[0]!], { settings: withRule({ approvals: 1 }) })).toMatchObject({
      needed: 1,
      isEnough: true,
    });
  });

  it('are never enough for a request that would be refused now', () => {
    const noRunner = withRole('responder', { users: ['U0EVE'] });
    expect(holds(both, { settings: noRunner })).toMatchObject({
      holding: ['U0GRACE', 'U0LINUS'],
      isEnough: false,
    });
    expect(holds(both, { settings: { ...settings, policy: [] } })).toMatchObject({
      needed: 0,
      isEnough: false,
    });
    const conditional = withRule({ when: 'data.count > 5', approvals: 2 });
    const open = { ...conditional, policy: [...conditional.policy, dangerous] };
    expect(holds(both, { settings: open }).isEnough).toBe(false);
    expect(holds(both, { settings: open, question: { data: { count: 9 } } }).isEnough).toBe(true);
    expect(holds(both, { settings: open, question: { data: {} } }).isEnough).toBe(false);
  });
});

describe('a broken glass at the moment of execution', () => {
  const broken = (signer: string) => [approval(signer, { decision: 'broke_glass' })];

  it('stands for the signatures while that person may still break it', () => {
    expect(holds(broken('U0ADA'))).toEqual({
      holding: [],
      voided: [],
      needed: 2,
      isEnough: true,
      brokeGlassBy: 'U0ADA',
    });
    expect(holds(broken('U0LINUS'), { settings: withRule({ breakGlass: undefined }) })).toMatchObject({
      isEnough: true,
    });
  });

  it('stands also when hardly anyone is left to sign', () => {
    const alone = withRole('approver', {});
    expect(authorize(alone, known)).toMatchObject({ allowed: false, obstacle: 'too_few_signers' });
    expect(holds(broken('U0ADA'), { settings: alone })).toMatchObject({
      isEnough: true,
      brokeGlassBy: 'U0ADA',
    });
  });

  it.each<[string, string, Parameters<typeof holds>[1]]>([
    ['nobody the rule names', 'U0GRACE', {}],
    ['someone who has left the role', 'U0EVE', { settings: withRole('responder', { users: ['U0ADA'] }) }],
    ['a rule that no longer lets them', 'U0ADA', { settings: withRule({ breakGlass: undefined }) }],
    [
      'a rule that names others',
      'U0ADA',
      { settings: withRule({ breakGlass: { run: ['approver'], afterMinutes: 10 } }) },
    ],
    [
      'a rule that now waits longer',
      'U0ADA',
      { settings: withRule({ breakGlass: { run: ['responder'], afterMinutes: 11 } }) },
    ],
    ['a request refused now', 'U0LINUS', { settings: { ...settings, policy: [] } }],
  ])('is worth nothing from or under %s', (_, who, now) => {
    expect(holds(broken(who), now).isEnough).toBe(false);
  });

  it('is worth nothing on another version of the request', () => {
    const answer = holds([approval('U0LINUS', { decision: 'broke_glass', digest: 'e'.repeat(64) })]);
    expect(answer).toMatchObject({ isEnough: false, voided: [{ signer: 'U0LINUS' }] });
    expect(answer.brokeGlassBy).toBeUndefined();
  });
});

// A small world in which roles, groups and accounts collide often.
const ids = ['U0A', 'U0B', 'U0C', 'U0D', 'U0E'];
const aRole = fc.record({ users: fc.subarray(ids), usergroups: fc.subarray(['S0X', 'S0Y']) });
const roles = fc.record({ responder: aRole, approver: aRole, admin: aRole });
const aRule: fc.Arbitrary<PolicyRule> = fc.record({
  run: fc.constant(['responder', 'admin']),
  approve: fc.subarray(['approver', 'admin', 'responder'], { minLength: 1 }),
  approvals: fc.integer({ min: 1, max: 3 }),
  expiresMinutes: fc.constant(15),
  breakGlass: fc.option(fc.constant({ run: ['responder'], afterMinutes: 5 }), { nil: undefined }),
});
const identities = fc.array(fc.subarray(ids, { minLength: 2, maxLength: 3 }), { maxLength: 3 });
const policy = fc.record({ roles, identities, policy: aRule.map((one) => [one]) });
const groups = fc.record({ S0X: fc.subarray(ids), S0Y: fc.subarray(ids) });
const approvals = fc.array(
  fc.record({
    signer: fc.constantFrom(...ids),
    decision: fc.constantFrom(
      'approved' as const,
      'approved' as const,
      'broke_glass' as const,
      'denied' as const,
    ),
    digest: fc.constantFrom(digest, digest, digest, 'e'.repeat(64)),
    decidedAt: fc.integer({ min: 0, max: 59 }).map(at),
  }),
  { maxLength: 6 },
);
/** The policy and groups when the card was posted, and at the moment of execution: often the same. */
const world = fc
  .record({
    posted: policy,
    later: policy,
    isEdited: fc.boolean(),
    groupsThen: groups,
    groupsLater: groups,
    isMoved: fc.boolean(),
  })
  .map(({ posted, later, isEdited, groupsThen, groupsLater, isMoved }) => ({
    posted,
    now: isEdited ? later : posted,
    groupsThen,
    groupsNow: isMoved ? groupsLater : groupsThen,
  }));
const people = ids.map((id) => person(id));
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

/** Undefined where no card would have been posted. */
function judge(
  { posted, now, groupsThen, groupsNow }: World,
  given: readonly Approval[],
  dark: string[] = [],
) {
  const question = {
    person: 'U0A',
    command: 'x',
    risk: 'change',
    target: undefined,
    environment: undefined,
  } as const;
  const authorized = authorizeRun({
    ...question,
    settings: posted,
    membership: membership(people, groupsThen),
  });
  if (!authorized.allowed) return undefined;
  const facts = membership(people, {
    ...groupsNow,
    ...Object.fromEntries(dark.map((group) => [group, unreadable])),
  });
  const terms = termsOf(authorized);
  const authorizationNow = authorizeRun({ ...question, settings: now, membership: facts });
  const shared = { requester: 'U0A', authorizationNow, settings: now, membership: facts };
  const answer = signaturesThatHold({ ...shared, approvals: given, digest, terms });
  return { answer, terms, shared, facts };
}

describe('whatever the policy, its edits and the clicks', () => {
  const runs = { numRuns: 1_500 };

  it('nobody signs their own request by any chain of identities', () => {
    fc.assert(
      fc.property(world, approvals, (one, given) => {
        const judged = judge(one, given);
        fc.pre(judged !== undefined);
        const own = accountsOf(one.now.identities, 'U0A');
        for (const signer of judged.answer.holding) expect(own).not.toContain(signer);
        for (const signer of own) {
          const click = {
            ...judged.shared,
            signer,
            signedBy: [],
            approversWhenPosted: judged.terms.approvers,
          };
          expect(canSign(click).allowed).toBe(false);
        }
      }),
      runs,
    );
  });

  it('nobody who joins a group after the card was posted can sign', () => {
    fc.assert(
      fc.property(world, approvals, (one, given) => {
        const before = judge({ ...one, groupsNow: one.groupsThen }, given);
        const after = judge({ ...one, groupsNow: { S0X: ids, S0Y: ids } }, given);
        fc.pre(before !== undefined && after !== undefined);
        const seen = new Set(after.terms.approvers.flatMap(({ users }) => users));
        for (const signer of after.answer.holding) expect(seen).toContain(signer);
        for (const signer of ids.filter((id) => !seen.has(id))) {
          const click = { ...after.shared, signer, signedBy: [], approversWhenPosted: after.terms.approvers };
          expect(canSign(click).allowed).toBe(false);
        }
      }),
      runs,
    );
  });

  it('every signature either holds or is voided, and what is voided is not counted', () => {
    fc.assert(
      fc.property(world, approvals, (one, given) => {
        const judged = judge(one, given);
        fc.pre(judged !== undefined);
        const { holding, voided, needed, isEnough, brokeGlassBy } = judged.answer;
        const signatures = given.filter(({ decision }) => decision === 'approved');
        const glasses = given.filter(({ decision }) => decision === 'broke_glass');
        expect(holding.length + voided.length).toBeGreaterThanOrEqual(signatures.length);
        expect(holding.length + voided.length).toBeLessThanOrEqual(signatures.length + glasses.length);
        expect(countPeople(one.now.identities, holding)).toBe(holding.length);
        if (isEnough && brokeGlassBy === undefined) expect(holding.length).toBeGreaterThanOrEqual(needed);
        for (const signer of holding) {
          expect(signatures.some((signed) => signed.signer === signer && signed.digest === digest)).toBe(
            true,
          );
          const rolesNow = judged.shared.authorizationNow.rule?.rule.approve ?? [];
          const isInNow = rolesNow.some((role) =>
            membersOf(role, one.now, judged.facts).users.includes(signer),
          );
          expect(isInNow).toBe(true);
        }
      }),
      runs,
    );
  });

  it('a group that cannot be read only takes away', () => {
    fc.assert(
      fc.property(world, approvals, fc.subarray(['S0X', 'S0Y'], { minLength: 1 }), (one, given, dark) => {
        const light = judge(one, given);
        const dim = judge(one, given, dark);
        fc.pre(light !== undefined && dim !== undefined);
        // A person whose first account fell away may hold by the second: people are compared, not accounts.
        const people = new Set(light.answer.holding.flatMap((id) => [...accountsOf(one.now.identities, id)]));
        for (const signer of dim.answer.holding) expect(people).toContain(signer);
        if (dim.answer.isEnough) expect(light.answer.isEnough).toBe(true);
      }),
      runs,
    );
  });

  it('signatures under an unchanged policy and unchanged groups all hold', () => {
    fc.assert(
      fc.property(world, (one) => {
        const same = { ...one, now: one.posted, groupsNow: one.groupsThen };
        const judged = judge(same, []);
        fc.pre(judged !== undefined);
        const signers = judged.terms.approvers.flatMap(({ users }) => users);
        const again = judge(
          same,
          signers.map((signer) => approval(signer)),
        );
        expect(again?.answer.isEnough).toBe(true);
        expect(again?.answer.holding).toHaveLength(countPeople(one.posted.identities, new Set(signers)));
      }),
      runs,
    );
  });
});
