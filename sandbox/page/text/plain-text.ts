import { formatDate } from './date-token.ts';
import { withEmoji } from './emoji.ts';
import { type Inline, parseMrkdwn } from './mrkdwn.ts';

export interface NameBook {
  userName(id: string): string;
  channelName(id: string): string;
  /** Without the `@`. */
  groupHandle(id: string): string;
  /** The reader's own id, groups and time zone. */
  me: string;
  myGroups: readonly string[];
  timeZone: string;
}

/** What phones show of a message: its top-level text without markup, on one line. */
export function plainText(text: string, names: NameBook, now: Date): string {
  const blocks = parseMrkdwn(text).map((block) =>
    block.kind === 'preformatted' ? block.text : plain(block.children, names, now),
  );
  return withEmoji(blocks.join(' ')).replace(/\s+/g, ' ').trim();
}

/** Lock screens cut at about 90 characters; what follows is not read at night. */
export const notificationLength = 90;

export function notificationLine(text: string, names: NameBook, now: Date): string {
  const characters = [...plainText(text, names, now)];
  if (characters.length <= notificationLength) return characters.join('');
  return `${characters
    .slice(0, notificationLength - 1)
    .join('')
    .trimEnd()}…`;
}

function plain(inlines: Inline[], names: NameBook, now: Date): string {
  return inlines.map((inline) => plainInline(inline, names, now)).join('');
}

function plainInline(inline: Inline, names: NameBook, now: Date): string {
  switch (inline.kind) {
    case 'text':
    case 'code':
      return inline.text;
    case 'bold':
    case 'italic':
    case 'strike':
      return plain(inline.children, names, now);
    case 'link':
      return inline.label;
    case 'user':
      return `@${names.userName(inline.id)}`;
    case 'channel':
      return `#${names.channelName(inline.id)}`;
    case 'usergroup':
      return inline.label ?? `@${names.groupHandle(inline.id)}`;
    case 'broadcast':
      return `@${inline.range}`;
    case 'date':
      return (
        formatDate(inline.timestamp, inline.format, { timeZone: names.timeZone, now }) || inline.fallback
      );
  }
}
