import type { Button } from '@slack/types';
import { cardLines, type RunCard } from '../../core/cards/run-card.ts';
import { type NameOf, shownText } from '../../core/cards/shown-line.ts';
import type { Line } from '../../core/text.ts';
import { button } from './button.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import { notificationText, richText } from './rich-text.ts';

/** The run's card: headline, what was asked, at most 8 lines in all, and at most three buttons. */
export function reportCard(card: RunCard, nameOf?: NameOf): MessageContent {
  return cardMessage(cardLines(card, nameOf), cardButtons(card), nameOf);
}

/** Card and buttons as a person would otherwise type them; nobody acts on a run that still goes on. */
const settledStates: readonly RunCard['state'][] = [
  'succeeded',
  'failed',
  'unknown',
  'denied',
  'expired',
  'cancelled',
  'refused',
];
const mostButtons = 3;

export function cardButtons(card: RunCard): Button[] {
  if (!settledStates.includes(card.state)) return [];
  const retry = card.isRetryOffered
    ? [button({ label: 'Retry', actionId: 'retry', value: JSON.stringify({ run: card.runId }) })]
    : [];
  const suggestions = (card.report?.suggestions ?? [])
    .slice(0, mostButtons - retry.length)
    // Only ids: the invocation is looked up in the run's report when somebody clicks.
    .map(({ label, invocation, isForm = false }, index) =>
      isForm
        ? button({ label, actionId: `open_modal:${index}`, value: invocation })
        : button({
            label,
            actionId: `run_suggestion:${index}`,
            value: JSON.stringify({ run: card.runId, suggestion: index }),
          }),
    );
  return [...retry, ...suggestions];
}

/** A message people scroll through in a thread; well under every limit of Slack's. */
const detailLinesPerMessage = 30;
const detailCharactersPerMessage = 2800;
const longestDetailLine = 700;
/** At one message a second, longer details would hold up the channel for half a minute and more. */
const mostDetailMessages = 20;

/** What the card has no room for, as thread messages in order; empty when there is nothing more to say. */
export function detailMessages(card: RunCard, nameOf?: NameOf): MessageContent[] {
  const pages = paged(cardLines(card, nameOf).thread);
  return pages.flatMap((lines, index) => {
    const block = richText(lines, { limit: longestDetailLine, nameOf });
    if (!block) return [];
    const count = pages.length > 1 ? ` ${index + 1} of ${pages.length}` : '';
    return [{ text: notificationText(`Details${count}: ${card.invocation}`), blocks: [block] }];
  });
}

function paged(lines: readonly Line[]): Line[][] {
  const pages: Line[][] = [];
  let page: Line[] = [];
  let characters = 0;
  for (const [index, line] of lines.entries()) {
    const length = shownText(line, { limit: longestDetailLine }).length + 1;
    const isFull = page.length >= detailLinesPerMessage || characters + length > detailCharactersPerMessage;
    if (page.length > 0 && isFull) {
      pages.push(page);
      page = [];
      characters = 0;
    }
    if (pages.length === mostDetailMessages) {
      pages.at(-1)?.splice(-1, 1, `… ${lines.length - index + 1} more lines are not shown here.`);
      return pages;
    }
    page.push(line);
    characters += length;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
