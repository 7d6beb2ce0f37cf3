import type { KnownBlock } from '@slack/types';
import { longestCardLine } from '../../core/cards/run-card.ts';
import { type RunbookCardOptions, runbookLines } from '../../core/cards/runbook-lines.ts';
import type { RunbookInstance } from '../../core/runbooks/instance.ts';
import type { Line } from '../../core/text.ts';
import type { RenderedMessage } from '../delivery/rendered.ts';
import { notificationText, plainTextObject, richText } from './rich-text.ts';
import { runbookElements } from './runbook-buttons.ts';

/** An explanation is read in sentences, not at a glance. */
const longestTextLine = 300;

/** The one card of a started runbook, edited in place: what is done folded, the step people are at in full. */
export function runbookMessage(instance: RunbookInstance, options: RunbookCardOptions): RenderedMessage {
  const lines = runbookLines(instance, options);
  const elements = runbookElements(instance);
  const block = (parts: readonly Line[], limit = longestCardLine): KnownBlock[] => {
    const rich = richText(parts, { limit, nameOf: options.nameOf });
    return rich === undefined ? [] : [rich];
  };
  return {
    text: notificationText(lines.notification, options.nameOf),
    blocks: [
      ...block([[{ bold: lines.headline }], ...lines.head]),
      ...block(lines.step),
      ...block(lines.text, longestTextLine),
      ...block(lines.next),
      { type: 'context', elements: [plainTextObject(lines.footer, 300)] },
      ...(elements.length === 0 ? [] : [{ type: 'actions' as const, elements: [...elements] }]),
    ],
  };
}

/** Every Slack user id that the card names, so that names can be looked up first. */
export function peopleInRunbook({ startedBy, owners, endedBy, steps }: RunbookInstance): string[] {
  const named = [
    startedBy,
    ...owners,
    endedBy,
    ...steps.flatMap(({ by, assignee, overriddenBy, finding }) => [
      by,
      assignee,
      overriddenBy,
      ...finding.flatMap(peopleIn),
    ]),
  ];
  return [...new Set(named.filter((id) => id !== undefined))];
}

function peopleIn(line: Line): string[] {
  if (typeof line === 'string') return [];
  return line.flatMap((span) => {
    if (typeof span === 'string') return [];
    if ('user' in span) return [span.user];
    return 'person' in span ? [span.person] : [];
  });
}
