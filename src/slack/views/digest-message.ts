import type { DigestView } from '../../core/alerts/group.ts';
import { digestLines } from '../../core/cards/digest-lines.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import { notificationText } from './rich-text.ts';

/** One card for the many groups that are not critical. It has no buttons: one click would act on all of them. */
export function digestMessage(view: DigestView): MessageContent {
  const lines = digestLines(view);
  return { text: notificationText(lines.notification), blocks: cardMessage(lines, []).blocks };
}
