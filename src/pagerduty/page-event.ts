import type { Json } from '../command.ts';
import type { Severity } from '../core/alerts/severity.ts';
import type { SignalLink } from '../core/alerts/signal.ts';
import { boundedText } from '../core/parse/clean-text.ts';

/** What PagerDuty is told about one group of alerts. Acknowledge and resolve need the key alone. */
export interface PageEvent {
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  /** The same for every event about the group: `dedupKeyOf`. */
  readonly dedupKey: string;
  /** What a phone shows and reads aloud. Outside text: cleaned and cut here. */
  readonly summary: string;
  /** Where it is: a service, a host, or the monitoring source's name. */
  readonly source: string;
  readonly severity: Severity;
  readonly links: readonly SignalLink[];
  /** Where the card is. */
  readonly clientUrl?: string | undefined;
  readonly customDetails?: Readonly<Record<string, Json>> | undefined;
}

/** An event as it is sent, or why PagerDuty would not take it. */
export type Written = { readonly body: string } | { readonly why: string };

/** PagerDuty's limits: developer documentation, Events API v2, "Send an Alert Event". */
const longestDedupKey = 255;
const longestSummary = 1024;
const mostBytes = 512 * 1024;
/** Ours: what is longer is no name of a place. */
const longestSource = 255;
/** Ours: a page that is read at night needs few, and an address beyond this is cut by phones and proxies. */
const mostLinks = 10;
const longestAddress = 2_000;
const longestLinkLabel = 100;

/** PagerDuty knows `error` where we say high. */
const severityWords = { critical: 'critical', high: 'error', warning: 'warning', info: 'info' } as const;

/** The body of `POST /v2/enqueue`. */
export function writeEvent(event: PageEvent, routingKey: string): Written {
  const { action, dedupKey } = event;
  // Cut, it would be another incident's key, and acknowledge and resolve would not find it.
  if (dedupKey === '' || dedupKey.length > longestDedupKey) {
    return { why: `its key has ${dedupKey.length} characters; PagerDuty takes 1 to ${longestDedupKey}` };
  }
  const head = { routing_key: routingKey, event_action: action, dedup_key: dedupKey };
  if (action !== 'trigger') return { body: JSON.stringify(head) };
  const payload = {
    // PagerDuty refuses blank ones, and an alert without words still has to wake somebody.
    summary: shown(event.summary, longestSummary) || '(the alert has no title)',
    source: shown(event.source, longestSource) || 'countersign',
    severity: severityWords[event.severity],
  };
  const links = event.links
    .filter(({ url }) => isWebAddress(url))
    .slice(0, mostLinks)
    .map(({ label, url }) => ({ href: url, text: shown(label, longestLinkLabel) || 'Link' }));
  const write = (details: Readonly<Record<string, Json>> | undefined) =>
    JSON.stringify({
      ...head,
      payload: details === undefined ? payload : { ...payload, custom_details: details },
      client: 'Countersign',
      ...(event.clientUrl !== undefined && isWebAddress(event.clientUrl)
        ? { client_url: event.clientUrl }
        : {}),
      links,
    });
  const whole = write(event.customDetails);
  if (Buffer.byteLength(whole) <= mostBytes) return { body: whole };
  // A page without its details is better than none; everything else in it is bounded.
  return { body: write({ left_out: 'the details were too large for PagerDuty' }) };
}

function shown(text: string, limit: number): string {
  return boundedText(text, limit).trim();
}

function isWebAddress(url: string): boolean {
  return url.length <= longestAddress && /^https?:\/\/[^\s\p{Cc}]+$/u.test(url) && URL.canParse(url);
}
