import { gatheredLines } from '../../core/cards/gathered-lines.ts';
import { incidentLogLines } from '../../core/cards/incident-log-lines.ts';
import { longestCardLine } from '../../core/cards/run-card.ts';
import type { TimelineEntry } from '../../core/incidents/incident.ts';
import type { Gathered } from '../../core/incidents/incident-view.ts';
import type { MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { notificationText, richTextBlocks } from './rich-text.ts';

/** The first reply in an incident's thread: what a responder would look up. */
export function gatheredMessage(gathered: Gathered): MessageContent {
  const { lines, notification } = gatheredLines(gathered);
  return {
    text: notificationText(notification),
    blocks: richTextBlocks(lines, { limit: longestCardLine }, 1),
  };
}

/** A line as long as a note may be; see `incident-log-lines.ts`. */
const longestLogLine = 600;
/** Thirty of the longest. */
const mostLogBlocks = 8;

/** What people did within a minute or so. It calls nobody. Undefined without entries: then there is nothing to post. */
export function incidentLogMessage(
  entries: readonly TimelineEntry[],
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent | undefined {
  const log = incidentLogLines(entries, nameOf);
  return (
    log && {
      text: notificationText(log.notification),
      blocks: richTextBlocks(log.lines, { limit: longestLogLine, nameOf }, mostLogBlocks),
    }
  );
}
