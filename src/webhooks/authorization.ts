import type { Secret } from '../core/secret.ts';
import { isSameSecret, readBasic, readBearer } from './proofs.ts';
import type { Proof, RawDelivery } from './source-kind.ts';

/** `Authorization` with one of the secrets: as the password of `username` where one is set, else as a bearer token. */
export function verifyAuthorization(
  { headers }: RawDelivery,
  { secrets, username }: { secrets: readonly Secret[]; username?: string | undefined },
): Proof {
  if (username === undefined) {
    const token = readBearer(headers);
    if (token === undefined) return refused('It has no "Authorization: Bearer" header.');
    return secrets.some((secret) => isSameSecret(token, secret))
      ? { kind: 'proven' }
      : refused("Its bearer token is not one of this source's secrets.");
  }
  const given = readBasic(headers);
  if (given === undefined) return refused('It has no "Authorization: Basic" header.');
  // Both are looked at, so that the time does not tell a right user name from a wrong one.
  const knowsSecret = secrets.some((secret) => isSameSecret(given.password, secret));
  return knowsSecret && given.username === username
    ? { kind: 'proven' }
    : refused("Its user name and password are not this source's.");
}

export function refused(why: string): Proof {
  return { kind: 'refused', why };
}
