import type { GroupReply, GroupView } from '../../core/alerts/group.ts';
import type { Mention } from '../../core/alerts/speak-group.ts';
import { alertLines } from '../../core/cards/alert-lines.ts';
import { replyLines } from '../../core/cards/alert-reply-lines.ts';
import { longestCardLine } from '../../core/cards/run-card.ts';
import { alertElements } from './alert-buttons.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { notificationText, richTextBlocks } from './rich-text.ts';

/**
 * The one card of a group. Slack notifies those whom its blocks mention; `text` names nobody, so that nothing an alert
 * says can reach anyone through it.
 */
export function alertMessage(view: GroupView, { nameOf }: Pick<Shown, 'nameOf'>): MessageContent {
  const lines = alertLines(view);
  const { blocks } = cardMessage(lines, alertElements(view), nameOf);
  return { text: notificationText(lines.notification), blocks };
}

/** A reply in the card's thread. */
export function alertReplyMessage(
  reply: GroupReply,
  view: GroupView,
  mentions: readonly Mention[],
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent {
  const { lines, notification } = replyLines(reply, view, mentions);
  return {
    text: notificationText(notification),
    blocks: richTextBlocks(lines, { limit: longestCardLine, nameOf }, 1),
  };
}

/** Every Slack user id that the card, its forms and its replies name, so that names can be looked up first. */
export function peopleInGroup({ group, silence }: GroupView, reply?: GroupReply): string[] {
  return [
    group.acknowledgedBy,
    group.severitySetBy,
    group.resolvedBy,
    silence?.owner,
    reply?.kind === 'escalated' ? reply.by : undefined,
  ].filter((id) => id !== undefined);
}
