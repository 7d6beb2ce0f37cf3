import {
  type GlassBreak,
  glassBreakLines,
  type Review,
  reviewLines,
} from '../../core/cards/break-glass-lines.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import { decisionButton } from './decision-buttons.ts';
import type { Shown } from './guarded-message.ts';

/** For the ops and the ledger channel, and the first message of the incident's thread: only the links differ. */
export function glassBreakMessage(
  view: RunView,
  glassBreak: GlassBreak,
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent {
  return cardMessage(glassBreakLines(view, glassBreak, nameOf), [], nameOf);
}

/** The next day's task. */
export function reviewMessage(
  view: RunView,
  review: Review,
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent {
  const isOpen = review.reviewedBy === undefined;
  return cardMessage(
    reviewLines(view, review, nameOf),
    isOpen ? [decisionButton('reviewed', view.run, { style: 'primary' })] : [],
    nameOf,
  );
}
