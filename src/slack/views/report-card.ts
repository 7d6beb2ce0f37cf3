import type { ActionsBlock, Button, KnownBlock } from '@slack/types';
import { boundedText } from '../../core/parse/clean-text.ts';
import { cardLines, longestCardLine, type RunCard } from '../../core/run-card.ts';
import type { NameOf } from '../../core/shown-line.ts';
import { shownText } from '../../core/shown-line.ts';
import type { Line } from '../../core/text.ts';
import { notificationText, plainTextObject, richText, richTextBlocks } from './rich-text.ts';

/** What chat.postMessage and chat.update take. */
export interface MessageContent {
  /** Escaped, at most 90 characters. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** The run's card: headline, what was asked, at most 8 lines in all, and at most three buttons. */
export function reportCard(card: RunCard, nameOf?: NameOf): MessageContent {
  const { headline, body, footer } = cardLines(card, nameOf);
  // One block, except for private answers, which have no thread for what does not fit.
  const lines = richTextBlocks(
    [[{ bold: headline }], ...body],
    { limit: longestCardLine, nameOf },
    mostCardBlocks,
  );
  return {
    text: notificationText(headline, nameOf),
    blocks: [...lines, { type: 'context', elements: [plainTextObject(footer, 300)] }, ...cardButtons(card)],
  };
}

const mostCardBlocks = 4;

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

function cardButtons(card: RunCard): ActionsBlock[] {
  if (!settledStates.includes(card.state)) return [];
  const retry = card.isRetryOffered ? [button('Retry', 'retry', { run: card.runId })] : [];
  const suggestions = (card.report?.suggestions ?? [])
    .slice(0, mostButtons - retry.length)
    // Only ids: the invocation is looked up in the run's report when somebody clicks.
    .map(({ label }, index) =>
      button(label, `run_suggestion:${index}`, { run: card.runId, suggestion: index }),
    );
  const elements = [...retry, ...suggestions];
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}

function button(label: string, actionId: string, value: { run: string; suggestion?: number }): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plainTextObject(buttonLabel(label), longestButtonLabel),
    value: JSON.stringify(value),
  };
}

/** Phones cut longer ones in the middle of a word. */
const longestButtonLabel = 23;

/** The label in under 24 characters, cut after a whole word where one ends late enough. */
export function buttonLabel(label: string): string {
  const words = boundedText(label, 300).trim();
  if (words.length <= longestButtonLabel) return words;
  const kept = boundedText(words, longestButtonLabel).slice(0, -1);
  const lastSpace = words[kept.length] === ' ' ? kept.length : kept.lastIndexOf(' ');
  return `${(lastSpace > longestButtonLabel / 2 ? kept.slice(0, lastSpace) : kept).trimEnd()}…`;
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
