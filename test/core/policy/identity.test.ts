import { describe, expect, it } from 'vitest';
import { accountsOf, countPeople } from '../../../src/core/policy/identity.ts';

describe('the accounts of one person', () => {
  const identities = [
    ['U0C', 'U0D'],
    ['U0B', 'U0C'],
    ['U0A', 'U0B'],
    ['U0X', 'U0Y'],
  ];

  it('join through overlapping entries, in any order', () => {
    for (const account of ['U0A', 'U0B', 'U0C', 'U0D']) {
      expect([...accountsOf(identities, account)].sort()).toEqual(['U0A', 'U0B', 'U0C', 'U0D']);
    }
    expect([...accountsOf(identities, 'U0NEW')]).toEqual(['U0NEW']);
  });

  it('count as one', () => {
    expect(countPeople(identities, ['U0A', 'U0D', 'U0Y', 'U0NEW', 'U0NEW'])).toBe(3);
    expect(countPeople(identities, [])).toBe(0);
  });
});
