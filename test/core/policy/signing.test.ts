import { describe, expect, it } from 'vitest';
import type { MembershipSnapshot } from '../../../src/core/policy/membership.ts';
import type { PolicySettings } from '../../../src/core/policy/rule.ts';
import { canSign, type SignatureQuestion } from '../../../src/core/policy/signing.ts';

const settings: PolicySettings = {
  roles: {
    approver: { users: ['U0GRACE', 'U0ADAALT', 'U0GRACE2'], usergroups: ['S0SIGN'] },
    admin: { users: ['U0LINUS'], usergroups: [] },
  },
  identities: [
    ['U0ADA', 'U0ADAALT'],
    ['U0GRACE', 'U0GRACE2'],
  ],
  policy: [],
};
const readAt = new Date('2026-11-20T18:00:00Z');
function membership(
  group: readonly string[] | undefined,
  guests: readonly string[] = [],
): MembershipSnapshot {
  const ids = ['U0ADA', 'U0ADAALT', 'U0GRACE', 'U0GRACE2', 'U0LINUS', 'U0EVE'];
  return {
    people: new Map(
      ids.map((id) => {
        const isGuest = guests.includes(id);
        const value = { id, name: id, isBot: false, isDeactivated: false, isGuest, isForeign: false };
        return [id, { isReadable: true, value, readAt }];
      }),
    ),
    groups: new Map([
      ['S0SIGN', group ? { isReadable: true, value: group, readAt } : { isReadable: false, reason: 'gone' }],
    ]),
  };
}
const posted = (users: readonly string[]) => [{ role: 'approver', users, unreadableGroups: [] }];
const click = (question: Partial<SignatureQuestion>) =>
  canSign({
    signer: 'U0GRACE',
    requester: 'U0ADA',
    signedBy: [],
    authorizationNow: { approvers: posted([]) },
    approversWhenPosted: posted(['U0GRACE', 'U0GRACE2', 'U0ADAALT', 'U0EVE']),
    settings,
    membership: membership(['U0EVE']),
    ...question,
  });

describe('signing', () => {
  it('takes a signature from another person in the role then and now', () => {
    expect(click({})).toEqual({ allowed: true, reason: 'You may sign this as approver.' });
    expect(click({ signer: 'U0EVE' }).allowed).toBe(true);
  });

  it.each<[string, Partial<SignatureQuestion>, RegExp]>([
    ['the requester', { signer: 'U0ADA', approversWhenPosted: posted(['U0ADA']) }, /^You asked for this, so/],
    ["the requester's second account", { signer: 'U0ADAALT' }, /from your other account/],
    ['the same person twice', { signedBy: ['U0GRACE'] }, /already signed/],
    [
      'the same person from a second account',
      { signer: 'U0GRACE2', signedBy: ['U0GRACE'] },
      /already signed/,
    ],
    [
      'someone who joined the role after the card',
      { signer: 'U0EVE', approversWhenPosted: posted(['U0GRACE']) },
      /joined later/,
    ],
    [
      'someone who has left the role',
      { signer: 'U0EVE', membership: membership([]) },
      /no longer in approver/,
    ],
    [
      'a member of a group that cannot be read now',
      { signer: 'U0EVE', membership: membership(undefined) },
      /S0SIGN/,
    ],
    [
      'someone in another role then and in this one now',
      {
        signer: 'U0EVE',
        approversWhenPosted: [
          { role: 'admin', users: ['U0EVE'], unreadableGroups: [] },
          { role: 'approver', users: ['U0GRACE'], unreadableGroups: [] },
        ],
      },
      /joined later/,
    ],
    [
      'a role that the policy has since dropped',
      { authorizationNow: { approvers: [{ role: 'admin', users: ['U0LINUS'], unreadableGroups: [] }] } },
      /policy has changed since this was posted: approver may no longer sign/,
    ],
    [
      'a role that the policy has since added',
      {
        signer: 'U0LINUS',
        authorizationNow: {
          approvers: [...posted([]), { role: 'admin', users: ['U0LINUS'], unreadableGroups: [] }],
        },
      },
      /^Only approver may sign this/,
    ],
    ['a stranger', { signer: 'U0LINUS' }, /^Only approver may sign this/],
    ['a guest', { membership: membership([], ['U0GRACE']) }, /your account is a guest/],
    [
      'an account nobody has read',
      { membership: { people: new Map(), groups: new Map() } },
      /has not been read/,
    ],
    ['anyone when no role may sign', { approversWhenPosted: [] }, /No role may sign/],
  ])('refuses %s', (_, question, reason) => {
    const answer = click(question);
    expect(answer.reason).toMatch(reason);
    expect(answer.allowed).toBe(false);
  });
});
