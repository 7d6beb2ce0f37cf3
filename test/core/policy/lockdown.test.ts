import { describe, expect, it } from 'vitest';
import { mayLiftLockdown, mayStartLockdown } from '../../../src/core/policy/lockdown.ts';
import { membership, person, unreadable } from './policy-fixture.ts';

const settings = {
  roles: {
    responder: { users: ['U0ADA'], usergroups: [] },
    approver: { users: ['U0GRACE', 'U0GRACE2'], usergroups: ['S0SIGN'] },
    admin: { users: ['U0LINUS'], usergroups: [] },
  },
  identities: [['U0GRACE', 'U0GRACE2']],
  policy: [],
};
const ids = ['U0ADA', 'U0GRACE', 'U0GRACE2', 'U0LINUS', 'U0BOB'];
const known = membership(
  ids.map((id) => person(id)),
  { S0SIGN: ['U0BOB'] },
);
const start = (who: string, facts = known) => mayStartLockdown({ person: who, settings, membership: facts });
const lift = (who: string, liftedBy: readonly string[], facts = known) =>
  mayLiftLockdown({ person: who, liftedBy, settings, membership: facts });

describe('a lockdown', () => {
  it('is begun by any approver or admin, alone', () => {
    for (const who of ['U0GRACE', 'U0LINUS', 'U0BOB']) expect(start(who).allowed).toBe(true);
    expect(start('U0ADA')).toEqual({
      allowed: false,
      reason: 'You may not lock down: only people in the role approver or admin may.',
    });
    const dark = membership([person('U0BOB')], { S0SIGN: unreadable });
    expect(start('U0BOB', dark).reason).toContain('The user group S0SIGN cannot be read');
    const guest = membership([person('U0GRACE', { isGuest: true })]);
    expect(start('U0GRACE', guest).reason).toBe('You may not lock down: your account is a guest.');
  });

  it('is lifted by two different people', () => {
    expect(lift('U0GRACE', [])).toMatchObject({ allowed: true, stillNeeded: 1 });
    expect(lift('U0LINUS', ['U0GRACE'])).toMatchObject({ allowed: true, stillNeeded: 0 });
  });

  it.each<[string, string, string[]]>([
    ['twice by one account', 'U0GRACE', ['U0GRACE']],
    ['by two accounts of one person', 'U0GRACE2', ['U0GRACE']],
    ['by someone without a say, even after two', 'U0ADA', ['U0GRACE', 'U0LINUS']],
  ])('is not lifted %s', (_, who, before) => {
    const answer = lift(who, before);
    expect(answer.allowed).toBe(false);
    expect(answer.stillNeeded).toBeGreaterThan(0);
  });

  it('does not count the word of someone who has lost it', () => {
    expect(lift('U0LINUS', ['U0ADA'])).toMatchObject({ allowed: true, stillNeeded: 1 });
    const gone = membership([person('U0LINUS'), person('U0GRACE', { isDeactivated: true })]);
    expect(lift('U0LINUS', ['U0GRACE'], gone)).toMatchObject({ allowed: true, stillNeeded: 1 });
  });
});
