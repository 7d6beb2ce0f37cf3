import { incidentLines } from '../../core/cards/incident-lines.ts';
import type { TimelineEntry } from '../../core/incidents/incident.ts';
import type { IncidentView } from '../../core/incidents/incident-view.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { withAge } from './incident-age.ts';
import { incidentElements } from './incident-buttons.ts';
import { notificationText } from './rich-text.ts';

/** The headline, which opens an incident's thread and stands for it in the incidents channel. */
export function incidentMessage(view: IncidentView, { nameOf }: Pick<Shown, 'nameOf'>): MessageContent {
  const lines = incidentLines(view, nameOf);
  const { blocks } = cardMessage(lines, incidentElements(view), nameOf);
  const isOpen = view.incident.status !== 'resolved';
  return {
    text: notificationText(lines.notification),
    blocks: isOpen ? withAge(blocks, view.incident.declaredAt) : blocks,
  };
}

/** Every Slack user id that the headline and what timers say of it name, so that names can be looked up first. */
export function peopleInIncident({ incident }: IncidentView): string[] {
  const { declaredBy, commander, update, resolution, postmortem } = incident;
  const named = [declaredBy, commander, update?.by, resolution?.by, postmortem?.by];
  return [...new Set(named.filter((id) => id !== undefined))];
}

/** The same for lines of its thread or its timeline. */
export function peopleInEntries(entries: readonly TimelineEntry[]): string[] {
  const named = entries.flatMap(({ actor, sentence }) => [
    actor,
    ...(typeof sentence === 'string' ? [] : sentence).flatMap((span) => {
      if (typeof span === 'string') return [];
      return 'person' in span ? [span.person] : 'user' in span ? [span.user] : [];
    }),
  ]);
  return [...new Set(named)];
}
