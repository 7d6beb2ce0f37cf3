import { Fault } from '../../core/errors.ts';
import { attempt } from '../http/attempt.ts';
import { callHeaders } from '../http/call-headers.ts';
import { type Answer, ExchangeFailure, exchange } from '../http/exchange.ts';
import type { HttpShared, RequestContext } from '../http/http-target.ts';
import { readRedirect, redirectStatuses } from '../http/redirect.ts';

/** A chain longer than this is a loop. */
const mostRedirects = 3;

/** What Octokit hands to a `fetch`. */
interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface TransportOptions {
  readonly shared: HttpShared;
  readonly context: RequestContext;
  /** Of the whole call, with everything that is repeated of it. */
  readonly deadline: AbortSignal;
  readonly stopped: AbortSignal;
  /** Redirects are an answer of their own, as where a log is kept. */
  readonly keepsRedirects?: boolean;
  /** Ends the call at once: asking again would not help. */
  readonly giveUp: (error: unknown) => void;
}

/**
 * A `fetch` for reads through Octokit: bounded in size and time, never compressed, and only ever to the API's own address.
 * Octokit follows the `Link` header wherever it points and knows no limits of its own; it never gets to hold the token.
 */
export function readingFetch(options: TransportOptions): Fetch {
  const { shared, context, deadline, stopped, giveUp } = options;
  const { connections, http } = shared;

  return async (url, init) => {
    let path = pathOf(url, shared);
    for (let redirects = 0; ; redirects += 1) {
      const call = { method: 'GET', path } as const;
      let answer: Answer;
      try {
        answer = await attempt(
          shared,
          context,
          call,
          { deadline, stopped, onStopped: () => stopped.reason },
          () =>
            exchange({
              ...call,
              dispatcher: connections.shared,
              origin: connections.origin,
              headers: headersFor(init, shared, context),
              maxResponseBytes: http.maxResponseBytes,
              isConnected: () => true,
              deadline,
              signal: stopped,
            }),
        );
      } catch (error) {
        const isWorthRepeating =
          error instanceof ExchangeFailure && (error.kind === 'cut' || error.kind === 'unconnected');
        if (!isWorthRepeating) giveUp(error);
        throw error;
      }
      if (options.keepsRedirects === true || !redirectStatuses.has(answer.status))
        return responseOf(answer, url);
      const redirect = readRedirect(http.baseUrl, path, answer.headers.location);
      if ('elsewhere' in redirect || redirects === mostRedirects) {
        const where = 'elsewhere' in redirect ? redirect.elsewhere : 'yet another path';
        const error = new Fault('target_redirected', `GitHub redirected to ${where}, which is not followed`);
        giveUp(error);
        throw error;
      }
      path = redirect.path;
    }
  };

  function pathOf(url: string, { prefix }: HttpShared): string {
    const { origin, pathname, search } = new URL(url);
    if (origin === connections.origin && (prefix === '' || pathname.startsWith(`${prefix}/`)))
      return pathname + search;
    const error = new Fault(
      'target_redirected',
      `GitHub's next page is said to be at another address ("${origin.slice(0, 100)}"), which is not asked`,
    );
    giveUp(error);
    throw error;
  }
}

export interface SendingOptions extends Omit<TransportOptions, 'deadline' | 'keepsRedirects' | 'giveUp'> {
  readonly neverSent: () => Error;
}

/**
 * A `fetch` for one change: on a connection of its own, once. Whatever wraps it may call it again and sends nothing: it
 * gets the first outcome once more.
 */
export function sendingFetch({ shared, context, stopped, neverSent }: SendingOptions): Fetch {
  const { connections, http } = shared;
  const milliseconds = http.timeoutSeconds * 1_000;
  let outcome: Promise<Answer> | undefined;

  async function send(url: string, init: FetchInit): Promise<Answer> {
    const { pathname, search } = new URL(url);
    const call = { method: 'POST', path: pathname + search } as const;
    if (stopped.aborted) throw neverSent();
    const queue = { deadline: AbortSignal.timeout(milliseconds), stopped, onStopped: neverSent };
    return attempt(shared, context, call, queue, async () => {
      if (stopped.aborted) throw neverSent();
      const connection = connections.fresh();
      const late = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      let isOver = false;
      // The answer's time begins when the request can leave: a slow connection must not make its outcome unknown.
      void connection.connected.then(() => {
        if (!isOver) timer = setTimeout(() => late.abort(new Error('late')), milliseconds);
      });
      try {
        return await exchange({
          ...call,
          dispatcher: connection.dispatcher,
          origin: connections.origin,
          headers: { ...headersFor(init, shared, context), connection: 'close' },
          body: init.body,
          maxResponseBytes: http.maxResponseBytes,
          isConnected: connection.isConnected,
          deadline: late.signal,
          signal: stopped,
        });
      } finally {
        isOver = true;
        clearTimeout(timer);
        connection.end();
      }
    });
  }

  return async (url, init) => {
    outcome ??= send(url, init);
    return responseOf(await outcome, url);
  };
}

function headersFor(init: FetchInit, shared: HttpShared, context: RequestContext): Record<string, string> {
  // Ours last: the address we go to and the token belong together.
  const own = callHeaders(shared, context);
  const { accept: _, ...rest } = own;
  return {
    accept: 'application/vnd.github+json',
    ...(init.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    // What GitHub says it will keep for years; without it answers change when GitHub moves on.
    'x-github-api-version': '2022-11-28',
    ...rest,
  };
}

/** Statuses that a Response cannot carry a body with. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

function responseOf({ status, headers, body }: Answer, url: string): Response {
  const response = new Response(bodiless.has(status) ? null : new Uint8Array(body), {
    status,
    headers: { ...headers },
  });
  // The plugin that turns pages reads it, and only a real fetch sets it.
  return Object.defineProperty(response, 'url', { value: url });
}
