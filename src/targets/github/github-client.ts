import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import type { z } from 'zod';
import type { StepCall } from '../../command.ts';
import { CountersignError, Fault, UnknownOutcome } from '../../core/errors.ts';
import { ExchangeFailure } from '../http/exchange.ts';
import type { HttpShared, RequestContext } from '../http/http-target.ts';
import { shapeProblem } from '../http/target-sentence.ts';
import { type Fetch, readingFetch, sendingFetch } from './github-transport.ts';
import {
  changeFailed,
  changeLost,
  type ErrorAnswer,
  type GitHubCall,
  type GitHubWords,
  readFailed,
  readLost,
  refusal,
  unexpected,
} from './github-wording.ts';

export interface GitHubShared {
  readonly http: HttpShared;
  readonly words: GitHubWords;
  /** Calls under way, so that settings can be replaced without cutting them. */
  readonly running: Set<Promise<unknown>>;
}

/** An answer that GitHub gave, unparsed. */
export interface GitHubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

export interface GitHubClient {
  /** @throws Refusal for 4xx, Fault for the rest. */
  read<Value>(call: GitHubCall, answer: z.ZodType<Value>): Promise<Value>;
  /** The same, undefined at 404. */
  maybeRead<Value>(call: GitHubCall, answer: z.ZodType<Value>): Promise<Value | undefined>;
  /** Every page, in order, of what GitHub lists. */
  all<Item>(
    call: GitHubCall,
    item: z.ZodType<Item>,
    options?: { readonly mostPages?: number },
  ): Promise<Item[]>;
  /** Where the answer to a read is kept. */
  redirectOf(call: GitHubCall): Promise<string>;
  /** Sends once. @throws as a PreparedCall's `send`. */
  change(call: GitHubCall, step: StepCall): Promise<GitHubAnswer>;
}

/** A hundred in each: what is longer is not read to its end, and that is said. */
const usualMostPages = 20;
/** A person waits; a limit that ends later is told. */
const longestLimitSeconds = 2;
const firstRetryMilliseconds = 250;

const GitHubOctokit = Octokit.plugin(retry, throttling, paginateRest);

/** Only what may pass by itself is asked again: cut connections, 408 and 5xx. Rate limits are the throttling's. */
const doNotRetry = [
  ...Array.from({ length: 100 }, (_, index) => 400 + index).filter((status) => status !== 408),
  501,
];

/** Octokit behind a `fetch` of ours, for one request of Countersign. */
export function gitHubClient(shared: GitHubShared, context: RequestContext): GitHubClient {
  const { http, words } = shared;

  const octokitOver = (fetch: Fetch, retries: number) =>
    new GitHubOctokit({
      baseUrl: http.http.baseUrl.replace(/\/$/, ''),
      userAgent: 'countersign',
      request: { fetch },
      log: silent,
      retry: { doNotRetry, retries, retryAfterBaseValue: firstRetryMilliseconds },
      throttle: {
        // Octokit's pacing is shared by all clients of a process; ours never waits for another target's.
        id: `${words.origin} ${words.repository}`,
        onRateLimit: isWorthWaiting,
        onSecondaryRateLimit: isWorthWaiting,
      },
    });

  /** One read with its repetitions inside one deadline; no wait of Octokit's outlasts it. */
  async function reading<Value>(
    call: GitHubCall,
    go: (octokit: InstanceType<typeof GitHubOctokit>) => Promise<Value>,
    keepsRedirects = false,
  ): Promise<Value> {
    const deadline = AbortSignal.timeout(http.http.timeoutSeconds * 1_000);
    const stopped = AbortSignal.any([http.closing, ...(context.signal ? [context.signal] : [])]);
    stopped.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => undefined);
    const onDeadline = () => ended.reject(new ExchangeFailure('late', { mayHaveArrived: true }));
    const onStopped = () => ended.reject(stopped.reason);
    deadline.addEventListener('abort', onDeadline, { once: true });
    stopped.addEventListener('abort', onStopped, { once: true });
    const fetch = readingFetch({
      shared: http,
      context,
      deadline,
      stopped,
      keepsRedirects,
      giveUp: ended.reject,
    });
    const work = go(octokitOver(fetch, http.http.retries));
    work.catch(() => undefined);
    try {
      return await counted(Promise.race([work, ended.promise]));
    } catch (error) {
      if (stopped.aborted) throw stopped.reason;
      throw readError(call, error);
    } finally {
      deadline.removeEventListener('abort', onDeadline);
      stopped.removeEventListener('abort', onStopped);
    }
  }

  function readError(call: GitHubCall, error: unknown): unknown {
    if (error instanceof CountersignError) return error;
    const failure = failureOf(error);
    if (failure !== undefined)
      return failure instanceof ExchangeFailure ? readLost(call, failure, words) : failure;
    const answer = answerOf(error);
    return answer === undefined ? error : readFailed(call, answer, words);
  }

  async function counted<Value>(work: Promise<Value>): Promise<Value> {
    shared.running.add(work);
    try {
      return await work;
    } finally {
      shared.running.delete(work);
    }
  }

  function parsed<Value>(call: GitHubCall, shape: z.ZodType<Value>, data: unknown): Value {
    const read = shape.safeParse(data);
    if (!read.success) throw unexpected(call, words.redact(shapeProblem(read.error)));
    return read.data;
  }

  const read: GitHubClient['read'] = async (call, shape) => {
    const { data } = await reading(call, (octokit) =>
      octokit.request(`GET ${call.path}`, { ...call.parameters }),
    );
    return parsed(call, shape, data);
  };

  return {
    read,
    async maybeRead(call, shape) {
      try {
        return await read(call, shape);
      } catch (error) {
        if (error instanceof CountersignError && error.code === 'github_not_found') return undefined;
        throw error;
      }
    },
    async all(call, shape, { mostPages = usualMostPages } = {}) {
      const items = await reading(call, async (octokit) => {
        const found: unknown[] = [];
        let pages = 0;
        const parameters = { ...call.parameters, per_page: 100 };
        for await (const { data, headers } of octokit.paginate.iterator(`GET ${call.path}`, parameters)) {
          pages += 1;
          if (pages > mostPages) {
            throw unexpected(call, `more than ${mostPages * 100} entries, which are not read to their end`);
          }
          // Octokit takes a 409 for an empty last page; an empty page of GitHub's has headers.
          if (Object.keys(headers).length === 0) {
            throw refusal(call, { status: 409, headers: {}, data: undefined }, words);
          }
          const list: unknown = data;
          if (!Array.isArray(list)) throw unexpected(call, 'it is not a list');
          found.push(...list);
        }
        return found;
      });
      return items.map((one) => parsed(call, shape, one));
    },
    async redirectOf(call) {
      const { status, headers } = await reading(
        call,
        (octokit) => octokit.request(`GET ${call.path}`, { ...call.parameters }),
        true,
      );
      const { location } = headers;
      if (status < 300 || typeof location !== 'string')
        throw unexpected(call, 'it does not say where it is kept');
      return location;
    },
    async change(call, step) {
      const stopped = AbortSignal.any([
        step.signal,
        http.closing,
        ...(context.signal ? [context.signal] : []),
      ]);
      const neverSent = () =>
        new Fault(
          'target_not_sent',
          `${call.about} was stopped before it was sent to GitHub; nothing was done`,
          {
            cause: stopped.reason,
          },
        );
      const octokit = octokitOver(sendingFetch({ shared: http, context, stopped, neverSent }), 0);
      let answer: GitHubAnswer;
      try {
        answer = await counted(octokit.request(`${call.method} ${call.path}`, { ...call.parameters }));
      } catch (error) {
        throw changeError(call, error);
      }
      if (answer.status < 200 || answer.status > 299) {
        // 3xx: what was asked was not done here. 303 alone would say that it was, and where to see it.
        throw answer.status === 303 ? changeFailed(call, answer, words) : refusal(call, answer, words);
      }
      return answer;
    },
  };

  function changeError(call: GitHubCall, error: unknown): CountersignError {
    if (error instanceof CountersignError) return error;
    const failure = failureOf(error);
    if (failure !== undefined)
      return failure instanceof ExchangeFailure ? changeLost(call, failure, words) : failure;
    const answer = answerOf(error);
    if (answer !== undefined) return changeFailed(call, answer, words);
    return new UnknownOutcome(
      'target_outcome_unknown',
      `Something broke while ${call.about} was asked for; it may have happened`,
      { cause: error },
    );
  }
}

/** Never on standard output: it may hold what a target said. Failures are told where they are caught. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function isWorthWaiting(
  seconds: number,
  { method }: { readonly method: string },
  _: unknown,
  retryCount: number,
): boolean {
  return method === 'GET' && retryCount === 0 && seconds <= longestLimitSeconds;
}

/** What our `fetch` threw; Octokit wraps it. */
function failureOf(error: unknown): ExchangeFailure | CountersignError | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; depth += 1) {
    if (current instanceof ExchangeFailure || current instanceof CountersignError) return current;
    current = current.cause;
  }
  return undefined;
}

function answerOf(error: unknown): ErrorAnswer | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return undefined;
  return response as ErrorAnswer;
}
