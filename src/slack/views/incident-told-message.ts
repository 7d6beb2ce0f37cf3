import { type IncidentTold, incidentToldLines } from '../../core/cards/incident-told-lines.ts';
import { longestCardLine } from '../../core/cards/run-card.ts';
import type { IncidentView } from '../../core/incidents/incident-view.ts';
import type { CardElement, MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { exportButton, postmortemButton, reopenButton, updateButton } from './incident-buttons.ts';
import { notificationText, richTextBlocks } from './rich-text.ts';

export interface ToldShown extends Pick<Shown, 'nameOf'> {
  /** To the headline; left out in its own thread. */
  readonly headlineLink?: string | undefined;
}

/** What a timer of an incident says, and to whom; buttons only for what can still be done. */
export function incidentToldMessage(
  told: IncidentTold,
  view: IncidentView,
  { nameOf, headlineLink }: ToldShown,
): MessageContent {
  const { lines, notification } = incidentToldLines(told, view, headlineLink);
  const elements = elementsOf(told, view);
  return {
    text: notificationText(notification),
    blocks: [
      ...richTextBlocks(lines, { limit: longestCardLine, nameOf }, 1),
      ...(elements.length === 0 ? [] : [{ type: 'actions' as const, elements }]),
    ],
  };
}

function elementsOf({ kind }: IncidentTold, { incident }: IncidentView): CardElement[] {
  const isOpen = incident.status !== 'resolved';
  switch (kind) {
    case 'update_due':
      return isOpen ? [updateButton(incident)] : [];
    case 'level2':
      return [];
    case 'still_firing':
      return isOpen ? [] : [reopenButton(incident)];
    case 'postmortem_24h':
    case 'postmortem_4h':
    case 'postmortem_due':
      return incident.postmortem === undefined ? [exportButton(incident), ...postmortemButton(incident)] : [];
  }
}
