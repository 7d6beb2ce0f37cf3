import { type IncidentView, incidentLines } from '../../core/cards/incident-lines.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { notificationText } from './rich-text.ts';

/** What opens an incident's thread. */
export function incidentMessage(incident: IncidentView, { nameOf }: Pick<Shown, 'nameOf'>): MessageContent {
  const lines = incidentLines(incident);
  return { text: notificationText(lines.notification), blocks: cardMessage(lines, [], nameOf).blocks };
}
