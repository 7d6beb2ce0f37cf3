import { z } from 'zod';
import type { RenderedMessage } from './rendered.ts';

/** Slack answers a working response_url with `ok`, a spent one with 404 and an error name. */
const refusal = z.object({ error: z.string() });
const timeoutMilliseconds = 8_000;

/** Answers through a response_url. False when Slack would not take it (used five times, or 30 minutes old). */
export async function respond(
  responseUrl: string,
  rendered: RenderedMessage,
  options: { isPublic: boolean; threadTs?: string },
): Promise<boolean> {
  const answer = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      text: rendered.text,
      blocks: rendered.blocks,
      response_type: options.isPublic ? 'in_channel' : 'ephemeral',
      replace_original: false,
      ...(options.threadTs === undefined ? {} : { thread_ts: options.threadTs }),
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  const text = await answer.text();
  if (answer.status >= 500 || answer.status === 429) {
    throw new Error(`response_url answered ${answer.status}`);
  }
  if (!answer.ok) return false;
  if (!text.startsWith('{')) return true;
  return !refusal.safeParse(JSON.parse(text)).success;
}
