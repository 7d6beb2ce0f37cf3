import type { KnownBlock, RichTextElement } from '@slack/types';

/** Reads `2026-11-20 18:03:00, 12 minutes ago`: Slack's clients keep it right without an edit. */
const withAgo = '{date_num} {time_secs}, {ago}';

/** The same blocks, where the first date that is `since` also says how long ago that is. */
export function withAge(blocks: readonly KnownBlock[], since: Date): KnownBlock[] {
  const timestamp = Math.floor(since.getTime() / 1000);
  let isDone = false;
  const aged = (element: RichTextElement): RichTextElement => {
    if (isDone || element.type !== 'date' || element.timestamp !== timestamp) return element;
    isDone = true;
    return { ...element, format: withAgo };
  };
  return blocks.map((block) => {
    if (block.type !== 'rich_text') return block;
    const elements = block.elements.map((section) =>
      section.type === 'rich_text_section' ? { ...section, elements: section.elements.map(aged) } : section,
    );
    return { ...block, elements };
  });
}
