import type { Button } from '@slack/types';
import { blocksText } from '../../../sandbox/say/block-text.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { nameOf, now } from './sample-views.ts';

const names = {
  user: (id: string) => nameOf(id) ?? id,
  channel: (id: string) => ({ C0SUPPORT: 'support', C0OPS: 'ops' })[id] ?? id,
  group: (id: string) => id,
};

/** What a person sees: the line on a phone's lock screen, the card, and what a button asks before it acts. */
export function seenText({ text, blocks }: MessageContent): string {
  const confirmed = blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.filter((element): element is Button => element.type === 'button' && !!element.confirm)
      : [],
  );
  return [
    `notification: ${text}`,
    ...blocksText(blocks, { names, now }).map((line) => `  ${line}`),
    ...confirmed.flatMap(({ text: label, confirm }) => [
      `${label.text} asks: ${confirm?.title?.text}`,
      `  ${confirm?.text.text}`,
      `  [${confirm?.deny?.text}] [${confirm?.confirm?.text}]`,
    ]),
    '',
  ].join('\n');
}

/** A modal as it opens. */
export function seenView(view: {
  readonly title: { readonly text: string };
  readonly submit?: { readonly text: string } | null;
  readonly close?: { readonly text: string } | null;
  readonly blocks: readonly unknown[];
}): string {
  const buttons = [view.close, view.submit].flatMap((label) => (label ? [`[${label.text}]`] : []));
  return [
    view.title.text,
    ...blocksText(view.blocks, { names, now }).map((line) => `  ${line}`),
    `${buttons.join(' ')}`,
    '',
  ].join('\n');
}
