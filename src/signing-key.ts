import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from './core/errors.ts';
import { parseSigningKey, type SigningKey } from './core/ledger/signing-key.ts';

const fileName = 'signing-key.pem';

/**
 * Reads the value of `COUNTERSIGN_SIGNING_KEY`: PKCS #8 PEM, base64 of it, or `file:/path/to/key.pem`.
 *
 * @throws Fault `signing_key_unreadable`, `signing_key_exposed`.
 */
export async function loadSigningKey(value: string): Promise<SigningKey> {
  return value.startsWith('file:') ? readKeyFile(value.slice('file:'.length)) : parseSigningKey(value);
}

/**
 * The key kept in a data folder, made there with mode 0600 the first time. Two processes starting together end
 * up with the same key: the file appears whole, under a name only one of them can take.
 */
export async function loadOrCreateSigningKey(folder: string): Promise<SigningKey> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  const draft = join(folder, `.${fileName}.${randomUUID()}`);
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readKeyFile(path);
}

async function readKeyFile(path: string): Promise<SigningKey> {
  let text: string;
  let mode: number;
  try {
    // Mode and text of one and the same file, whatever happens to its name meanwhile.
    await using file = await open(path, 'r');
    mode = (await file.stat()).mode;
    text = await file.readFile('utf8');
  } catch (cause) {
    throw new Fault(
      'signing_key_unreadable',
      `The signing key file "${path}" could not be read (${(cause as NodeJS.ErrnoException).code}). Check COUNTERSIGN_SIGNING_KEY and who may read the file.`,
      { cause },
    );
  }
  // Windows has no such bits; there the folder's access list is what protects the key.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Fault(
      'signing_key_exposed',
      `The signing key file "${path}" can be read by its group or by others (mode ${(mode & 0o777).toString(8)}), who could then forge checkpoints. Make a new key if anyone had the chance, or run: chmod 600 "${path}"`,
    );
  }
  return parseSigningKey(text);
}
