import type { Secret } from '../core/secret.ts';
import { type Answered, readAnswer } from './answer.ts';
import { type PageEvent, writeEvent } from './page-event.ts';

/**
 * What became of an event. `refused`: it will be refused however often it is sent. `later`: it may have arrived; sending
 * it again is safe, because PagerDuty counts events with the same key as one.
 */
export type PageOutcome =
  | 'accepted'
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly afterMilliseconds: number; readonly why: string };

export interface EventsApi {
  /** @param attempt counted from 1: the wait after it doubles each time. Default 1. */
  send(event: PageEvent, attempt?: number): Promise<PageOutcome>;
}

export interface EventsApiOptions {
  /** Of a service's "Events API v2" integration. Leaves in the body alone. */
  readonly routingKey: Secret;
  /** `https://events.pagerduty.com/v2/enqueue` */
  readonly url: string;
  /** For the whole exchange. Default 5,000. */
  readonly timeoutMilliseconds?: number;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A page is urgent: the first wait is short, and even the longest ends soon after PagerDuty is back. */
const firstWaitMilliseconds = 1_000;
const longestWaitMilliseconds = 300_000;

/**
 * PagerDuty's Events API v2, outgoing. It never throws for what PagerDuty or the network does: whoever asked for the page
 * decides by the outcome. The routing key is in no outcome.
 *
 * @example
 * const api = createEventsApi({ routingKey, url: 'https://events.pagerduty.com/v2/enqueue' });
 * const outcome = await api.send({ action: 'trigger', dedupKey, summary, source, severity: 'critical', links: [] });
 */
export function createEventsApi(options: EventsApiOptions): EventsApi {
  const { routingKey, url, timeoutMilliseconds = 5_000, fetch = globalThis.fetch } = options;

  async function post(body: string, key: string): Promise<Answered> {
    const signal = AbortSignal.timeout(timeoutMilliseconds);
    try {
      const response = await fetch(url, {
        method: 'POST',
        // What is compressed can grow without bound when it is read.
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'countersign',
        },
        body,
        // The key is in the body: it goes to the configured address and to no other.
        redirect: 'manual',
        signal,
      });
      return await readAnswer(response, (text) => text.replaceAll(key, '[redacted]'));
    } catch (error) {
      const why = signal.aborted
        ? `PagerDuty did not answer within ${timeoutMilliseconds / 1000} s`
        : `PagerDuty cannot be reached (${reasonOf(error)})`;
      return { kind: 'later', why };
    }
  }

  return {
    async send(event, attempt = 1) {
      const key = routingKey.reveal();
      const written = writeEvent(event, key);
      if ('why' in written) return { kind: 'refused', why: `The page was not sent: ${written.why}.` };
      const answered = await post(written.body, key);
      if (answered.kind === 'accepted') {
        // Something else than PagerDuty may stand at that address and take everything.
        if (answered.dedupKey === undefined || answered.dedupKey === event.dedupKey) return 'accepted';
        return {
          kind: 'later',
          afterMilliseconds: waitAfter(attempt, undefined),
          why: 'PagerDuty accepted another key than the one that was sent.',
        };
      }
      const why = `${answered.why}.`;
      if (answered.kind === 'refused') return { kind: 'refused', why };
      return { kind: 'later', afterMilliseconds: waitAfter(attempt, answered.retryAfterMilliseconds), why };
    },
  };
}

function waitAfter(attempt: number, askedMilliseconds: number | undefined): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, 16);
  const wait = Math.min(firstWaitMilliseconds * 2 ** doublings, longestWaitMilliseconds);
  return Math.max(wait, askedMilliseconds ?? 0);
}

/** The system's or undici's code, e.g. `ECONNREFUSED`; never a message, which may quote what was sent. */
function reasonOf(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return 'no reason given';
}
