import { describe, expect, it } from 'vitest';
import { type BreakGlassQuestion, mayBreakGlass } from '../../../src/core/policy/break-glass.ts';
import { membership, person, unreadable } from './policy-fixture.ts';

const askedAt = new Date('2026-11-20T03:00:00Z');
const minutesLater = (minutes: number): Date => new Date(askedAt.getTime() + minutes * 60_000);
const everyone = ['U0ADA', 'U0LINUS', 'U0GRACE', 'U0BOB'].map((id) => person(id));
const may = (question: Partial<BreakGlassQuestion>) =>
  mayBreakGlass({
    person: 'U0ADA',
    terms: { approvalsNeeded: 1, breakGlass: { roles: ['responder'], afterMinutes: 10 } },
    askedAt,
    now: minutesLater(10),
    settings: {
      roles: {
        responder: { users: ['U0ADA'], usergroups: ['S0ONCALL'] },
        approver: { users: ['U0GRACE'], usergroups: [] },
        admin: { users: ['U0LINUS'], usergroups: [] },
      },
      identities: [],
      policy: [],
    },
    membership: membership(everyone, { S0ONCALL: ['U0BOB'] }),
    ...question,
  });

describe('breaking the glass', () => {
  it('is for the roles the rule names, once its wait is over', () => {
    expect(may({})).toEqual({ allowed: true, reason: 'You may run this without a signature, as responder.' });
    expect(may({ person: 'U0BOB' }).allowed).toBe(true);
    expect(may({ now: new Date(minutesLater(10).getTime() - 1) })).toEqual({
      allowed: false,
      reason:
        'You may run this without a signature, as responder, only after 10 min without one: in 1 min (at 03:10 UTC). ' +
        'An admin may at once.',
    });
    expect(may({ now: minutesLater(-60 * 24) }).allowed).toBe(false);
  });

  it('is for an admin at any time, whatever the rule says', () => {
    const terms = { approvalsNeeded: 1, breakGlass: undefined };
    expect(may({ person: 'U0LINUS', terms, now: askedAt })).toEqual({
      allowed: true,
      reason: 'You may run this without a signature, as admin.',
    });
    expect(may({ terms })).toEqual({
      allowed: false,
      reason: 'Only admin may run this without a signature.',
    });
  });

  it('is for nobody else, and says when a group could not be read', () => {
    expect(may({ person: 'U0GRACE' }).reason).toBe(
      'Only admin or responder may run this without a signature.',
    );
    expect(may({ person: 'U0BOB', membership: membership(everyone, { S0ONCALL: unreadable }) })).toEqual({
      allowed: false,
      reason:
        'Only admin or responder may run this without a signature. ' +
        'The user group S0ONCALL cannot be read from Slack now and counts as empty.',
    });
  });

  it.each([
    ['a guest', { isGuest: true }],
    ['a bot', { isBot: true }],
    ['a deactivated account', { isDeactivated: true }],
    ['an account of another workspace', { isForeign: true }],
  ])('is never for %s, an admin included', (_, facts) => {
    const known = membership([person('U0ADA', facts), person('U0LINUS', facts)]);
    expect(may({ membership: known }).reason).toMatch(/^You may not break the glass: /);
    expect(may({ membership: known, person: 'U0LINUS' }).allowed).toBe(false);
    expect(may({ membership: membership([]) }).allowed).toBe(false);
  });

  it('is refused at once where the policy as it is now no longer lets them', () => {
    const now = (run: string[], afterMinutes: number) => ({ breakGlass: { run, afterMinutes } });
    expect(may({ authorizationNow: now(['responder'], 10) }).allowed).toBe(true);
    expect(may({ authorizationNow: now(['responder'], 5) }).allowed).toBe(true);
    expect(may({ authorizationNow: now(['responder'], 11) }).allowed).toBe(false);
    expect(may({ authorizationNow: now(['approver'], 10) }).allowed).toBe(false);
    expect(may({ authorizationNow: {} }).reason).toBe('Only admin may run this without a signature.');
    expect(may({ authorizationNow: {}, person: 'U0LINUS' }).allowed).toBe(true);
  });

  it('needs something to break', () => {
    expect(may({ terms: { approvalsNeeded: 0, breakGlass: undefined }, person: 'U0LINUS' }).allowed).toBe(
      false,
    );
  });
});
