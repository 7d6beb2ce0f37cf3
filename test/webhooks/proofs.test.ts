import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import {
  isHmacSha256Hex,
  isSameSecret,
  readBasic,
  readBearer,
  readHeader,
} from '../../src/webhooks/proofs.ts';

const secret = (value: string) => new Secret('TEST', value);
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

test('tells a secret from every other text, of whatever length', () => {
  expect(isSameSecret('correct horse', secret('correct horse'))).toBe(true);
  for (const other of ['correct hors', 'correct horse ', 'Correct horse', '', 'x'.repeat(10_000)]) {
    expect(isSameSecret(other, secret('correct horse'))).toBe(false);
  }
  expect(isSameSecret(undefined, secret('correct horse'))).toBe(false);
});

test('lets nobody in by an empty secret', () => {
  expect(isSameSecret('', secret(''))).toBe(false);
  // The HMAC of an empty body with an empty key, which anyone can compute.
  const forged = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad';
  expect(isHmacSha256Hex(forged, secret(''), '')).toBe(false);
});

test("agrees with GitHub's published vector", () => {
  const vector = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const key = secret("It's a Secret to Everybody");
  expect(isHmacSha256Hex(vector, key, 'Hello, World!')).toBe(true);
  expect(isHmacSha256Hex(vector, key, Buffer.from('Hello, '), 'World!')).toBe(true);
  expect(isHmacSha256Hex(vector.toUpperCase(), key, 'Hello, World!')).toBe(true);
  expect(isHmacSha256Hex(vector, key, 'Hello, World?')).toBe(false);
});

test.each([
  ['none', undefined],
  ['half of one', '757107ea0eb2509fc211221cce984b8a'],
  ['two, joined', '757107ea, 757107ea'],
  ['64 letters that are no digits', 'z'.repeat(64)],
])('refuses a signature that is %s', (_what, given) => {
  expect(isHmacSha256Hex(given, secret("It's a Secret to Everybody"), 'Hello, World!')).toBe(false);
});

test('reads a bearer token, and no other scheme', () => {
  expect(readBearer({ authorization: 'Bearer abc.def' })).toBe('abc.def');
  expect(readBearer({ authorization: 'bearer  abc ' })).toBe('abc');
  for (const authorization of ['abc', 'Bearer', 'Bearer a b', 'Basic abc', 'Bearerabc']) {
    expect(readBearer({ authorization })).toBeUndefined();
  }
  expect(readBearer({})).toBeUndefined();
});

test('reads a user name up to the first colon, and a password with colons and umlauts', () => {
  expect(readBasic(basic('ops:a:b'))).toEqual({ username: 'ops', password: 'a:b' });
  expect(readBasic(basic('öps:pässwort'))).toEqual({ username: 'öps', password: 'pässwort' });
  expect(readBasic(basic('no colon'))).toBeUndefined();
  expect(readBasic({ authorization: 'Basic !!!' })).toBeUndefined();
});

test('finds headers in any case, and none that only JavaScript knows', () => {
  expect(readHeader({ 'x-token': 'a' }, 'X-Token')).toBe('a');
  expect(readHeader({ 'x-token': '' }, 'X-Token')).toBeUndefined();
  expect(readHeader({}, 'constructor')).toBeUndefined();
});
