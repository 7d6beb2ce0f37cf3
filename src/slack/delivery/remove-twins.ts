import type { WebClient } from '@slack/web-api';
import type { Posted } from '../../core/message.ts';
import { copiesInHistory, successorsOf } from './post.ts';

/**
 * After a post was repeated because the first one's answer was lost: deletes every copy but the one we keep
 * and edit.
 * @returns how many there were.
 */
export async function removeTwins(
  client: WebClient,
  message: { readonly id: string; readonly createdAt: Date; readonly threadTs?: string },
  kept: Posted,
): Promise<number> {
  const place = {
    channelId: kept.channelId,
    ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
  };
  const copies = await copiesInHistory(client, message.id, place, message.createdAt);
  // A card that was replaced because it could not be edited is no twin: its successor links back to it.
  const ours = copies.find(({ ts }) => ts === kept.ts);
  const twins = successorsOf(ours?.successorOf, copies).filter((copy) => copy.ts !== kept.ts);
  for (const twin of twins) await client.chat.delete({ channel: twin.channelId, ts: twin.ts });
  return twins.length;
}
