/**
 * Files: three calls, https://docs.slack.dev/messaging/working-with-files#upload. Only the last one shows anything to
 * anybody; an upload that is not completed is discarded by Slack, so that beginning again is safe.
 */
import { createHash } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import type { Posted } from '../../core/message.ts';
import { recentMessages } from './post.ts';
import type { RenderedFile } from './rendered.ts';

/** As long as any other call to Slack may take. */
const uploadMilliseconds = 8_000;

/**
 * The name a file has in Slack. It holds the message's own, since a shared file takes no metadata: by its name it is
 * found again when the answer to sharing it was lost.
 *
 * @example uploadedName('postmortem-i-7k2m9q4x.md', 'incident:i-7k2m9q4x:export:1') // 'postmortem-i-7k2m9q4x.4f9a1c2b.md'
 */
export function uploadedName(filename: string, messageId: string): string {
  const mark = createHash('sha256').update(messageId, 'utf8').digest('hex').slice(0, 8);
  const dot = filename.lastIndexOf('.');
  return dot <= 0 ? `${filename}.${mark}` : `${filename.slice(0, dot)}.${mark}${filename.slice(dot)}`;
}

/** Where Slack wants the bytes. */
export interface Upload {
  readonly fileId: string;
  readonly url: string;
}

export async function beginUpload(client: WebClient, filename: string, body: Uint8Array): Promise<Upload> {
  const answer = await client.files.getUploadURLExternal({ filename, length: body.byteLength });
  return { fileId: answer.file_id!, url: answer.upload_url! };
}

/**
 * Hands over the bytes. Without the bot token, which Slack's own client would send along: the address names the upload
 * and is all it needs, and the token is not for whoever answers there.
 * @returns why they were not taken; undefined when they were. @throws when neither is certain.
 */
export async function sendBytes(url: string, body: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(uploadMilliseconds),
  });
  await answer.arrayBuffer();
  if (answer.ok) return undefined;
  const what = `the upload was answered with ${answer.status}`;
  if (answer.status >= 500 || answer.status === 429) throw new Error(what);
  return what;
}

/**
 * Shares the file, once. The comment goes as blocks: in `initial_comment` Slack would make links and previews of what
 * outside text says, and with it the blocks are ignored.
 */
export async function completeUpload(
  client: WebClient,
  { fileId }: Upload,
  to: { readonly channelId: string; readonly threadTs?: string },
  { title, comment }: RenderedFile,
): Promise<void> {
  const words = comment.blocks.length === 0 ? { initial_comment: comment.text } : { blocks: comment.blocks };
  const files: [{ id: string; title: string }] = [{ id: fileId, title }];
  const { channelId: channel_id, threadTs: thread_ts } = to;
  await client.files.completeUploadExternal(
    thread_ts === undefined ? { channel_id, files, ...words } : { channel_id, thread_ts, files, ...words },
  );
}

/** The message that shows the file, by the name that no other has. */
export async function maybeShared(
  client: WebClient,
  name: string,
  place: { readonly channelId: string; readonly threadTs?: string },
  since: Date,
): Promise<Posted | undefined> {
  for await (const message of recentMessages(client, place, since)) {
    if (message.files?.some((file) => file.name === name)) {
      return { channelId: place.channelId, ts: message.ts! };
    }
  }
  return undefined;
}
