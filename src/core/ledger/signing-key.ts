import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Fault } from '../errors.ts';

/** The Ed25519 key that signs checkpoints. The private half never leaves the closure. */
export interface SigningKey {
  readonly publicKey: PublicKey;
  /** 64 bytes. */
  sign(bytes: Uint8Array): Buffer;
}

export interface PublicKey {
  /** First 16 hex digits of SHA-256 over the SPKI bytes. */
  readonly keyId: string;
  /** Subject Public Key Info, DER. */
  readonly spki: Buffer;
  verifies(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * @param text PKCS #8 as PEM, or base64 of the PEM or of the DER: one line, as environment variables want it.
 * @throws Fault `signing_key_unreadable`, never quoting the text.
 */
export function parseSigningKey(text: string): SigningKey {
  return signingKey(parseKey(text, 'PRIVATE', 'pkcs8', createPrivateKey));
}

/** @param text SPKI as PEM, or base64 of the PEM or of the DER. @throws Fault `public_key_unreadable`. */
export function parsePublicKey(text: string): PublicKey {
  return publicKey(parseKey(text, 'PUBLIC', 'spki', createPublicKey));
}

export function signingKey(key: KeyObject): SigningKey {
  return { publicKey: publicKey(createPublicKey(key)), sign: (bytes) => sign(null, bytes, key) };
}

function publicKey(key: KeyObject): PublicKey {
  const spki = key.export({ type: 'spki', format: 'der' });
  return {
    keyId: createHash('sha256').update(spki).digest('hex').slice(0, 16),
    spki,
    verifies: (bytes, signature) => signature.length === 64 && verify(null, bytes, key, signature),
  };
}

function parseKey<Type extends 'pkcs8' | 'spki'>(
  text: string,
  half: 'PRIVATE' | 'PUBLIC',
  type: Type,
  create: (key: { key: Buffer; format: 'pem' } | { key: Buffer; format: 'der'; type: Type }) => KeyObject,
): KeyObject {
  // Env files often carry a PEM on one line with its line ends written out as \n.
  const given = Buffer.from(text.trim().replaceAll('\\n', '\n'), 'utf8');
  const bytes = isPem(given) ? given : Buffer.from(text.trim(), 'base64');
  let key: KeyObject;
  try {
    if (isPem(bytes) && !bytes.includes(`${half} KEY-----`)) throw new TypeError(`not a ${half} KEY`);
    key = create(isPem(bytes) ? { key: bytes, format: 'pem' } : { key: bytes, format: 'der', type });
  } catch (cause) {
    throw unreadable(half, 'could not be read as one', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unreadable(half, `is of type "${key.asymmetricKeyType}"`);
  return key;
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ');
}

function unreadable(half: 'PRIVATE' | 'PUBLIC', problem: string, cause?: unknown): Fault {
  return half === 'PRIVATE'
    ? new Fault(
        'signing_key_unreadable',
        `The signing key must be an Ed25519 private key (PKCS #8 PEM, or base64 of it), and what was given ${problem}. Make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem`,
        { cause },
      )
    : new Fault(
        'public_key_unreadable',
        `The public key must be an Ed25519 public key (SPKI PEM, or base64 of it), and what was given ${problem}. Take it from: openssl pkey -in signing-key.pem -pubout`,
        { cause },
      );
}
