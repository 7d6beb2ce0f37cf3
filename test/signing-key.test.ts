import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { signingKey } from '../src/core/ledger/signing-key.ts';
import { loadOrCreateSigningKey, loadSigningKey } from '../src/signing-key.ts';

const folder = await mkdtemp(join(tmpdir(), 'countersign-signing-key-'));
afterAll(() => rm(folder, { recursive: true }));

describe('a key made for a data folder', () => {
  test('is readable by its owner only, and the same next time', async () => {
    const data = join(folder, 'data', 'nested');
    const made = await loadOrCreateSigningKey(data);
    expect((await stat(join(data, 'signing-key.pem'))).mode & 0o777).toBe(0o600);
    expect(await readdir(data)).toEqual(['signing-key.pem']);
    expect((await loadOrCreateSigningKey(data)).publicKey.keyId).toBe(made.publicKey.keyId);
    expect((await loadSigningKey(`file:${join(data, 'signing-key.pem')}`)).publicKey.keyId).toBe(
      made.publicKey.keyId,
    );
  });

  test('is one key however many processes start at once', async () => {
    const keys = await Promise.all(
      Array.from({ length: 8 }, () => loadOrCreateSigningKey(join(folder, 'race'))),
    );
    expect(new Set(keys.map(({ publicKey }) => publicKey.keyId)).size).toBe(1);
  });

  test('is never replaced when the file there is no key', async () => {
    const path = join(folder, 'signing-key.pem');
    await writeFile(path, 'not a key', { mode: 0o600 });
    await expect(loadOrCreateSigningKey(folder)).rejects.toMatchObject({ code: 'signing_key_unreadable' });
    expect(await readFile(path, 'utf8')).toBe('not a key');
  });
});

describe('a key given as a file', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });

  test.each([0o640, 0o604, 0o660, 0o644])('is refused with mode %o, saying how to mend it', async (mode) => {
    const path = join(folder, `exposed-${mode}.pem`);
    await writeFile(path, pem);
    await chmod(path, mode);
    await expect(loadSigningKey(`file:${path}`)).rejects.toMatchObject({
      code: 'signing_key_exposed',
      message: expect.stringContaining(`chmod 600 "${path}"`),
    });
  });

  test('that is not there is named', async () => {
    await expect(loadSigningKey('file:/nowhere/key.pem')).rejects.toMatchObject({
      code: 'signing_key_unreadable',
      message: expect.stringContaining('"/nowhere/key.pem"'),
    });
  });

  test('and one given as a value are the same key', async () => {
    const path = join(folder, 'good.pem');
    await writeFile(path, pem, { mode: 0o400 });
    const { keyId } = signingKey(privateKey).publicKey;
    expect((await loadSigningKey(`file:${path}`)).publicKey.keyId).toBe(keyId);
    expect((await loadSigningKey(pem.toString())).publicKey.keyId).toBe(keyId);
  });
});
