import type { ConversationsHistoryResponse, ConversationsRepliesResponse, WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { ClaimedMessage, Posted } from '../../core/message.ts';
import type { RenderedMessage } from './rendered.ts';

/** Names our messages in Slack, so that a post whose answer was lost can be found again. */
export const metadataEventType = 'countersign_message';

/** A copy of a message in Slack, and the message it took the place of when that could not be edited any more. */
export interface Copy extends Posted {
  readonly successorOf: string | undefined;
}

/** @param successorOf the timestamp of the message this one takes the place of. */
export async function post(
  client: WebClient,
  message: ClaimedMessage,
  to: { channelId: string; threadTs?: string; isBroadcast?: boolean },
  rendered: RenderedMessage,
  successorOf?: string,
): Promise<Posted> {
  const { channelId: channel, threadTs: thread_ts, isBroadcast } = to;
  const place =
    thread_ts === undefined
      ? { channel }
      : isBroadcast === true
        ? { channel, thread_ts, reply_broadcast: true as const }
        : { channel, thread_ts };
  const answer = await client.chat.postMessage({
    ...place,
    text: rendered.text,
    blocks: rendered.blocks,
    metadata: {
      event_type: metadataEventType,
      event_payload: {
        message_id: message.id,
        ...(successorOf === undefined ? {} : { successor_of: successorOf }),
      },
    },
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

/** A busy channel says a few thousand things while an answer is lost; further back is not worth the calls. */
const mostPages = 10;

type FoundMessage = NonNullable<
  ConversationsHistoryResponse['messages'] | ConversationsRepliesResponse['messages']
>[number];

/** What was said in a channel or thread since, as far back as is worth the calls. */
export async function* recentMessages(
  client: WebClient,
  place: { readonly channelId: string; readonly threadTs?: string },
  since: Date,
): AsyncGenerator<FoundMessage> {
  const query = {
    channel: place.channelId,
    // Slack's clock and ours may disagree by a little. A timestamp has six decimals, or Slack refuses it.
    oldest: (since.getTime() / 1000 - 60).toFixed(6),
    include_all_metadata: true,
    limit: 200,
  };
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const from = { ...query, ...(cursor === undefined ? {} : { cursor }) };
    const { messages, response_metadata } =
      place.threadTs === undefined
        ? await client.conversations.history(from)
        : await client.conversations.replies({ ...from, ts: place.threadTs });
    yield* messages ?? [];
    cursor = response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return;
  }
}

const payload = z.object({ message_id: z.string(), successor_of: z.string().optional() });

/** Every copy of the message Slack has, oldest first. */
export async function copiesInHistory(
  client: WebClient,
  messageId: string,
  place: { channelId: string; threadTs?: string },
  since: Date,
): Promise<Copy[]> {
  const copies: Copy[] = [];
  for await (const found of recentMessages(client, place, since)) {
    if (found.metadata?.event_type !== metadataEventType) continue;
    const read = payload.safeParse(found.metadata.event_payload);
    if (!read.success || read.data.message_id !== messageId) continue;
    copies.push({ channelId: place.channelId, ts: found.ts!, successorOf: read.data.successor_of });
  }
  return copies.sort((a, b) => Number(a.ts) - Number(b.ts));
}

/** The copies that took the place of the message posted at `replacedTs`; of none when that is undefined. */
export function successorsOf(replacedTs: string | undefined, copies: readonly Copy[]): Copy[] {
  return copies.filter(({ successorOf }) => successorOf === replacedTs);
}
