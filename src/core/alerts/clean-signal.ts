import { createHash } from 'node:crypto';
import { boundedText, visibleText } from '../parse/clean-text.ts';
import type { ParsedDelivery, Signal, SignalLink } from './signal.ts';

/*
 * What a source says is bounded before it is stored: whatever reads it later, a card, a route, an index of the database,
 * meets text of a known length in which nothing is unseen. An unseen character becomes a visible `�` rather than nothing,
 * so that `admin` and `admin` with something hidden in it stay two names.
 */

/** A title is one line of a card. */
const longestTitle = 200;
const longestSummary = 500;
/** Of services, tenants and environments, of label names and of what a delivery is called. */
const longestName = 100;
const longestValue = 200;
const longestNote = 200;
/** Keys stand in indexes, which hold about 2,700 bytes of one. */
const longestKey = 200;
const mostLabels = 40;
const mostLinks = 6;
/** Slack takes 3,000 characters of one address; no page anyone reads needs as many. */
const longestUrl = 2000;
/** What an `integer` of PostgreSQL holds. */
const largestCount = 2_147_483_647;

/** @param redact takes secrets out: what an alert quotes of a log is read by everybody in its channel. */
export function cleanParsed(
  parsed: ParsedDelivery,
  redact: (text: string) => string = (text) => text,
): ParsedDelivery {
  const cleaning = { redact: remembering(redact), addressOf: remembering(cleanUrl) };
  return {
    event: shortText(parsed.event, longestName, cleaning) ?? 'unknown',
    isKnown: parsed.isKnown,
    deliveryId: parsed.deliveryId === undefined ? undefined : storableKey(parsed.deliveryId),
    signals: parsed.signals.map((signal) => cleanSignal(signal, cleaning)),
    sentAt: realTime(parsed.sentAt),
    truncated: wholeCount(parsed.truncated),
    isAlive: parsed.isAlive,
  };
}

/** The alerts of one delivery mostly say the same of themselves, and name the same pages. */
interface Cleaning {
  readonly redact: (text: string) => string;
  readonly addressOf: (url: string) => string | undefined;
}

function remembering<Answer>(read: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>();
  return (text) => {
    if (!known.has(text)) known.set(text, read(text));
    return known.get(text) as Answer;
  };
}

function cleanSignal(signal: Signal, cleaning: Cleaning): Signal {
  const short = (text: string | undefined, limit: number) => shortText(text, limit, cleaning);
  return {
    status: signal.status,
    groupKey: storableKey(signal.groupKey),
    fingerprint: storableKey(signal.fingerprint),
    severity: signal.severity,
    title: short(signal.title, longestTitle) ?? 'Alert without a name',
    summary: short(signal.summary, longestSummary),
    service: short(signal.service, longestName),
    tenant: short(signal.tenant, longestName),
    environment: short(signal.environment, longestName),
    labels: cleanLabels(signal.labels, cleaning),
    links: cleanLinks(signal.links, cleaning),
    startsAt: realTime(signal.startsAt),
    endsAt: realTime(signal.endsAt),
    order: Number.isSafeInteger(signal.order) ? signal.order : undefined,
    quietMinutes: signal.quietMinutes,
    threshold: signal.threshold,
    note: short(signal.note, longestNote),
  };
}

/** Nothing in it needs cleaning: nearly all text that machines write. */
const plain = /^[\x20-\x7e]*$/;

/** Cut in two a secret is not recognised: so much more is looked at than is kept. */
const longestSecret = 2_000;

/** One line without blank ends and without secrets; undefined of nothing. */
function shortText(text: string | undefined, limit: number, { redact }: Cleaning): string | undefined {
  if (text === undefined) return undefined;
  const open = redact(text.slice(0, limit + longestSecret));
  const short = open.length <= limit && plain.test(open) ? open : boundedText(open, limit);
  return short.trim() || undefined;
}

/**
 * A key tells alerts apart, so it is never cut or cleaned, which could make two into one: what is too long, or cannot be
 * stored, is kept as its hash.
 */
function storableKey(key: string): string {
  if (key.length <= longestKey && (plain.test(key) || visibleText(key) === key)) return key;
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}

/** What routes match and people look for first: kept when there are too many. */
const tellingLabels = new Set([
  'alertname',
  'severity',
  'service',
  'tenant',
  'env',
  'environment',
  'cluster',
  'region',
  'zone',
  'namespace',
  'app',
  'job',
  'instance',
  'host',
  'node',
  'pod',
  'container',
  'device',
  'project',
  'team',
  'rule',
  'release',
]);

/** Names that mean something to JavaScript itself: a label of theirs would shadow it wherever labels are looked up. */
const reservedNames = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Of more than {@link mostLabels}: first those of {@link tellingLabels}, then the others in the source's order, and last
 * those that begin with `__`, which sources keep for themselves.
 */
function cleanLabels(labels: Readonly<Record<string, string>>, cleaning: Cleaning): Record<string, string> {
  const entries = Object.entries(labels);
  if (entries.length > mostLabels) entries.sort(([one], [other]) => rank(one) - rank(other));
  const kept: Record<string, string> = {};
  let count = 0;
  for (const [givenName, givenValue] of entries) {
    if (count === mostLabels) break;
    const name = shortText(givenName, longestName, cleaning);
    const value = shortText(givenValue, longestValue, cleaning);
    if (name === undefined || value === undefined) continue;
    // Cut to the same length two names may have become one: the first stays.
    if (reservedNames.has(name) || Object.hasOwn(kept, name)) continue;
    kept[name] = value;
    count += 1;
  }
  return kept;
}

function rank(name: string): number {
  if (tellingLabels.has(name)) return 0;
  return name.startsWith('__') ? 2 : 1;
}

function cleanLinks(links: readonly SignalLink[], cleaning: Cleaning): SignalLink[] {
  const kept = new Map<string, SignalLink>();
  for (const { label, url } of links) {
    if (kept.size === mostLinks) break;
    const address = cleaning.addressOf(url);
    // Without the secret in it an address would lead elsewhere.
    if (address === undefined || kept.has(address) || cleaning.redact(address) !== address) continue;
    kept.set(address, { label: shortText(label, longestName, cleaning) ?? 'Link', url: address });
  }
  return [...kept.values()];
}

/**
 * Only addresses of web pages, as a browser would write them: other scripts and unseen characters are escaped, so that what
 * is shown is where it leads. A user name and password are left out: `https://slack.com@evil.example/` leads to
 * evil.example, and a real password is nobody's to read. A cut address would lead elsewhere, so a long one is dropped.
 */
function cleanUrl(given: string): string | undefined {
  const url = given.length > longestUrl ? null : URL.parse(given);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  // The one character that Slack reads as the end of an address and browsers leave alone.
  const address = url.href.replaceAll('|', '%7C');
  return address.length <= longestUrl ? address : undefined;
}

/** Undefined also outside the years 1970 to 9999, which are the mistakes of a clock or of a unit. */
function realTime(at: Date | undefined): Date | undefined {
  const time = at?.getTime() ?? Number.NaN;
  return time >= 0 && time < 253_402_300_800_000 ? at : undefined;
}

function wholeCount(count: number | undefined): number | undefined {
  if (count === undefined || Number.isNaN(count)) return undefined;
  return Math.min(largestCount, Math.max(0, Math.trunc(count)));
}
