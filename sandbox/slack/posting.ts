/** The four things that happen to messages; each is seen by people and, where subscribed, told to the app. */
import { messagePosted } from './bot/events.ts';
import { toClientMessage } from './client-shapes.ts';
import type { Core } from './core.ts';
import type { MessageContent } from './message-content.ts';
import type { MessageMetadata, StoredMessage } from './messages.ts';

export type Draft = Omit<StoredMessage, 'ts'>;

export function post(core: Core, draft: Draft): StoredMessage {
  const message: StoredMessage = { ...draft, ts: core.timestamps.next(core.clock.now()) };
  core.messages.add(message);
  if (message.ephemeralFor) {
    core.feed.emit({
      kind: 'ephemeral_posted',
      message: toClientMessage(core, message),
      audience: message.ephemeralFor,
    });
    return message;
  }
  core.feed.emit({ kind: 'message_posted', message: toClientMessage(core, message) });
  messagePosted(core, message);
  return message;
}

/** `metadata` undefined keeps what is there. */
export function edit(
  core: Core,
  message: StoredMessage,
  content: MessageContent,
  metadata?: MessageMetadata,
): void {
  const previous = toClientMessage(core, message);
  message.text = content.text;
  message.blocks = content.blocks;
  if (content.attachments) message.attachments = content.attachments;
  else delete message.attachments;
  if (metadata) message.metadata = metadata;
  const edited = toClientMessage(core, message);
  if (message.ephemeralFor) {
    core.feed.emit({ kind: 'ephemeral_replaced', message: edited, audience: message.ephemeralFor });
    return;
  }
  message.editedTs = core.timestamps.next(core.clock.now());
  core.feed.emit({
    kind: 'message_edited',
    message: { ...edited, editedTs: message.editedTs },
    previous,
  });
}

export function remove(core: Core, message: StoredMessage): void {
  const { channel, ts, ephemeralFor } = message;
  if (ephemeralFor) {
    core.messages.remove(message);
    core.feed.emit({ kind: 'ephemeral_deleted', channel, ts, audience: ephemeralFor });
    return;
  }
  if (core.messages.repliesTo(channel, ts).length > 0) {
    // Slack keeps a stone in place of a parent so that the thread stays readable.
    message.isTombstone = true;
    message.text = 'This message was deleted.';
    message.blocks = [];
    delete message.metadata;
    delete message.attachments;
  } else core.messages.remove(message);
  core.feed.emit({ kind: 'message_deleted', channel, ts });
}

/** False when that user already reacted so. */
export function react(core: Core, message: StoredMessage, userId: string, name: string): boolean {
  message.reactions ??= [];
  const reaction = message.reactions.find((one) => one.name === name);
  if (reaction?.userIds.includes(userId)) return false;
  if (reaction) reaction.userIds.push(userId);
  else message.reactions.push({ name, userIds: [userId] });
  core.feed.emit({ kind: 'reaction_added', channel: message.channel, ts: message.ts, userId, name });
  return true;
}
