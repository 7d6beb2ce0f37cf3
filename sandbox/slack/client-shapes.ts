/** What people's clients are shown, in the shapes of `client-api.ts`. */
import type { ClientChannel, ClientFile, ClientMessage, ClientUser } from './client-api.ts';
import type { Core } from './core.ts';
import type { Conversation } from './directory.ts';
import type { MessageFile, StoredMessage } from './messages.ts';
import type { SeedUser } from './seed.ts';

export function toClientUser(user: SeedUser): ClientUser {
  return {
    id: user.id,
    name: user.name,
    realName: user.realName,
    isBot: user.isBot ?? false,
    isDeactivated: user.isDeactivated ?? false,
    isGuest: user.isGuest ?? false,
    isForeign: user.homeTeamId !== undefined,
    tz: user.tz,
  };
}

export function toClientChannel(core: Core, conversation: Conversation): ClientChannel {
  const isDirect = conversation.kind === 'im';
  return {
    id: conversation.id,
    // A direct message is named after the other side: for its owner, the app.
    name: isDirect ? (core.directory.user(core.directory.app.botUserId)?.name ?? '') : conversation.name,
    kind: isDirect ? 'im' : 'channel',
    topic: conversation.topic,
    memberIds: [...conversation.memberIds],
    ...(conversation.isArchived ? { isArchived: true } : {}),
    ...(conversation.kind === 'private' ? { isPrivate: true } : {}),
  };
}

export function toClientMessage(core: Core, message: StoredMessage): ClientMessage {
  const replies = message.ephemeralFor ? [] : core.messages.repliesTo(message.channel, message.ts);
  return structuredClone({
    channel: message.channel,
    ts: message.ts,
    ...(message.threadTs ? { threadTs: message.threadTs } : {}),
    userId: message.userId,
    text: message.text,
    blocks: message.blocks,
    ...(message.editedTs ? { editedTs: message.editedTs } : {}),
    ...(message.ephemeralFor ? { ephemeralFor: message.ephemeralFor } : {}),
    ...(message.metadata ? { metadata: message.metadata } : {}),
    ...(message.isBroadcast ? { isBroadcast: true } : {}),
    ...(replies.length > 0 ? { replyCount: replies.length } : {}),
    ...(message.reactions ? { reactions: message.reactions } : {}),
    ...(message.files ? { files: message.files.map((file) => toClientFile(core, file)) } : {}),
  });
}

function toClientFile(core: Core, file: MessageFile): ClientFile {
  const preview = core.files.preview(file.id);
  return { ...file, url: core.files.url(file), ...(preview === undefined ? {} : { preview }) };
}
