/** Slack's text objects and mrkdwn as plain text: emphasis goes, names and dates are spelled out. */
import { formatDate } from '../page/text/date-token.ts';
import { withEmoji } from '../page/text/emoji.ts';
import { type Inline, type MrkdwnBlock, parseMrkdwn } from '../page/text/mrkdwn.ts';
import type { Names } from './names.ts';

/** What the text of a token depends on beside the token. */
export interface Reading {
  readonly names: Names;
  /** When it is read, for `{ago}` and "today". */
  readonly now: Date;
}

export function mrkdwnText(source: string, reading: Reading): string {
  return (
    parseMrkdwn(source)
      // A fence stands on a line of its own; the break before it is not one more.
      .map((block) => blockOf(block, reading).replace(/\n$/, ''))
      .join('\n')
  );
}

export function textObject(
  object: { type: string; text: string; emoji?: boolean | undefined },
  reading: Reading,
): string {
  if (object.type === 'mrkdwn') return mrkdwnText(object.text, reading);
  return object.emoji === false ? object.text : withEmoji(object.text);
}

/** A date token in UTC, whoever reads it: a script's output is compared between machines. */
export function dateText(
  date: { timestamp: number; format: string; fallback?: string | undefined },
  now: Date,
): string {
  const format = date.format.replace(/\{time(?:_secs)?\}/g, '$& UTC');
  return formatDate(date.timestamp, format, { timeZone: 'UTC', now }) || (date.fallback ?? '');
}

export function linkText(url: string, label: string | undefined): string {
  const isSame = !label || label === url || label === url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return isSame ? url : `${label} (${url})`;
}

/** Preformatted lines stand apart from what is around them. */
export function preformatted(text: string): string {
  return text.replace(/^/gm, '    ');
}

function blockOf(block: MrkdwnBlock, reading: Reading): string {
  if (block.kind === 'preformatted') return preformatted(block.text);
  const text = inlineText(block.children, reading);
  return block.kind === 'quote' ? text.replace(/^/gm, '> ') : text;
}

function inlineText(inlines: readonly Inline[], reading: Reading): string {
  return inlines.map((inline) => oneInline(inline, reading)).join('');
}

function oneInline(inline: Inline, reading: Reading): string {
  const { names, now } = reading;
  switch (inline.kind) {
    case 'text':
      return withEmoji(inline.text);
    case 'code':
      return inline.text;
    case 'bold':
    case 'italic':
      return inlineText(inline.children, reading);
    case 'strike':
      // What is struck out no longer holds: unlike emphasis, that must not be lost.
      return `~${inlineText(inline.children, reading)}~`;
    case 'link':
      return linkText(inline.url, inline.label);
    case 'user':
      return `@${names.user(inline.id)}`;
    case 'channel':
      return `#${names.channel(inline.id)}`;
    case 'usergroup':
      return `@${names.group(inline.id)}`;
    case 'broadcast':
      return `@${inline.range}`;
    case 'date':
      return dateText(inline, now);
  }
}
