import type { WebClient } from '@slack/web-api';
import type { ClaimedMessage } from '../../postgres/messages.ts';
import type { RenderedMessage } from './rendered.ts';

/** Names our messages in Slack, so that a post whose answer was lost can be found again. */
export const metadataEventType = 'countersign_message';

export interface Posted {
  readonly channelId: string;
  readonly ts: string;
}

export async function post(
  client: WebClient,
  message: ClaimedMessage,
  to: { channelId: string; threadTs?: string },
  rendered: RenderedMessage,
): Promise<Posted> {
  const answer = await client.chat.postMessage({
    channel: to.channelId,
    ...(to.threadTs === undefined ? {} : { thread_ts: to.threadTs }),
    text: rendered.text,
    blocks: rendered.blocks,
    metadata: { event_type: metadataEventType, event_payload: { message_id: message.id } },
    // Outside text must not unfurl into previews of whatever it links to.
    unfurl_links: false,
    unfurl_media: false,
  });
  return { channelId: answer.channel!, ts: answer.ts! };
}

export async function edit(client: WebClient, at: Posted, rendered: RenderedMessage): Promise<void> {
  await client.chat.update({
    channel: at.channelId,
    ts: at.ts,
    text: rendered.text,
    blocks: rendered.blocks,
  });
}

/** Every copy of the message Slack has, oldest first. */
export async function copiesInHistory(
  client: WebClient,
  messageId: string,
  place: { channelId: string; threadTs?: string },
  since: Date,
): Promise<Posted[]> {
  const query = {
    channel: place.channelId,
    // Slack's clock and ours may disagree by a little.
    oldest: String(since.getTime() / 1000 - 60),
    include_all_metadata: true,
    limit: 200,
  };
  const { messages } =
    place.threadTs === undefined
      ? await client.conversations.history(query)
      : await client.conversations.replies({ ...query, ts: place.threadTs });
  return (messages ?? [])
    .filter((found) => {
      const payload = found.metadata?.event_payload as { message_id?: unknown } | undefined;
      return found.metadata?.event_type === metadataEventType && payload?.message_id === messageId;
    })
    .map((found) => ({ channelId: place.channelId, ts: found.ts! }))
    .sort((a, b) => Number(a.ts) - Number(b.ts));
}
