import type { WebClient } from '@slack/web-api';
import { Fault } from '../core/errors.ts';

/** Turns `#name` from the settings into the id Slack's methods want; ids pass through. */
export type ResolveChannel = (reference: string) => Promise<string>;

export function channelResolver(client: WebClient): ResolveChannel {
  const known = new Map<string, string>();
  return async (reference) => {
    if (!reference.startsWith('#')) return reference;
    const name = reference.slice(1);
    const found = known.get(name) ?? (await findChannel(client, name));
    if (found === undefined) {
      throw new Fault(
        'unknown_channel',
        `There is no channel "${reference}" this app can see. Create it, or invite the app with /invite.`,
      );
    }
    known.set(name, found);
    return found;
  };
}

async function findChannel(client: WebClient, name: string): Promise<string | undefined> {
  let cursor: string | undefined;
  do {
    const page = await client.conversations.list({
      types: 'public_channel,private_channel',
      exclude_archived: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = page.channels?.find((channel) => channel.name === name);
    if (found?.id !== undefined) return found.id;
    cursor = page.response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined);
  return undefined;
}
