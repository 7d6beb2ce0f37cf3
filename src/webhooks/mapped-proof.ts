import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../core/secret.ts';
import { refused, verifyAuthorization } from './authorization.ts';
import { isSameSecret, readHeader } from './proofs.ts';
import type { Proof, RawDelivery } from './source-kind.ts';

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, { error: 'is not the name of a header' });

/** How a mapped source proves itself with one of its `secrets`: one of these, or as a bearer token. */
export const proofOptions = {
  /** A header that holds the secret itself. */
  header: headerName.optional(),
  /** Of `Authorization: Basic`, the secret being the password. */
  username: z.string().min(1).optional(),
  /** A header that holds an HMAC of the body. */
  signature: z
    .strictObject({
      header: headerName,
      /** What stands before it in the header, such as `sha256=`. Default: nothing. */
      prefix: z.string().default(''),
      encoding: z.enum(['hex', 'base64'], { error: 'must be hex or base64' }).default('hex'),
      algorithm: z
        .enum(['sha256', 'sha1', 'sha512'], { error: 'must be sha256, sha1 or sha512' })
        .default('sha256'),
    })
    .optional(),
};

const proofSchema = z.object(proofOptions);
export type ProofOptions = z.output<typeof proofSchema>;

export function hasOneProof({ header, username, signature }: ProofOptions): boolean {
  return [header, username, signature].filter((given) => given !== undefined).length <= 1;
}

export function verifyMapped(
  delivery: RawDelivery,
  { secrets, options }: { readonly secrets: readonly Secret[]; readonly options: ProofOptions },
): Proof {
  if (secrets.length === 0) return { kind: 'unsigned' };
  const { header, username, signature } = options;
  if (signature !== undefined) return verifySignature(delivery, secrets, signature);
  if (header === undefined) return verifyAuthorization(delivery, { secrets, username });
  const given = readHeader(delivery.headers, header);
  if (given === undefined) return refused(`It has no header "${header}".`);
  return secrets.some((secret) => isSameSecret(given, secret))
    ? { kind: 'proven' }
    : refused(`Its header "${header}" is not one of this source's secrets.`);
}

function verifySignature(
  { headers, body }: RawDelivery,
  secrets: readonly Secret[],
  { header, prefix, encoding, algorithm }: NonNullable<ProofOptions['signature']>,
): Proof {
  const written = readHeader(headers, header)?.trim();
  if (written === undefined) return refused(`It has no header "${header}".`);
  if (!written.startsWith(prefix)) return refused(`Its header "${header}" does not begin with "${prefix}".`);
  const given = Buffer.from(written.slice(prefix.length), encoding);
  const isRight = secrets.some((secret) => {
    const key = secret.reveal();
    const expected = createHmac(algorithm, key).update(body).digest();
    return key !== '' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isRight ? { kind: 'proven' } : refused('It is signed with none of the secrets, or was changed.');
}
