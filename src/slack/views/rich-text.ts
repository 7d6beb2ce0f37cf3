import type { RichTextBlock, RichTextElement } from '@slack/types';
import { type NameOf, shownLine, shownText } from '../../core/cards/shown-line.ts';
import { boundedText } from '../../core/parse/clean-text.ts';
import { type Line, type Span, utc } from '../../core/text.ts';

export interface RichTextOptions {
  /** Characters a line may have before it ends in `…`. */
  readonly limit: number;
  readonly nameOf?: NameOf | undefined;
}

/** Slack names no limit for rich text; refusals of whole messages are reported from about 13,200 characters. */
const longestBlockCharacters = 3000;

/**
 * Lines as one rich_text block. Outside text stands only in `text` elements, where Slack parses nothing:
 * no mention, link, emoji or formatting can come out of it. Undefined when there is nothing to show,
 * because Slack refuses empty blocks. Lines past 3,000 characters give way to a last line `…`.
 */
export function richText(lines: readonly Line[], options: RichTextOptions): RichTextBlock | undefined {
  return richTextBlocks(lines, options, 1)[0];
}

/** The same over as many blocks as the lines need, `most` at the utmost. */
export function richTextBlocks(
  lines: readonly Line[],
  options: RichTextOptions,
  most: number,
): RichTextBlock[] {
  return fill(lines, options, { mostBlocks: most, mostBytes: Number.POSITIVE_INFINITY }, () => '…');
}

/**
 * As many whole lines as a modal takes, then how many more there are. Slack counts a view in bytes, and one
 * character may be three of them and more in markup.
 */
export function longRichText(
  lines: readonly Line[],
  options: RichTextOptions,
  room: { readonly mostBlocks: number; readonly mostBytes: number },
): RichTextBlock[] {
  return fill(lines, options, room, (left) => `… ${left} more ${left === 1 ? 'line' : 'lines'}`);
}

function fill(
  lines: readonly Line[],
  options: RichTextOptions,
  room: { readonly mostBlocks: number; readonly mostBytes: number },
  leftOut: (count: number) => string,
): RichTextBlock[] {
  const sections: RichTextElement[][] = [];
  let length = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    const inline = shownLine(line, options.limit).flatMap((span) => elementOf(span, options.nameOf) ?? []);
    if (inline.length === 0) continue;
    const added = inline.reduce((sum, element) => sum + textLength(element), 1);
    if (room.mostBytes !== Number.POSITIVE_INFINITY) bytes += bytesOf(inline);
    const section = sections.at(-1);
    const isRoomLeft = bytes <= room.mostBytes;
    // One section with line breaks: clients put space between sections.
    if (section && isRoomLeft && length + added <= longestBlockCharacters)
      section.push({ type: 'text', text: '\n' }, ...inline);
    else if (isRoomLeft && sections.length < room.mostBlocks) sections.push(inline);
    else {
      section?.push({ type: 'text', text: `\n${leftOut(lines.length - index)}` });
      break;
    }
    length = section === sections.at(-1) ? length + added : added;
  }
  return sections.map((elements) => ({
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements }],
  }));
}

/** Element and line break as they are sent; a new block for each line would take less than 100 bytes more. */
function bytesOf(elements: readonly RichTextElement[]): number {
  return Buffer.byteLength(JSON.stringify(elements)) + 100;
}

function elementOf(span: Span, nameOf: NameOf | undefined): RichTextElement | undefined {
  if (typeof span === 'string') return text(span);
  if ('bold' in span) return text(span.bold, { bold: true });
  if ('code' in span) return text(span.code, { code: true });
  if ('italic' in span) return text(span.italic, { italic: true });
  if ('user' in span) return { type: 'user', user_id: span.user };
  if ('usergroup' in span) return { type: 'usergroup', usergroup_id: span.usergroup };
  // A mention element would notify; the name as text does not.
  if ('person' in span) return text(shownText([span], { limit: 80, nameOf }));
  if ('channel' in span) return { type: 'channel', channel_id: span.channel };
  if ('date' in span) return dateElement(span.date);
  return { type: 'link', url: span.link, text: span.label };
}

function text(
  words: string,
  style?: { bold?: true; code?: true; italic?: true },
): RichTextElement | undefined {
  if (words === '') return undefined;
  return style ? { type: 'text', text: words, style } : { type: 'text', text: words };
}

/** Responders compare times with logs: the day as a number and the seconds, in the reader's own zone. */
function dateElement(at: Date): RichTextElement | undefined {
  const timestamp = Math.floor(at.getTime() / 1000);
  const fallback = utc(at);
  // Slack takes no time before 1970; people read such a date as text.
  if (timestamp < 0) return text(fallback);
  return { type: 'date', timestamp, format: '{date_num} {time_secs}', fallback };
}

function textLength(element: RichTextElement): number {
  return 'text' in element && typeof element.text === 'string' ? element.text.length : 20;
}

/** The first 90 characters are what a phone's lock screen shows. */
export const longestNotification = 90;

/**
 * A message's top-level `text`: escaped, at most 90 characters, cut after a whole word where there is one,
 * never inside an escape or a surrogate pair. Write the important word first.
 */
export function notificationText(line: Line, nameOf?: NameOf): string {
  const words = shownText(line, { limit: 4 * longestNotification, nameOf }).trim();
  const whole = escapeText(words);
  if (whole.length <= longestNotification) return whole || '…';
  let kept = '';
  let length = 1; // the ellipsis
  for (const character of words) {
    length += escapeText(character).length;
    if (length > longestNotification) break;
    kept += character;
  }
  const lastSpace = kept.lastIndexOf(' ');
  const isMidWord = words[kept.length] !== ' ';
  // A single endless word is cut where the room ends: half of it says more than nothing.
  if (isMidWord && lastSpace > longestNotification / 3) kept = kept.slice(0, lastSpace);
  return `${escapeText(kept.trimEnd().replace(/[\s,;:·–—-]+$/, ''))}…`;
}

/** `&` first: https://docs.slack.dev/messaging/formatting-message-text names these three and no others. */
export function escapeText(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** A plain_text object with outside text in it: never empty, nothing unseen, no `:emoji:`. */
export function plainTextObject(words: string, limit: number) {
  return { type: 'plain_text' as const, text: boundedText(words, limit).trim() || '–', emoji: false };
}
