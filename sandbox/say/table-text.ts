import type { RawNumberElement, RawTextElement, RichTextBlock, TableBlock } from '@slack/types';
import type { Reading } from './mrkdwn-text.ts';
import { richText } from './rich-text.ts';

type Cell = RichTextBlock | RawTextElement | RawNumberElement;

/** Columns under each other, the first row ruled off as the heading, as Slack shows it. */
export function tableText(
  rows: readonly (readonly Cell[])[],
  reading: Reading,
  settings: TableBlock['column_settings'] = [],
): string[] {
  const texts = rows.map((row) => row.map((cell) => cellText(cell, reading)));
  const columns = Math.max(0, ...texts.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...texts.map((row) => [...(row[column] ?? '')].length)),
  );
  const lines = texts.map((row) =>
    widths
      .map((width, column) => aligned(row[column] ?? '', width, settings[column]?.align))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return lines.length > 1 ? [lines[0]!, rule, ...lines.slice(1)] : lines;
}

function cellText(cell: Cell, reading: Reading): string {
  const text = cell.type === 'rich_text' ? richText(cell, reading) : cell.text;
  return text.replace(/\s*\n\s*/g, ' / ');
}

function aligned(text: string, width: number, align: 'left' | 'center' | 'right' = 'left'): string {
  const room = ' '.repeat(width - [...text].length);
  if (align === 'right') return room + text;
  if (align === 'left') return text + room;
  const half = Math.floor(room.length / 2);
  return room.slice(0, half) + text + room.slice(half);
}
