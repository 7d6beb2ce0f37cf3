import { ErrorCode } from '@slack/web-api';
import { z } from 'zod';

/** What came of a call to Slack, as far as it can be known. */
export type CallFailure =
  /** Slack said no by name: nothing happened. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'rate_limited'; readonly retryAfterMilliseconds: number }
  /** No answer, or not Slack's: it may have happened. */
  | { readonly kind: 'unknown'; readonly error: string };

const platformError = z.object({
  code: z.literal(ErrorCode.PlatformError),
  data: z.object({ error: z.string() }),
});
const rateLimited = z.object({ code: z.literal(ErrorCode.RateLimitedError), retryAfter: z.number() });
const coded = z.object({ code: z.string(), message: z.string() });

/** Slack's own trouble: the call may have had its effect before the answer went wrong. */
const ambiguousErrors = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);

/** Reads what the Web API client threw, by its documented codes. */
export function callFailure(error: unknown): CallFailure {
  const platform = platformError.safeParse(error);
  if (platform.success) {
    const name = platform.data.data.error;
    if (name === 'ratelimited') return { kind: 'rate_limited', retryAfterMilliseconds: 1_000 };
    return { kind: ambiguousErrors.has(name) ? 'unknown' : 'refused', error: name };
  }
  const limited = rateLimited.safeParse(error);
  if (limited.success)
    return { kind: 'rate_limited', retryAfterMilliseconds: limited.data.retryAfter * 1_000 };
  const other = coded.safeParse(error);
  return {
    kind: 'unknown',
    error: other.success ? `${other.data.code}: ${other.data.message}` : String(error),
  };
}
