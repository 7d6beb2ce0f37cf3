import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import type { RawDelivery } from './source-kind.ts';

/*
 * How a sender proves that it holds a secret. Everything is compared as bytes, in a time that says nothing of how
 * much of it was right, and an empty secret proves nothing: it would let everyone in.
 */

type Headers = RawDelivery['headers'];

/** A header by its name in any case; undefined where it is absent or empty. */
export function readHeader(headers: Headers, name: string): string | undefined {
  const key = name.toLowerCase();
  // A configured name is outside text too: `constructor` is no header.
  return (Object.hasOwn(headers, key) && headers[key]) || undefined;
}

/** Both sides are hashed first: timingSafeEqual takes equal lengths only, and a length alone is a hint. */
export function isSameSecret(given: string | undefined, secret: Secret): boolean {
  const expected = secret.reveal();
  if (given === undefined || expected === '') return false;
  return timingSafeEqual(sha256(given), sha256(expected));
}

/**
 * Whether `given` is the HMAC-SHA256 of the parts, one after another, in 64 hex digits without a prefix.
 *
 * @example isHmacSha256Hex(signature, secret, `${timestamp}:`, delivery.body)
 */
export function isHmacSha256Hex(
  given: string | undefined,
  secret: Secret,
  ...parts: readonly (Buffer | string)[]
): boolean {
  const key = secret.reveal();
  if (given === undefined || key === '' || !/^[0-9a-f]{64}$/i.test(given)) return false;
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return timingSafeEqual(Buffer.from(given, 'hex'), mac.digest());
}

/** The token of `Authorization: Bearer <token>` (RFC 6750); the scheme's name has no case. */
export function readBearer(headers: Headers): string | undefined {
  return /^bearer +(\S+) *$/i.exec(readHeader(headers, 'authorization') ?? '')?.[1];
}

/** Who `Authorization: Basic <base64 of user:password>` says it is (RFC 7617): the first colon divides, and it is UTF-8. */
export function readBasic(headers: Headers): { username: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(readHeader(headers, 'authorization') ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
