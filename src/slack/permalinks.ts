import type { WebClient } from '@slack/web-api';
import type { Posted } from '../core/message.ts';

export interface Permalinks {
  /** Link to a message of ours once it is posted. */
  readonly permalink: (messageId: string) => Promise<string | undefined>;
  /** Link to any message the bot can see. */
  readonly linkTo: (message: Posted) => Promise<string | undefined>;
}

/** A card names a few others each time it is drawn, and a message keeps its link: Slack is asked once. */
const mostKept = 5_000;

export function permalinks({
  client,
  maybePosted,
}: {
  readonly client: WebClient;
  readonly maybePosted: (id: string) => Promise<Posted | 'nowhere' | undefined>;
}): Permalinks {
  const known = new Map<string, string>();
  const linkTo = async ({ channelId, ts }: Posted): Promise<string | undefined> => {
    const key = `${channelId}:${ts}`;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const { permalink } = await client.chat.getPermalink({ channel: channelId, message_ts: ts });
    if (permalink === undefined) return undefined;
    const [oldest] = known.keys();
    if (known.size >= mostKept && oldest !== undefined) known.delete(oldest);
    known.set(key, permalink);
    return permalink;
  };
  return {
    linkTo,
    permalink: async (messageId) => {
      const posted = await maybePosted(messageId);
      return posted === undefined || posted === 'nowhere' ? undefined : linkTo(posted);
    },
  };
}
