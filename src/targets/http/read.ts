import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { attempt } from './attempt.ts';
import { callHeaders } from './call-headers.ts';
import { type Answer, ExchangeFailure, exchange } from './exchange.ts';
import type { HttpShared, RequestContext } from './http-target.ts';
import { retryAfterSeconds } from './outcome.ts';
import { readRedirect, redirectStatuses } from './redirect.ts';
import { parsedJson, shapeProblem, targetSentence } from './target-sentence.ts';

/** What the system, undici and TLS say when no connection came about. Only the wording depends on it. */
const connectReasons =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** A chain longer than this is a loop. */
const mostRedirects = 3;
const shortestPauseMilliseconds = 100;
const longestPauseMilliseconds = 2_000;

interface ReadCall<Value> {
  readonly method: 'GET' | 'HEAD';
  readonly path: string;
  readonly answer: z.ZodType<Value>;
  /** 404 is parsed as undefined. */
  readonly isMissingFine?: boolean;
}

/**
 * Reads with retries inside one deadline.
 * @throws Fault whatever goes wrong; the signal's reason when it was stopped.
 */
export async function read<Value>(
  shared: HttpShared,
  context: RequestContext,
  call: ReadCall<Value>,
): Promise<Value> {
  const deadline = AbortSignal.timeout(shared.http.timeoutSeconds * 1000);
  const stopped = AbortSignal.any([shared.closing, ...(context.signal ? [context.signal] : [])]);
  stopped.throwIfAborted();
  const { words, redact } = shared;
  let path = shared.prefix + call.path;
  for (let redirects = 0; ; redirects += 1) {
    const now = { method: call.method, path };
    const answer = await answered(shared, context, now, deadline, stopped);
    if (call.isMissingFine && isMissing(answer)) return call.answer.parse(undefined);
    if (redirectStatuses.has(answer.status)) {
      const redirect = readRedirect(shared.http.baseUrl, path, answer.headers.location);
      if ('elsewhere' in redirect) throw words.redirected(now, redirect.elsewhere);
      if (redirects === mostRedirects) throw words.redirected(now, 'yet another path');
      path = redirect.path;
      continue;
    }
    if (answer.status < 200 || answer.status > 299) {
      throw words.readRefused(answer, targetSentence(answer, redact));
    }
    const json = parsedJson(answer.body);
    if (json === undefined && call.method === 'GET') throw words.unexpected(now, 'it is not JSON');
    const parsed = call.answer.safeParse(json ?? null);
    if (!parsed.success) throw words.unexpected(now, redact(shapeProblem(parsed.error)));
    return parsed.data;
  }
}

/** A page that says 404 comes from a server or proxy that does not know the path at all. */
function isMissing({ status, body }: Answer): boolean {
  return status === 404 && (body.length === 0 || parsedJson(body) !== undefined);
}

/** The first answer worth reading, or the last one there was. */
async function answered(
  shared: HttpShared,
  context: RequestContext,
  call: { readonly method: 'GET' | 'HEAD'; readonly path: string },
  deadline: AbortSignal,
  stopped: AbortSignal,
): Promise<Answer> {
  const { connections, http, words } = shared;
  const giveUp = AbortSignal.any([deadline, stopped]);
  let answer: Answer | undefined;
  let failure: ExchangeFailure | undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      answer = await attempt(
        shared,
        context,
        call,
        { deadline, stopped, onStopped: () => stopped.reason },
        () => {
          failure = undefined;
          return exchange({
            ...call,
            dispatcher: connections.shared,
            origin: connections.origin,
            headers: callHeaders(shared, context),
            maxResponseBytes: http.maxResponseBytes,
            isConnected: (reason) => reason === undefined || !connectReasons.test(reason),
            deadline,
            signal: stopped,
          });
        },
      );
    } catch (error) {
      if (stopped.aborted) throw stopped.reason;
      if (error instanceof ExchangeFailure) [answer, failure] = [undefined, error];
      // Not let through a second time: what went wrong before says more than that.
      else if (tries === 0) throw error;
      else break;
    }
    const isLast = tries >= http.retries || giveUp.aborted;
    if (!isLast && isWorthRepeating(answer, failure)) {
      const wait = pauseFor(tries, answer, shared.random ?? Math.random);
      if (wait <= longestPauseMilliseconds && (await paused(wait, giveUp))) continue;
      if (stopped.aborted) throw stopped.reason;
    }
    break;
  }
  if (failure !== undefined) throw words.readFailed(call, failure);
  return answer!;
}

function isWorthRepeating(answer: Answer | undefined, failure: ExchangeFailure | undefined): boolean {
  if (failure !== undefined) return failure.kind === 'unconnected' || failure.kind === 'cut';
  // 501 does not change; the other 5xx and "too many" may.
  return answer !== undefined && (answer.status === 429 || (answer.status >= 500 && answer.status !== 501));
}

/** Full jitter: many callers that failed together do not come back together. The target may ask for longer. */
function pauseFor(tries: number, answer: Answer | undefined, random: () => number): number {
  const jittered =
    random() * Math.min(longestPauseMilliseconds, shortestPauseMilliseconds * 2 ** (tries + 1));
  const asked = answer === undefined ? undefined : retryAfterSeconds(answer);
  return Math.max(jittered, (asked ?? 0) * 1000);
}

/** False when the deadline comes first. */
async function paused(milliseconds: number, giveUp: AbortSignal): Promise<boolean> {
  try {
    await pause(milliseconds, undefined, { signal: giveUp });
    return true;
  } catch {
    return false;
  }
}
