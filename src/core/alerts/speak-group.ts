import type { JsonObject } from '../../command.ts';
import type { Urgency, WantedMessage } from '../message.ts';
import type { Role } from '../policy/rule.ts';
import type { GroupReply, Notified, StoredGroup } from './group.ts';

/** The messages about alerts. Everything but a reply's occasion is drawn from the state as it is when it is sent. */

export type Mention = Exclude<Notified, 'on-call'>;

/** Whom to call, by id and each once. */
export function mentionsOf(notified: readonly Notified[], onCall: Role | undefined): readonly Mention[] {
  const all = notified.flatMap((one): Mention[] =>
    one === 'on-call'
      ? [
          ...(onCall?.users ?? []).filter((user) => !user.startsWith('cli:')).map((user) => ({ user })),
          ...(onCall?.usergroups ?? []).map((usergroup) => ({ usergroup })),
        ]
      : [one],
  );
  const seen = new Set<string>();
  return all.filter((one) => {
    const id = 'user' in one ? one.user : one.usergroup;
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

export function groupCard(group: Pick<StoredGroup, 'id' | 'channel'>, urgency: Urgency): WantedMessage {
  return { id: `group:${group.id}:card`, place: { kind: 'channel', channelId: group.channel }, urgency };
}

/** In the card's thread; what is worse or back again, and a call for level 2, is shown in the channel as well. */
export function groupReply(
  group: Pick<StoredGroup, 'id'>,
  number: number,
  reply: GroupReply,
  mentions: readonly Mention[],
): WantedMessage {
  return {
    id: `group:${group.id}:reply:${number}`,
    place: { kind: 'thread_of', messageId: `group:${group.id}:card`, isBroadcast: true },
    urgency: 'critical',
    content: { reply, mentions } as unknown as JsonObject,
  };
}

export function digestCard(id: number, channel: string): WantedMessage {
  return { id: `digest:${id}:card`, place: { kind: 'channel', channelId: channel }, urgency: 'other' };
}
