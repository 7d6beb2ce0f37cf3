import { type CountersignError, Fault, Refusal, UnknownOutcome } from '../../core/errors.ts';
import { boundedText } from '../../core/parse/clean-text.ts';
import { utc } from '../../core/text.ts';
import type { ExchangeFailure } from '../http/exchange.ts';

/** What a call asks for, in the words of its failures. */
export interface GitHubCall {
  readonly method: 'GET' | 'POST';
  /** e.g. `/repos/{owner}/{repo}/actions/runs/{run_id}`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What of GitHub it is about, e.g. `the workflow "migrate.yml"`. */
  readonly about: string;
  /** The fine-grained permission it needs, where an answer does not say. */
  readonly permission: string;
}

/** An answer of 4xx or 5xx, as far as it is read. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

export interface GitHubWords {
  /** Name of the target whose settings are to be corrected. */
  readonly target: string;
  readonly repository: string;
  readonly origin: string;
  readonly timeoutSeconds: number;
  readonly tokenName: string;
  readonly redact: (text: string) => string;
  readonly now: () => Date;
}

const longestSentence = 200;

/** What GitHub says of its refusal. One line, without secrets; it may echo what was sent. */
function sentenceOf({ data, status }: ErrorAnswer, { redact }: GitHubWords): string {
  const message =
    typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string'
      ? data.message
      : '';
  if (message.trim() === '') return status >= 500 ? 'its server failed' : 'without a reason';
  return boundedText(redact(message.slice(0, 2_000)), longestSentence).trim();
}

function header({ headers }: ErrorAnswer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/**
 * When GitHub lets us ask again; undefined when it was no rate limit.
 *
 * The primary limit answers 403 or 429 with `x-ratelimit-remaining: 0` and the reset in epoch seconds. A secondary one
 * (too much at once) answers 403 or 429 with `retry-after`, or with neither, and then wants a minute's rest.
 */
export function limitedUntil(answer: ErrorAnswer, now: Date): Date | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const after = header(answer, 'retry-after');
  if (after !== undefined && /^\d{1,6}$/.test(after)) return new Date(now.getTime() + Number(after) * 1_000);
  const reset = header(answer, 'x-ratelimit-reset');
  if (header(answer, 'x-ratelimit-remaining') === '0' && reset !== undefined && /^\d{1,12}$/.test(reset)) {
    return new Date(Number(reset) * 1_000);
  }
  const { data } = answer;
  const documentation =
    typeof data === 'object' && data !== null && 'documentation_url' in data
      ? String(data.documentation_url)
      : '';
  const isSecondary = answer.status === 429 || documentation.includes('secondary-rate-limit');
  return isSecondary ? new Date(now.getTime() + 60_000) : undefined;
}

/** `actions=write` as people find it among a token's permissions: "Actions: write". */
function permissionText(given: string): string {
  return given
    .slice(0, 200)
    .split(';')
    .map((alternative) =>
      alternative
        .split(',')
        .map((one) =>
          one
            .trim()
            .replace(/[^a-z_=]/g, '')
            .replace('=', ': ')
            .replaceAll('_', ' '),
        )
        .join(' and '),
    )
    .join(', or ');
}

/** What GitHub's refusal of a call means, and what to do. For 4xx, which have changed nothing. */
export function refusal(call: GitHubCall, answer: ErrorAnswer, words: GitHubWords): Refusal {
  const { target, repository, tokenName } = words;
  const { status } = answer;
  const said = sentenceOf(answer, words);
  const until = limitedUntil(answer, words.now());
  const not = call.method === 'GET' ? '' : ' Nothing was done.';
  if (until !== undefined) {
    const seconds = Math.max(1, Math.ceil((until.getTime() - words.now().getTime()) / 1_000));
    const wait = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
    return new Refusal(
      'github_rate_limited',
      `GitHub's rate limit for this token is used up (${status}).${not} Try again in ${wait}, at ${utc(until)}`,
    );
  }
  if (status === 401) {
    return new Refusal(
      'github_unauthorized',
      `GitHub answered 401: ${said}.${not} The token in ${tokenName} is wrong, expired or revoked; put a valid one there (targets.${target}.workflows.token)`,
    );
  }
  if (status === 403) {
    const sso =
      header(answer, 'x-github-sso') === undefined ? '' : ', and be authorised for the organisation (SSO)';
    const accepted = header(answer, 'x-accepted-github-permissions');
    const needed = permissionText(
      accepted === undefined || accepted.trim() === '' ? call.permission : accepted,
    );
    return new Refusal(
      'github_forbidden',
      // The permission first: on a card the end may be cut.
      `GitHub refuses ${call.about} (403): the token in ${tokenName} needs "${needed}" on ${repository}${sso}.${not} It says: ${said}`,
    );
  }
  if (status === 404) {
    return new Refusal(
      'github_not_found',
      `GitHub shows no ${call.about} in ${repository} (404).${not} Check the name, and that the token in ${tokenName} has "${permissionText(call.permission)}" there: what it may not see is not found`,
    );
  }
  const moved = [301, 302, 307, 308].includes(status)
    ? `; the repository may have been renamed: correct targets.${target}.workflows.repository`
    : '';
  return new Refusal(
    'github_refused',
    `GitHub answered ${status} for ${call.about}: ${said}${moved}.${not}`.trim(),
  );
}

export function readFailed(call: GitHubCall, answer: ErrorAnswer, words: GitHubWords): CountersignError {
  if (answer.status < 500) return refusal(call, answer, words);
  return new Fault(
    'target_failed',
    `GitHub answered ${answer.status} for ${call.about}: ${sentenceOf(answer, words)}`,
  );
}

/** 408 should mean that the request never came whole, but gateways send it when what is behind them is slow. */
export function changeFailed(call: GitHubCall, answer: ErrorAnswer, words: GitHubWords): CountersignError {
  const { status } = answer;
  if (status >= 400 && status < 500 && status !== 408) return refusal(call, answer, words);
  return new UnknownOutcome(
    'target_outcome_unknown',
    `GitHub answered ${status} (${sentenceOf(answer, words)}) after ${call.about} was asked for; it may have happened`,
  );
}

/** How an exchange without a readable answer ended, as a sentence's beginning. */
export function lost(failure: ExchangeFailure, words: GitHubWords): string {
  switch (failure.kind) {
    case 'unconnected':
      return `cannot reach GitHub at ${words.origin} (${failure.reason ?? 'no connection in time'})`;
    case 'late':
      return `GitHub did not answer within ${words.timeoutSeconds} s`;
    case 'too_large':
      return 'GitHub answered with more than is read';
    case 'encoded':
      return 'GitHub answered in a compressed form nobody asked for';
    case 'stopped':
      return 'the wait for GitHub was stopped';
    case 'cut':
      return `GitHub cut the connection before it had answered (${failure.reason ?? 'no reason given'})`;
  }
}

export function readLost(call: GitHubCall, failure: ExchangeFailure, words: GitHubWords): Fault {
  const code =
    failure.kind === 'unconnected'
      ? 'target_unreachable'
      : failure.kind === 'late'
        ? 'target_timeout'
        : failure.kind === 'cut'
          ? 'target_connection_lost'
          : 'target_unexpected_answer';
  return new Fault(code, `${lost(failure, words)}; it was asked for ${call.about}`, { cause: failure });
}

export function changeLost(call: GitHubCall, failure: ExchangeFailure, words: GitHubWords): CountersignError {
  if (!failure.mayHaveArrived) {
    const code = failure.kind === 'stopped' ? 'target_not_sent' : 'target_unreachable';
    return new Fault(code, `${lost(failure, words)}. Nothing was sent`, { cause: failure });
  }
  return new UnknownOutcome(
    'target_outcome_unknown',
    `${lost(failure, words)} after ${call.about} was asked for; it may have happened`,
    { cause: failure },
  );
}

export function unexpected(call: GitHubCall, problem: string): Fault {
  return new Fault(
    'target_unexpected_answer',
    `GitHub answered for ${call.about} in an unexpected shape: ${problem}`,
  );
}
