import type { ActionsBlock, KnownBlock } from '@slack/types';
import { type CardLines, longestCardLine } from '../../core/cards/run-card.ts';
import type { NameOf } from '../../core/cards/shown-line.ts';
import { notificationText, plainTextObject, richTextBlocks } from './rich-text.ts';

/** What chat.postMessage and chat.update take. */
export interface MessageContent {
  /** Escaped, at most 90 characters. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

export type CardElement = ActionsBlock['elements'][number];

/** One block, except for private answers, which have no thread for what does not fit. */
const mostCardBlocks = 4;

/** A card's lines and, below them, what can be clicked. */
export function cardMessage(
  { headline, body, footer }: Pick<CardLines, 'headline' | 'body' | 'footer'>,
  elements: readonly CardElement[],
  nameOf?: NameOf,
): MessageContent {
  const lines = richTextBlocks(
    [[{ bold: headline }], ...body],
    { limit: longestCardLine, nameOf },
    mostCardBlocks,
  );
  return {
    text: notificationText(headline, nameOf),
    blocks: [
      ...lines,
      { type: 'context', elements: [plainTextObject(footer, 300)] },
      ...(elements.length === 0 ? [] : [{ type: 'actions' as const, elements: [...elements] }]),
    ],
  };
}
