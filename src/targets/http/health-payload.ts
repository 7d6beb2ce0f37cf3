import { boundedText } from '../../core/parse/clean-text.ts';
import type { Answer } from './exchange.ts';
import { parsedJson } from './target-sentence.ts';

export interface HealthReading {
  readonly status: 'up' | 'down' | 'unknown';
  /** `database: connection refused`, at most {@link mostParts}. */
  readonly failing: readonly string[];
}

const upWords = new Set([
  'ok',
  'okay',
  'up',
  'pass',
  'passed',
  'passing',
  'healthy',
  'ready',
  'alive',
  'live',
  'running',
  'success',
  'green',
  'available',
  'connected',
  'online',
  'serving',
  'pong',
  'true',
]);
/** Serving, with something that should be looked at. */
const poorWords = new Set(['warn', 'warning', 'degraded', 'yellow']);
const downWords = new Set([
  'down',
  'fail',
  'failed',
  'failing',
  'failure',
  'error',
  'unhealthy',
  'not_ready',
  'not ready',
  'notready',
  'unready',
  'dead',
  'red',
  'critical',
  'unavailable',
  'disconnected',
  'offline',
  'out_of_service',
  'stopped',
  'false',
  'timeout',
  'starting',
  'draining',
  'refused',
]);

type Word = 'up' | 'poor' | 'down' | undefined;

/**
 * Where the payload styles in use keep their parts: `checks` (health+json, the most common hand-written one),
 * `components` (Spring Boot), `details`, `info` and `error` (Terminus), `entries` and `results` (ASP.NET).
 */
const partKeys = [
  'checks',
  'components',
  'details',
  'info',
  'error',
  'entries',
  'results',
  'services',
  'dependencies',
];
const verdictKeys = [
  'status',
  'state',
  'result',
  'ok',
  'healthy',
  'isHealthy',
  'ready',
  'isReady',
  'up',
  'alive',
];
const reasonKeys = ['error', 'message', 'output', 'reason', 'description', 'exception'];

/** Inside a part these tell of that part; only at the top do they hold parts as plain words. */
const reasonHolders = new Set(['details', 'error', 'info']);

const mostParts = 20;
/** Deeper than the nested groups of Spring Boot go. */
const deepest = 4;

/** What an answer of a health endpoint says. What can be read in neither way is unknown, never up. */
export function readHealthAnswer(answer: Answer, redact: (text: string) => string): HealthReading {
  const payload = parsedJson(answer.body);
  const verdict = isObject(payload) ? verdictOf(payload) : wordOf(payload ?? textOf(answer));
  const failing = [...new Set(failingParts(payload, '', 0))]
    .slice(0, mostParts)
    .map((part) => boundedText(redact(part.slice(0, 1_000)), 160));
  return { status: statusOf(answer, verdict, failing.length > 0), failing };
}

function statusOf(answer: Answer, verdict: Word, hasFailing: boolean): HealthReading['status'] {
  if (answer.status >= 500) return 'down';
  // A 404, a login page or a redirect says that we asked in the wrong place.
  if (answer.status < 200 || answer.status > 299) return 'unknown';
  if (verdict === 'down') return 'down';
  if (verdict !== undefined) return 'up';
  if (answer.body.length === 0) return 'up';
  return hasFailing ? 'down' : isObject(parsedJson(answer.body)) && hasParts(answer) ? 'up' : 'unknown';
}

/** Parts that were read and are all well say the same as a status word. */
function hasParts(answer: Answer): boolean {
  const payload = parsedJson(answer.body);
  return (
    isObject(payload) && partKeys.some((key) => partsOf(payload[key]).some(({ value }) => isWell(value)))
  );
}

function isWell(value: unknown): boolean {
  return (isObject(value) ? verdictOf(value) : wordOf(value)) === 'up';
}

function textOf({ headers, body }: Answer): unknown {
  // A single-page application answers every path with its page and 200.
  if (/html/i.test(headers['content-type'] ?? '') || body.length > 100) return undefined;
  return body.toString('utf8');
}

function wordOf(value: unknown): Word {
  if (typeof value === 'boolean') return value ? 'up' : 'down';
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase().replace(/[.!]$/, '');
  if (upWords.has(word)) return 'up';
  if (poorWords.has(word)) return 'poor';
  return downWords.has(word) ? 'down' : undefined;
}

function verdictOf(payload: Readonly<Record<string, unknown>>): Word {
  for (const key of verdictKeys) {
    const word = wordOf(payload[key]);
    if (word !== undefined) return word;
  }
  return undefined;
}

function failingParts(payload: unknown, path: string, depth: number): string[] {
  if (!isObject(payload) || depth >= deepest) return [];
  return partKeys.flatMap((key) =>
    partsOf(payload[key]).flatMap(({ name, value }) => {
      const where = path === '' ? name : `${path}.${name}`;
      if (!isObject(value)) {
        if (depth > 0 && reasonHolders.has(key)) return [];
        const word = wordOf(value);
        return word === 'down' || word === 'poor' ? [`${where}: ${String(value)}`] : [];
      }
      const inner = failingParts(value, where, depth + 1);
      if (inner.length > 0) return inner;
      const word =
        verdictOf(value) ?? (typeof value.error === 'string' && value.error !== '' ? 'down' : undefined);
      return word === 'down' || word === 'poor' ? [`${where}: ${reasonOf(value, word)}`] : [];
    }),
  );
}

interface Part {
  readonly name: string;
  readonly value: unknown;
}

/** Parts by name, as a list with names in it, or (health+json) as lists by name. */
function partsOf(parts: unknown): Part[] {
  if (Array.isArray(parts)) {
    return parts.map((value: unknown, index) => ({
      name: isObject(value) ? nameOf(value, index) : `${index + 1}`,
      value,
    }));
  }
  if (!isObject(parts)) return [];
  return Object.entries(parts).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one: unknown) => ({ name, value: one })) : [{ name, value }],
  );
}

function nameOf(part: Readonly<Record<string, unknown>>, index: number): string {
  const name = [part.name, part.component, part.service, part.id].find((one) => typeof one === 'string');
  return typeof name === 'string' ? name : `${index + 1}`;
}

function reasonOf(part: Readonly<Record<string, unknown>>, word: string): string {
  const inner = isObject(part.details) ? part.details : {};
  for (const where of [part, inner]) {
    for (const key of reasonKeys) {
      const reason = where[key];
      if (typeof reason === 'string' && reason.trim() !== '') return reason;
    }
  }
  return typeof part.status === 'string' ? part.status : word;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
