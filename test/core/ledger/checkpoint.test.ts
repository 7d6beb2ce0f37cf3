import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  checkpointLine,
  isSignedBy,
  parseCheckpointLine,
  signCheckpoint,
} from '../../../src/core/ledger/checkpoint.ts';
import { parsePublicKey, parseSigningKey, signingKey } from '../../../src/core/ledger/signing-key.ts';
import fc from '../../support/properties.ts';

/** The private key of RFC 8032, section 7.1, test 1. */
const rfcKey = parseSigningKey('MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g');
const head = {
  workspace: 'T0ACME',
  seq: 1234,
  hash: '9f'.repeat(32),
  at: new Date('2026-11-20T18:15:22.123Z'),
};
const checkpoint = signCheckpoint(head, rfcKey);

describe('a checkpoint', () => {
  test('is signed over these bytes, for ever', () => {
    // Made with openssl. Ed25519 is deterministic: same key, same statement, same signature.
    expect(rfcKey.publicKey.keyId).toBe('06e3fd8fda29bb60');
    expect(checkpoint.signature).toBe(
      'Jj0UVnCuSbNMEFhqonFir-hHkbIT7ieZSzVWNfQdWKB8YjjUZllmo_xl-hiThlm-wwZu2-2PMJqKV-Y3fd4aAw',
    );
  });

  test.each([
    ['workspace', { workspace: 'T0OTHER' }],
    ['seq', { seq: 1233 }],
    ['hash', { hash: '9e'.repeat(32) }],
    ['time', { at: '2026-11-20T18:15:22.124Z' }],
    ['key id', { keyId: '0123456789abcdef' }],
    ['signature', { signature: `A${checkpoint.signature.slice(1)}` }],
    ['signature, cut', { signature: 'AAAA' }],
  ])('no longer verifies with another %s', (_, change) => {
    expect(isSignedBy(checkpoint, rfcKey.publicKey)).toBe(true);
    expect(isSignedBy({ ...checkpoint, ...change }, rfcKey.publicKey)).toBe(false);
  });

  test('is not verified by another key', () => {
    const other = signingKey(generateKeyPairSync('ed25519').privateKey);
    expect(isSignedBy(checkpoint, other.publicKey)).toBe(false);
    expect(isSignedBy({ ...checkpoint, keyId: other.publicKey.keyId }, other.publicKey)).toBe(false);
  });
});

describe('the line for Slack', () => {
  test('reads back, also with what Slack puts round it', () => {
    const line = checkpointLine(checkpoint);
    for (const pasted of [
      line,
      `  ${line}  `,
      `\`${line}\``,
      `Countersign APP  6:15 PM ${line}`,
      JSON.stringify(checkpoint),
    ]) {
      expect(parseCheckpointLine(pasted)).toEqual(checkpoint);
    }
  });

  test('reads back for any head', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
        (seq, at) => {
          const signed = signCheckpoint({ ...head, seq, at }, rfcKey);
          expect(parseCheckpointLine(checkpointLine(signed))).toEqual(signed);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each(['', 'Countersign APP  6:15 PM', 'ada: was the checkpoint posted?'])('is not %j', (line) => {
    expect(parseCheckpointLine(line)).toBeUndefined();
  });

  test.each([
    checkpointLine(checkpoint).slice(0, -10),
    checkpointLine(checkpoint).replace('#1234', '#0'),
    JSON.stringify(checkpoint).slice(0, -5),
    JSON.stringify({ ...checkpoint, hash: 'short' }),
    '{}',
  ])('is called unreadable when it is not whole: %j', (line) => {
    expect(parseCheckpointLine(line)).toBe('unreadable');
  });
});

describe('a key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { keyId } = signingKey(privateKey).publicKey;

  test('is read as PEM, PEM on one line, base64 of PEM and base64 of DER', () => {
    const der = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    for (const text of [pem, pem.replaceAll('\n', '\\n'), Buffer.from(pem).toString('base64'), der]) {
      expect(parseSigningKey(text).publicKey.keyId).toBe(keyId);
    }
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const text of [
      spki,
      Buffer.from(spki).toString('base64'),
      signingKey(privateKey).publicKey.spki.toString('base64'),
    ]) {
      expect(parsePublicKey(text).keyId).toBe(keyId);
    }
  });

  test('is refused when it is of another kind, without quoting it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    expect(() => parseSigningKey(rsa.toString())).toThrow(
      expect.objectContaining({ code: 'signing_key_unreadable' }),
    );
    for (const text of [
      '',
      'hunter2',
      pem.slice(0, 60),
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ]) {
      expect(() => parseSigningKey(text)).toThrow(
        expect.objectContaining({ code: 'signing_key_unreadable' }),
      );
    }
    expect(() => parseSigningKey('hunter2')).toThrow(/^(?!.*hunter2)/s);
  });

  test('is refused as a public key when it is a private one', () => {
    expect(() => parsePublicKey(pem)).toThrow(expect.objectContaining({ code: 'public_key_unreadable' }));
  });
});
