import type { ClaimedMessage, Posted } from '../../core/message.ts';
import type { DeliverContext, Destination, Outcome } from './deliver.ts';
import type { RenderedFile, RenderedMessage } from './rendered.ts';
import { callFailure } from './slack-answer.ts';
import { beginUpload, completeUpload, maybeShared, sendBytes, uploadedName } from './upload.ts';

/**
 * Until a share whose answer was lost has landed or never will: Slack's answer is waited for 8 s, and it shares a file
 * some seconds after it has taken it. Only then is the file uploaded anew.
 */
const settleMilliseconds = 20_000;
const lookAgainMilliseconds = 3_000;
/** The claim lasts 20 s and sharing may take 8: past this, another sender could be at it before ours is through. */
const latestShareMilliseconds = 10_000;

/** How {@link sendFile} uses what sends messages. */
export interface FileSender {
  /** @returns the error's name when Slack refused the call. @throws when nothing certain is known */
  readonly attempt: (method: string, call: () => Promise<unknown>) => Promise<string | undefined>;
  /** Posts the words alone, where the file cannot be. */
  readonly sendWords: (words: RenderedMessage) => Promise<Outcome>;
}

/**
 * Shows a file in a channel or thread, once; it is never changed afterwards. Where Slack does not take it, the comment
 * stands alone and says how the text is had.
 */
export async function sendFile(
  to: Destination,
  message: ClaimedMessage,
  file: RenderedFile,
  context: DeliverContext,
  sender: FileSender,
): Promise<Outcome> {
  // It stands, though perhaps we never learned where.
  if (message.channelId !== undefined) return { kind: 'sent', posted: {} };
  const { now = () => new Date() } = context;
  const began = performance.now();
  const milliseconds = await pause(message, to, context);
  if (milliseconds > 0) return { kind: 'later', milliseconds, why: "waiting for Slack's rate limit" };

  const name = uploadedName(file.filename, message.id);
  const { postBeganAt } = message;
  if (postBeganAt !== undefined) {
    const shared = await find(name, to, postBeganAt, message, context, sender);
    if (shared !== undefined) return { kind: 'sent', posted: shared };
    const left = postBeganAt.getTime() + settleMilliseconds - now().getTime();
    if (left > 0) {
      const why = 'seeing whether the file that was shared without an answer appears';
      return { kind: 'later', milliseconds: Math.min(left, lookAgainMilliseconds), why };
    }
  }

  let isSharing = false;
  const beforeSharing = async () => {
    if (performance.now() - began > latestShareMilliseconds) throw new Error('the upload took too long');
    if (!message.isPostMarked) await context.messages.postBegins(message);
    isSharing = true;
  };
  let refused: string | undefined;
  try {
    refused = await share(name, to, file, context, sender, beforeSharing);
  } catch (error) {
    // Nothing of it is out there, so there is nothing to look for. What an earlier attempt left may still be.
    const isNothingShared = !isSharing || callFailure(error).kind === 'rate_limited';
    if (isNothingShared && postBeganAt === undefined) await context.messages.postRefused(message);
    throw error;
  }
  if (refused !== undefined) {
    context.warn(`the file was refused: ${refused}; posting its comment alone`, message);
    const outcome = await sender.sendWords(withoutFile(file, refused));
    if (outcome.kind !== 'sent') return outcome;
    // Also where it was answered without a place: what was said once is not said again.
    return { kind: 'sent', posted: { channelId: to.channelId, ...outcome.posted } };
  }
  // Slack shares a file after it has answered (https://github.com/slackapi/bolt-js/issues/2115), so it may not be there yet.
  const posted = await find(name, to, now(), message, context, sender).catch(() => undefined);
  return { kind: 'sent', posted: posted ?? { channelId: to.channelId } };
}

/** @returns the name of Slack's refusal; undefined when the file stands. @throws when nothing certain is known. */
async function share(
  name: string,
  to: Destination,
  file: RenderedFile,
  { client }: DeliverContext,
  { attempt }: FileSender,
  beforeSharing: () => Promise<void>,
): Promise<string | undefined> {
  const body = new TextEncoder().encode(file.text);
  let upload: Awaited<ReturnType<typeof beginUpload>> | undefined;
  const noPlace = await attempt('files.getUploadURLExternal', async () => {
    upload = await beginUpload(client, name, body);
  });
  if (noPlace !== undefined || upload === undefined) return noPlace ?? 'no upload address';
  const notTaken = await sendBytes(upload.url, body);
  if (notTaken !== undefined) return notTaken;
  await beforeSharing();
  const begun = upload;
  return attempt('files.completeUploadExternal', () => completeUpload(client, begun, to, file));
}

async function find(
  name: string,
  to: Destination,
  since: Date,
  message: ClaimedMessage,
  { client, warn }: DeliverContext,
  { attempt }: FileSender,
): Promise<Posted | undefined> {
  let shared: Posted | undefined;
  const refused = await attempt('conversations.history', async () => {
    shared = await maybeShared(client, name, to, since);
  });
  // Where history may not be read a second copy is the lesser evil.
  if (refused !== undefined) warn(`the history was refused: ${refused}`, message);
  return shared;
}

/** Slack's pauses of either method first: they count nothing. Then the channel's own budget, as for any new message. */
async function pause(
  { urgency }: ClaimedMessage,
  to: Destination,
  { pacing }: DeliverContext,
): Promise<number> {
  for (const method of ['files.getUploadURLExternal', 'files.completeUploadExternal']) {
    const milliseconds = await pacing.waitMilliseconds({ method, urgency });
    if (milliseconds > 0) return milliseconds;
  }
  return pacing.waitMilliseconds({ method: 'chat.postMessage', urgency, channelId: to.channelId });
}

/** The comment alone, saying what became of the file. */
export function withoutFile({ comment, insteadUse }: RenderedFile, refused: string): RenderedMessage {
  const why =
    refused === 'missing_scope'
      ? 'I may not upload files here: the Slack app lacks the scope files:write.'
      : `Slack did not take the file (${refused}).`;
  const text = insteadUse === undefined ? why : `${why} ${insteadUse}`;
  return {
    text: comment.text,
    blocks: [...comment.blocks, { type: 'context', elements: [{ type: 'plain_text', text }] }],
  };
}
