/** The identifiers Slack hands out, in Slack's shapes. */
import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const mixedAlphabet = `${alphabet}abcdefghijklmnopqrstuvwxyz`;

function random(length: number, letters: string): string {
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

/** `V0A1B2C3D4E`: one capital for the kind, then ten letters or digits. */
export function slackId(kind: 'V' | 'F' | 'E' | 'D'): string {
  return `${kind}${kind === 'E' ? 'v' : ''}0${random(9, alphabet)}`;
}

/** What Slack fills in for a missing `block_id` or `action_id`: `aB3dE`. */
export const shortId = (): string => random(5, mixedAlphabet);

/** Not guessable: triggers, response URLs, upload URLs and Socket Mode tickets rest on it. */
export const secret = (length = 24): string => random(length, mixedAlphabet);
