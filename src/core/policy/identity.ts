/** Several accounts of one person, as `identities:` names them. Identities only ever take away: no role passes over. */

/** Every account of the person behind `account`, `account` included. Overlapping entries join. */
export function accountsOf(identities: readonly (readonly string[])[], account: string): ReadonlySet<string> {
  const accounts = new Set([account]);
  // Each round adds at least one account or ends, so chains like [a, b], [b, c] are followed to the end.
  for (let sizeBefore = 0; sizeBefore < accounts.size; ) {
    sizeBefore = accounts.size;
    for (const identity of identities) {
      if (identity.some((one) => accounts.has(one))) for (const one of identity) accounts.add(one);
    }
  }
  return accounts;
}

/** How many different people are behind these accounts. */
export function countPeople(identities: readonly (readonly string[])[], accounts: Iterable<string>): number {
  const people = new Set<string>();
  for (const account of accounts) people.add([...accountsOf(identities, account)].sort()[0] ?? account);
  return people.size;
}
