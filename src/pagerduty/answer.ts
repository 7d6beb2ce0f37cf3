import { z } from 'zod';
import { boundedText } from '../core/parse/clean-text.ts';

/** What an answer of the Events API means. */
export type Answered =
  | { readonly kind: 'accepted'; readonly dedupKey: string | undefined }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'later'; readonly why: string; readonly retryAfterMilliseconds?: number | undefined };

/** PagerDuty's answers have a few hundred bytes. */
const mostAnswerBytes = 16 * 1024;
const longestSentence = 300;
/** However long it asks for, a page is tried again within the hour. */
const longestRetryAfterMilliseconds = 3_600_000;

const accepted = z.looseObject({ status: z.literal('success'), dedup_key: z.string().optional() });
const objection = z.looseObject({ message: z.string().optional(), errors: z.array(z.string()).optional() });

/**
 * 202 is accepted, 400 and its like are refused for good, 429 and 5xx pass (developer documentation, Events API v2,
 * "Response Codes & Retry Logic"). A 2xx that is not PagerDuty's counts as not accepted: a proxy's page says nothing
 * about whether anybody was woken.
 */
export async function readAnswer(response: Response, redact: (text: string) => string): Promise<Answered> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return {
      kind: 'refused',
      why: `the address of PagerDuty answered ${status}, a redirect, which is not followed; correct alerts.escalation.pagerduty.url`,
    };
  }
  const body = maybeJson(await boundedBody(response));
  if (status >= 200 && status < 300) {
    const { success, data } = accepted.safeParse(body);
    if (status === 202 && success) return { kind: 'accepted', dedupKey: data.dedup_key };
    return {
      kind: 'later',
      why: `the address of PagerDuty answered ${status}, but not as PagerDuty does; check alerts.escalation.pagerduty.url`,
    };
  }
  const why = `PagerDuty answered ${status}${saying(body, redact)}`;
  // 408: our own request was slow to come, or a gateway's patience with PagerDuty ended.
  if (status !== 429 && status !== 408 && status < 500) return { kind: 'refused', why };
  return { kind: 'later', why, retryAfterMilliseconds: retryAfter(response.headers) };
}

async function boundedBody(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (bytes > mostAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function maybeJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function saying(body: unknown, redact: (text: string) => string): string {
  const { data } = objection.safeParse(body);
  const sentences = [data?.message, ...(data?.errors ?? [])].filter((sentence) => sentence !== undefined);
  return sentences.length === 0 ? '' : `: ${boundedText(redact(sentences.join('; ')), longestSentence)}`;
}

/** RFC 9110, section 10.2.3: seconds, or a date, which the sender's own clock is the measure of. */
function retryAfter(headers: Headers): number | undefined {
  const given = headers.get('retry-after')?.trim();
  if (given === undefined) return undefined;
  const milliseconds = /^\d{1,9}$/.test(given)
    ? Number(given) * 1000
    : Date.parse(given) - Date.parse(headers.get('date') ?? '');
  if (!(milliseconds > 0)) return undefined;
  return Math.min(milliseconds, longestRetryAfterMilliseconds);
}
