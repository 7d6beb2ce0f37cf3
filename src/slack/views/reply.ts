import type { KnownBlock } from '@slack/types';
import type { Line } from '../../core/text.ts';
import { notificationText, richText } from './rich-text.ts';

/** A sentence for one person, with the usage line when they mistyped. */
export function replyBlocks(text: string, usage?: string): { text: string; blocks: KnownBlock[] } {
  const lines: Line[] = [
    text,
    ...(usage === undefined ? [] : [['Type: ', { code: `/ops ${usage}` }] as Line]),
  ];
  const block = richText(lines, { limit: 2_000 });
  return { text: notificationText(text), blocks: block === undefined ? [] : [block] };
}

/** Offered where there was no trigger to open a form with: the click on the button brings one. */
export function offerModalBlocks(offer: { text: string; invocation: string }): {
  text: string;
  blocks: KnownBlock[];
} {
  const { text, blocks } = replyBlocks(offer.text);
  // Longer ones would have to be cut, perhaps inside a quote: they are typed again instead.
  if (offer.invocation.length > longestButtonValue) return { text, blocks };
  return {
    text,
    blocks: [
      ...blocks,
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'open_modal',
            style: 'primary',
            text: { type: 'plain_text', text: 'Fill in the rest' },
            // What the person typed, parsed anew on the click.
            value: offer.invocation,
          },
        ],
      },
    ],
  };
}

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const longestButtonValue = 2_000;
