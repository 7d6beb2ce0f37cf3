/** Which conversations and messages the app can reach, and the errors when it cannot. */
import type { Core } from '../core.ts';
import type { Conversation } from '../directory.ts';
import type { StoredMessage } from '../messages.ts';
import { SlackRefusal } from '../refusal.ts';
import { type Call, needScope } from './call.ts';

const scopePrefix = { public: 'channels', private: 'groups', im: 'im' } as const;

/** A private conversation without the app does not exist for it. @throws SlackRefusal channel_not_found */
export function visible(core: Core, id: string): Conversation {
  const found = core.directory.conversation(id);
  if (!found || (found.kind !== 'public' && !core.directory.isBotIn(found)))
    throw new SlackRefusal('channel_not_found');
  return found;
}

/** Reading needs the scope of the conversation's own kind. @throws SlackRefusal missing_scope */
export function readable(call: Call, id: string, what: 'read' | 'history'): Conversation {
  const found = visible(call.core, id);
  needScope(call, `${scopePrefix[found.kind]}:${what}`);
  return found;
}

/**
 * Where a message may be posted: an id, a public channel's name, or a user's id for the direct message.
 *
 * @throws SlackRefusal channel_not_found, is_archived, not_in_channel, messages_tab_disabled
 */
export function postable(call: Call, channel: string): Conversation {
  const { core } = call;
  const isUser = core.directory.user(channel) !== undefined;
  const named = channel.startsWith('#') ? core.directory.channelNamed(channel)?.id : undefined;
  const direct = isUser ? core.directory.directMessage(channel)?.id : undefined;
  const found = visible(core, direct ?? named ?? channel);
  if (found.isArchived) throw new SlackRefusal('is_archived');
  if (found.kind === 'im') {
    if (!core.manifest.hasMessagesTab) throw new SlackRefusal('messages_tab_disabled');
    const other = found.memberIds.find((id) => id !== core.directory.app.botUserId) ?? '';
    if (!core.directory.directMessage(other)) throw new SlackRefusal('channel_not_found');
  } else if (!core.directory.isBotIn(found)) {
    if (!call.scopes.includes('chat:write.public')) throw new SlackRefusal('not_in_channel');
    call.usedScopes.add('chat:write.public');
  }
  return found;
}

/** The thread a reply goes to: a reply to a reply goes to its parent. @throws SlackRefusal thread_not_found */
export function threadIn(core: Core, channel: string, ts: string | undefined): string | undefined {
  if (ts === undefined || ts === '') return undefined;
  const parent = core.messages.find(channel, ts);
  if (!parent) throw new SlackRefusal('thread_not_found');
  return parent.threadTs ?? parent.ts;
}

/** @throws SlackRefusal message_not_found, also for every ephemeral */
export function existing(core: Core, channel: string, ts: string): StoredMessage {
  const message = core.messages.find(channel, ts);
  if (!message || message.isTombstone) throw new SlackRefusal('message_not_found');
  return message;
}
