import { describe, expect, it } from 'vitest';
import { orderSigners } from '../../../src/core/policy/on-call.ts';
import { membership, unreadable } from './policy-fixture.ts';

const signers = ['U0A', 'U0B', 'U0C', 'U0D'];

describe('the order in which signers are asked', () => {
  it('puts people on call first and keeps it otherwise', () => {
    const onCall = { users: ['U0C', 'U0STRANGER'], usergroups: ['S0X'] };
    expect(orderSigners(signers, { onCall }, membership([], { S0X: ['U0B'] }))).toEqual([
      ...['U0B', 'U0C', 'U0A', 'U0D'],
    ]);
  });

  it('loses nobody when a group cannot be read or nothing is configured', () => {
    const onCall = { users: ['U0D'], usergroups: ['S0X', 'S0UNREAD'] };
    expect(orderSigners(signers, { onCall }, membership([], { S0X: unreadable }))).toEqual([
      ...['U0D', 'U0A', 'U0B', 'U0C'],
    ]);
    expect(orderSigners(signers, {}, membership([]))).toEqual(signers);
  });
});
