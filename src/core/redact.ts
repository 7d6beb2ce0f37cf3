import { Secret, type Secrets } from './secret.ts';

/** Removes secrets from anything that leaves the process: log lines, Slack text, error answers. */
export interface Redactor {
  text(text: string): string;
  /** The same value as plain JSON data without secrets; errors become objects with message, stack and cause. */
  value(value: unknown): unknown;
}

const mask = '[redacted]';
/** Used when even {@link mask} would spell out a secret; shorter than any searchable secret, so it always ends. */
const shortMask = '***';

/** Compared without case, `_` and `-`: `databaseUrl`, `DATABASE_URL`, `x-api-key`. */
const secretKey =
  /token|secret|password|passwd|passphrase|authorization|cookie|credential|apikey|privatekey|signingkey|databaseurl|databaseownerurl|redisurl|connectionstring|responseurl/;

/** Secrets that can be told by their look alone, with what stays readable. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Slack: bot, user, app, refresh and configuration tokens.
  [/\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{6,}/g, mask],
  [/\bxapp-[A-Za-z0-9-]{6,}/g, mask],
  // A response_url lets anyone who has it post as the bot for 30 minutes; an incoming webhook, for good.
  [/(https:\/\/hooks\.slack\.com\/)[^\s"'<>\\]+/g, `$1${mask}`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${mask}`],
  // Up to the last @ before the path: an unescaped @ in the password must not leave its tail behind.
  // Bounded runs: on a megabyte of "a.a.a." unbounded ones take quadratic time.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,200}):[^\s/"'<>]{1,500}@/gi, `$1:${mask}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
  [
    /((?:secret|token|password|signature|(?:api|private|signing|access)[_-]?key)["']?\s{0,9}[=:]\s{0,9}["']?)[0-9a-f]{16,}/gi,
    `$1${mask}`,
  ],
];

/** Deeper than any payload we log; a limit so that a hostile structure cannot exhaust the stack. */
const deepest = 16;

export function createRedactor(secrets: Secrets): Redactor {
  let search: RegExp | undefined;
  let searchVersion = -1;

  const text = (original: string): string => {
    let result = original;
    for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
    if (searchVersion !== secrets.version) {
      search = searchFor(secrets.values());
      searchVersion = secrets.version;
    }
    return search === undefined ? result : withoutValues(result, search);
  };
  return { text, value: (value) => walk(value, text, new Set(), 0) };
}

/** Repeats because a mask beside the text around it may itself spell a secret. Each short mask shrinks the text. */
function withoutValues(text: string, search: RegExp): string {
  const once = text.replace(search, mask);
  let result = once;
  while (result.search(search) !== -1) result = result.replace(search, shortMask);
  return result;
}

function searchFor(values: readonly string[]): RegExp | undefined {
  const forms = new Set(values.flatMap(writtenForms));
  if (forms.size === 0) return undefined;
  // Longest first: where one secret begins another, the whole of the longer one must go.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escaped).join('|'), 'g');
}

/** Node 24 has RegExp.escape; the ES2024 library this project is checked against does not declare it. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** How a value looks once something has encoded it: in a URL, in JSON, in a Basic header. */
function writtenForms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    value.isWellFormed() ? encodeURIComponent(value) : value,
    JSON.stringify(value).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}

type RedactText = (text: string) => string;

function walk(value: unknown, text: RedactText, above: Set<object>, depth: number): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const written = String(value);
    return text(written) === written && typeof value === 'number' ? value : text(written);
  }
  if (typeof value === 'symbol' || typeof value === 'function')
    return text(String(value.toString()).slice(0, 80));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return text(value.toString());
  if (above.has(value)) return '[circular]';
  if (depth >= deepest) return '[too deep]';
  above.add(value);
  try {
    return walkObject(value, text, above, depth + 1);
  } catch {
    // A getter or toJSON that throws must not take the log line, or the request being logged, with it.
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function walkObject(value: object, text: RedactText, above: Set<object>, depth: number): unknown {
  const inner = (child: unknown) => walk(child, text, above, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Map) return [...value].map(([key, child]) => walkEntry(key, child, inner));
  if (value instanceof Set) return [...value].map(inner);
  if (value instanceof Error) return walkError(value, text, inner);
  if (value instanceof URL) return text(value.href);
  if ('toJSON' in value && typeof value.toJSON === 'function') return inner(value.toJSON());
  return walkFields(value, text, inner);
}

function walkEntry(key: unknown, value: unknown, inner: (child: unknown) => unknown): unknown {
  return [inner(key), typeof key === 'string' && namesASecret(key) ? mask : inner(value)];
}

function walkFields(value: object, text: RedactText, inner: (child: unknown) => unknown): object {
  // fromEntries defines each key as its own, also one named "__proto__".
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      text(key),
      namesASecret(key) && isWorthHiding(child) ? mask : inner(child),
    ]),
  );
}

function walkError(error: Error, text: RedactText, inner: (child: unknown) => unknown): object {
  const { message, stack, cause } = error;
  return {
    ...walkFields(error, text, inner),
    type: text(error.name),
    message: text(message),
    ...(stack === undefined ? {} : { stack: text(stack) }),
    ...(cause === undefined ? {} : { cause: inner(cause) }),
    ...(error instanceof AggregateError ? { errors: inner(error.errors) } : {}),
  };
}

function namesASecret(key: string): boolean {
  return secretKey.test(key.toLowerCase().replace(/[_\s-]/g, ''));
}

/** `hasToken: true` and `tokens: null` are facts about a secret, not the secret. */
function isWorthHiding(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean' && !(value instanceof Secret);
}
