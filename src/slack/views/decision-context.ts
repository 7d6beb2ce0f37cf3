import { z } from 'zod';
import { shortDigest } from '../../core/change/run-digest.ts';
import { type DecidedOn, digestText, runIdText } from './decision-ids.ts';

/** What a modal about a run carries in `private_metadata`: which run, which plan, and where it was opened. */
const decisionContext = z.strictObject({
  run: runIdText,
  digest: digestText.optional(),
  channelId: z.string().max(80).optional(),
  threadTs: z.string().max(80).optional(),
});

export interface DecisionContext {
  readonly runId: string;
  /** The first 16 hex digits of the digest the modal shows. */
  readonly digest: string | undefined;
  readonly channelId: string | undefined;
  readonly threadTs: string | undefined;
}

/** Where the click was that opened the modal; an answer for one person is shown there. */
export interface OpenedFrom {
  readonly channelId?: string | undefined;
  readonly threadTs?: string | undefined;
}

export function writeDecisionContext({ id, digest }: DecidedOn, from: OpenedFrom = {}): string {
  const { channelId, threadTs } = from;
  return JSON.stringify({
    run: id,
    digest: digest === undefined ? undefined : shortDigest(digest),
    channelId,
    threadTs,
  });
}

/** Undefined when the text is not ours: a modal of another app, or of an older form. */
export function maybeDecisionContext(text: string): DecisionContext | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = decisionContext.safeParse(json);
  if (!parsed.success) return undefined;
  const { run, digest, channelId, threadTs } = parsed.data;
  return { runId: run, digest, channelId, threadTs };
}
