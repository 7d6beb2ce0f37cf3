import { longestCardLine } from '../../core/cards/run-card.ts';

/**
 * https://docs.slack.dev/surfaces/modals: 100 blocks and 250 KB a view. What is left free is for the view's own
 * fields and the input below the text.
 */
export const modalRoom = {
  mostBlocks: 90,
  mostBytes: 200 * 1024,
  /** A modal shows more than a card: a plan is read in full before it is confirmed. */
  longestLine: 3 * longestCardLine,
} as const;
