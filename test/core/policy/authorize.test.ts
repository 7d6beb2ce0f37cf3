import { describe, expect, it } from 'vitest';
import type { Risk } from '../../../src/command.ts';
import {
  type Authorization,
  type AuthorizationQuestion,
  authorizeRun,
} from '../../../src/core/policy/authorize.ts';
import type { PolicyRule, PolicySettings } from '../../../src/core/policy/rule.ts';
import fc from '../../support/properties.ts';
import { membership, person, rule, unreadable } from './policy-fixture.ts';

const settings: PolicySettings = {
  roles: {
    responder: { users: ['U0ADA'], usergroups: ['S0ONCALL'] },
    approver: { users: ['U0GRACE', 'U0ADAALT'], usergroups: [] },
  },
  identities: [['U0ADA', 'U0ADAALT']],
  policy: [
    rule({ command: ['drop'], run: [] }),
    rule({ target: ['lab'], approvals: 0 }),
    rule({ risk: ['read'] }),
    rule({ risk: ['dangerous'], approve: ['approver'] }),
  ],
};
const everyone = membership([person('U0ADA'), person('U0GRACE'), person('U0BOB')], { S0ONCALL: ['U0BOB'] });

function ask(question: Partial<AuthorizationQuestion>): Authorization {
  return authorizeRun({
    person: 'U0ADA',
    command: 'verify-audit',
    risk: 'read',
    target: 'pilot',
    environment: 'production',
    settings,
    membership: everyone,
    ...question,
  });
}

describe('authorizing a run', () => {
  it('lets the first matching rule decide', () => {
    expect(ask({ command: 'drop' })).toMatchObject({
      allowed: false,
      reason: 'Nobody may run "drop": its policy rule has an empty "run" list.',
      rule: { position: 1 },
    });
    expect(ask({ target: 'lab', risk: 'dangerous' })).toMatchObject({
      allowed: true,
      approvalsNeeded: 0,
      rule: { position: 2 },
    });
    expect(ask({})).toMatchObject({ allowed: true, rule: { position: 3 } });
  });

  it('refuses what no rule matches, and says what was looked for', () => {
    const answer = ask({ risk: 'change', command: 'rename' });
    expect(answer.allowed).toBe(false);
    expect(answer.rule).toBeUndefined();
    expect(answer.reason).toContain(
      'No policy rule matches "rename" (risk change, target pilot, environment production)',
    );
  });

  it('does not match a rule about targets with a command that has none', () => {
    expect(ask({ target: undefined, environment: undefined, risk: 'change' }).rule).toBeUndefined();
  });

  it('admits members of a readable group', () => {
    expect(ask({ person: 'U0BOB' })).toMatchObject({
      allowed: true,
      reason: 'You may run "verify-audit" as responder.',
    });
  });

  it('treats an unreadable group as empty and says so', () => {
    const answer = ask({
      person: 'U0BOB',
      membership: membership([person('U0BOB')], { S0ONCALL: unreadable }),
    });
    expect(answer).toMatchObject({
      allowed: false,
      reason:
        'Only responder may run "verify-audit", and you are not in that role. ' +
        'The user group S0ONCALL cannot be read from Slack now and counts as empty.',
      runners: [{ role: 'responder', users: ['U0ADA'], unreadableGroups: ['S0ONCALL'] }],
    });
  });

  it('treats a group that was never read as unreadable, not as empty-but-fine', () => {
    const [runners] = ask({ membership: membership([person('U0ADA')]) }).runners;
    expect(runners?.unreadableGroups).toEqual(['S0ONCALL']);
  });

  it('counts a person of two accounts once, and never as their own signer', () => {
    expect(ask({ risk: 'dangerous' })).toMatchObject({
      allowed: true,
      approvalsNeeded: 1,
      expiresMinutes: 15,
      approvers: [{ role: 'approver', users: ['U0GRACE'] }],
      reason: 'You may run "verify-audit" as responder; it needs 1 signature from approver within 15 min.',
    });
    const alone = {
      ...settings,
      roles: { ...settings.roles, approver: { users: ['U0ADAALT'], usergroups: [] } },
    };
    expect(ask({ risk: 'dangerous', settings: alone })).toMatchObject({
      allowed: false,
      reason:
        '"verify-audit" needs 1 signature from approver, and nobody but you is in that role. Nobody signs their own request.',
    });
  });

  it('refuses a dangerous command whose rule is silent about signatures', () => {
    const silent = { ...settings, policy: [rule({})] };
    expect(ask({ risk: 'dangerous', settings: silent }).allowed).toBe(false);
    expect(ask({ risk: 'change', settings: silent }).allowed).toBe(true);
  });

  it('never asks for a signature on a read', () => {
    const broad = { ...settings, policy: [rule({ approve: ['approver'], approvals: 2 })] };
    expect(ask({ settings: broad })).toMatchObject({ allowed: true, approvalsNeeded: 0, approvers: [] });
  });

  it.each([
    ['a guest', { isGuest: true }, 'your account is a guest'],
    ['a bot', { isBot: true }, 'you are a bot'],
    ['a deactivated account', { isDeactivated: true }, 'your account is deactivated'],
    ['an account of another workspace', { isForeign: true }, 'your account belongs to another workspace'],
  ])('refuses %s everything but what is open to everyone', (_, facts, reason) => {
    const known = membership([person('U0ADA', facts)], { S0ONCALL: [] });
    expect(ask({ membership: known })).toMatchObject({
      allowed: false,
      reason: `You may not run "verify-audit": ${reason}.`,
    });
    expect(ask({ membership: known, command: 'help', isOpenToEveryone: true }).allowed).toBe(true);
  });

  it('refuses an account that could not be read', () => {
    const answer = ask({ membership: { people: new Map([['U0ADA', unreadable]]), groups: new Map() } });
    expect(answer.reason).toBe(
      'You may not run "verify-audit": your account cannot be read from Slack (Slack answered "missing_scope").',
    );
  });

  it('opens nothing but reads to everyone', () => {
    expect(ask({ person: 'U0NOBODY', risk: 'change', isOpenToEveryone: true }).allowed).toBe(false);
  });

  it('admits a command-line login that a role names, without asking Slack', () => {
    const nobody = membership([], { S0ONCALL: [] });
    const withCli = {
      ...settings,
      roles: { ...settings.roles, responder: { users: ['cli:root'], usergroups: [] } },
    };
    expect(ask({ person: 'cli:root', membership: nobody, settings: withCli }).allowed).toBe(true);
    expect(ask({ person: 'cli:eve', membership: nobody, settings: withCli }).allowed).toBe(false);
  });

  it('finds no role on Object.prototype', () => {
    const odd = { ...settings, policy: [rule({ run: ['constructor', '__proto__'] })] };
    expect(ask({ settings: odd }).allowed).toBe(false);
  });
});

// A small world, so that people, roles and groups collide often.
const accounts = ['U0A', 'U0B', 'U0C', 'U0D'];
const roleNames = ['one', 'two', 'three'];
const risks: readonly Risk[] = ['read', 'change', 'dangerous'];
const aRole = fc.record({
  users: fc.subarray(accounts),
  usergroups: fc.subarray(['S0X', 'S0Y']),
});
const aRule: fc.Arbitrary<PolicyRule> = fc
  .record(
    {
      risk: fc.subarray([...risks], { minLength: 1 }),
      command: fc.subarray(['help', 'drop'], { minLength: 1 }),
      target: fc.subarray(['pilot', 'lab'], { minLength: 1 }),
      run: fc.subarray(roleNames),
      approve: fc.subarray(roleNames, { minLength: 1 }),
      approvals: fc.integer({ min: 0, max: 3 }),
      expiresMinutes: fc.constant(15),
    },
    { requiredKeys: ['run', 'expiresMinutes'] },
  )
  .map((one) => one);
const someSettings: fc.Arbitrary<PolicySettings> = fc.record({
  roles: fc.record({ one: aRole, two: aRole, three: aRole }),
  identities: fc.array(fc.subarray(accounts, { minLength: 2 }), { maxLength: 2 }),
  policy: fc.array(aRule, { maxLength: 4 }),
});
const someGroups = fc.record({ S0X: fc.subarray(accounts), S0Y: fc.subarray(accounts) });
const aQuestion = fc.record({
  person: fc.constantFrom(...accounts),
  command: fc.constantFrom('help', 'drop'),
  risk: fc.constantFrom(...risks),
  target: fc.constantFrom('pilot', 'lab', undefined),
});
const people = accounts.map((id) => person(id));

describe('any policy', () => {
  it('never takes a right away when people join roles', () => {
    fc.assert(
      fc.property(
        someSettings,
        someGroups,
        aQuestion,
        fc.constantFrom(...roleNames),
        (policy, groups, asked, role) => {
          const known = membership(people, groups);
          const before = ask({ ...asked, settings: policy, membership: known });
          const joined = policy.roles[role];
          fc.pre(before.allowed && joined !== undefined);
          const larger = { ...policy, roles: { ...policy.roles, [role]: { ...joined!, users: accounts } } };
          expect(ask({ ...asked, settings: larger, membership: known }).allowed).toBe(true);
        },
      ),
    );
  });

  it('never gives a right because a group became unreadable', () => {
    fc.assert(
      fc.property(someSettings, someGroups, aQuestion, (policy, groups, asked) => {
        const dark = membership(people, { ...groups, S0X: unreadable });
        fc.pre(ask({ ...asked, settings: policy, membership: dark }).allowed);
        expect(ask({ ...asked, settings: policy, membership: membership(people, groups) }).allowed).toBe(
          true,
        );
      }),
    );
  });

  it('allows nobody who is in no role of the matching rule', () => {
    fc.assert(
      fc.property(someSettings, someGroups, aQuestion, (policy, groups, asked) => {
        const answer = ask({ ...asked, settings: policy, membership: membership(people, groups) });
        fc.pre(answer.allowed);
        expect(answer.runners.some(({ users }) => users.includes(asked.person))).toBe(true);
        expect(answer.rule?.rule.run).not.toEqual([]);
      }),
    );
  });

  it('asks as many different people as it needs to sign, never the one who asked', () => {
    fc.assert(
      fc.property(someSettings, someGroups, aQuestion, (policy, groups, asked) => {
        const answer = ask({ ...asked, settings: policy, membership: membership(people, groups) });
        fc.pre(answer.allowed && answer.approvalsNeeded > 0);
        const signers = new Set(answer.approvers.flatMap(({ users }) => users));
        expect(signers.has(asked.person)).toBe(false);
        expect(signers.size).toBeGreaterThanOrEqual(answer.approvalsNeeded);
      }),
    );
  });

  it('does not care about rules after the one that matched', () => {
    fc.assert(
      fc.property(someSettings, someGroups, aQuestion, fc.array(aRule), (policy, groups, asked, more) => {
        const known = membership(people, groups);
        const before = ask({ ...asked, settings: policy, membership: known });
        const decided = before.rule?.rule;
        fc.pre(decided !== undefined && (decided.approve !== undefined || before.approvalsNeeded === 0));
        const longer = { ...policy, policy: [...policy.policy, ...more] };
        expect(ask({ ...asked, settings: longer, membership: known })).toEqual(before);
      }),
    );
  });
});
