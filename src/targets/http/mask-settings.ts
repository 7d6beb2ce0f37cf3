import type { Json } from '../../command.ts';

const mask = '••••';

/** Words that, as a part of a key, say that what stands under it is secret: `smtpPass`, `api_key`, `AUTH`. */
const secretWords = new Set([
  'auth',
  'authorization',
  'bearer',
  'cert',
  'certificate',
  'cookie',
  'credential',
  'credentials',
  'dsn',
  'hmac',
  'key',
  'keys',
  'otp',
  'pass',
  'passphrase',
  'passwd',
  'password',
  'passwords',
  'pin',
  'private',
  'pwd',
  'salt',
  'secret',
  'secrets',
  'sid',
  'signature',
  'signing',
  'token',
  'tokens',
  'webhook',
]);
/** The same written together: `smtppassword`, `apikey`, `authtoken`. */
const secretPart = /pass(?:wd|word|phrase)|secret|token|credential|apikey|privatekey|accesskey|authkey/;

/** Long, without spaces, letters and digits mixed: keys of most providers, whatever they are kept under. */
const looksRandom = /^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_=.:-]{24,}$/;
const looksPublic =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))$/i;
/** A host name: lower-case words between dots, without a run of digits that a name would not have. */
const looksLikeHost = /^(?:[a-z][a-z-]*\d{0,3}[a-z]*\.){1,6}[a-z]{2,}(?::\d+)?$/;

/**
 * A target's settings as they may be shown. Rather too much is hidden than too little: what is shown in Slack
 * cannot be taken back.
 * @param redact removes the secrets this process knows.
 */
export function maskSettings(value: Json, redact: (text: string) => string, isSecret = false): Json {
  if (typeof value === 'string') return maskText(value, redact, isSecret);
  if (typeof value === 'number') return isSecret ? mask : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => maskSettings(item, redact, isSecret));
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      redact(key),
      maskSettings(child as Json, redact, isSecret || namesASecret(key)),
    ]),
  );
}

function maskText(text: string, redact: (text: string) => string, isSecret: boolean): string {
  if (text === '') return text;
  if (isSecret) return mask;
  const isUrl = URL.canParse(text) && /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const shown = isUrl ? maskedUrl(text) : text;
  if (redact(shown) !== shown) return mask;
  if (isUrl) return shown;
  return looksRandom.test(text) && !looksPublic.test(text) && !looksLikeHost.test(text) ? mask : text;
}

/** A login, a query and a path can all carry the right to post; the host is what people look for. */
function maskedUrl(text: string): string {
  const { protocol, host, pathname, search, username, password } = new URL(text);
  const login = username === '' && password === '' ? '' : `${mask}@`;
  const hasSecretPath = pathname.split('/').some((part) => looksRandom.test(part) && !looksPublic.test(part));
  return `${protocol}//${login}${host}${hasSecretPath ? `/${mask}` : pathname}${search === '' ? '' : `?${mask}`}`;
}

function namesASecret(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => secretWords.has(word)) || secretPart.test(words.join(''));
}
