/** rich_text as plain text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types';
import { emojiNamed } from '../page/text/emoji.ts';
import { dateText, linkText, preformatted, type Reading } from './mrkdwn-text.ts';

export function richText(block: RichTextBlock, reading: Reading): string {
  return block.elements.map((element) => part(element, reading)).join('\n');
}

function part(element: RichTextBlockElement, reading: Reading): string {
  switch (element.type) {
    case 'rich_text_section':
      return leaves(element.elements, reading);
    case 'rich_text_quote':
      return leaves(element.elements, reading).replace(/^/gm, '> ');
    case 'rich_text_preformatted':
      return preformatted(leaves(element.elements, reading));
    case 'rich_text_list': {
      const depth = element.indent ?? 0;
      // In the documentation, not in the types.
      const { offset = 0 } = element as { offset?: number };
      const indent = '  '.repeat(depth);
      return element.elements
        .map((item, index) => {
          const mark = element.style === 'ordered' ? ordinal(index + offset, depth) : '•';
          // Further lines of one item stand under its first word.
          const text = leaves(item.elements, reading).replaceAll(
            '\n',
            `\n${indent}${' '.repeat(mark.length + 1)}`,
          );
          return `${indent}${mark} ${text}`;
        })
        .join('\n');
    }
  }
}

/** Numbers, letters, Roman numerals by depth, as Slack's clients do. */
function ordinal(index: number, depth: number): string {
  const kind = depth % 3;
  if (kind === 1 && index < 26) return `${String.fromCharCode(97 + index)}.`;
  if (kind === 2) return `${roman(index + 1)}.`;
  return `${index + 1}.`;
}

function roman(number: number): string {
  const marks: readonly (readonly [number, string])[] = [
    [100, 'c'],
    [90, 'xc'],
    [50, 'l'],
    [40, 'xl'],
    [10, 'x'],
    [9, 'ix'],
    [5, 'v'],
    [4, 'iv'],
    [1, 'i'],
  ];
  let rest = number;
  let out = '';
  for (const [value, mark] of marks) {
    for (; rest >= value; rest -= value) out += mark;
  }
  return out;
}

function leaves(elements: readonly RichTextElement[], reading: Reading): string {
  return elements
    .map((element) => {
      const text = bare(element, reading);
      return element.style && 'strike' in element.style && element.style.strike ? `~${text}~` : text;
    })
    .join('')
    .replace(/\n$/, '');
}

/** A `text` element shows exactly its characters: `<!channel>` in one stays text. */
function bare(element: RichTextElement, { names, now }: Reading): string {
  switch (element.type) {
    case 'text':
      return element.text;
    case 'link':
      return linkText(element.url, element.text);
    case 'user':
      return `@${names.user(element.user_id)}`;
    case 'channel':
      return `#${names.channel(element.channel_id)}`;
    case 'usergroup':
      return `@${names.group(element.usergroup_id)}`;
    case 'broadcast':
      return `@${element.range}`;
    case 'emoji':
      return emojiNamed(element.name);
    case 'date':
      return dateText(element, now);
    case 'color':
      return element.value;
    case 'team':
      return `@${element.team_id}`;
  }
}
