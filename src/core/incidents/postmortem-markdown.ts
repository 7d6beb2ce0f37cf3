/**
 * Outside text in Markdown that other programs render: it may not become a heading, a list item, a table, a link, an
 * image, HTML or a mention, in CommonMark or in GitHub's dialect (https://github.github.com/gfm/). What is said of it
 * holds when it stands inside a line that begins with words of ours.
 */
import { shownLine } from '../cards/shown-line.ts';
import { boundedText, visibleText } from '../parse/clean-text.ts';
import { type Line, utc } from '../text.ts';

/** The longest a person writes in a Slack field. */
export const longestText = 3_000;
/** More lines than this of one text make a draft nobody reads. */
const mostLines = 60;

/**
 * Addresses, people and numbers that a renderer makes links and mentions of by itself. No backslash prevents that
 * everywhere (GitHub looks for addresses after unescaping), and inside a code span nothing is looked for.
 */
const linksItself = /:\/\/|www\.|@|mailto:|xmpp:|#\d|\bGH-\d/i;
/** Everything that means something inside a line; an underscore within a word means nothing. */
const meaningful = /[\\`*[\]<>~|$#]|&(?=[#\w])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;
/** Means something only where a line begins. */
const beginsBlock = /^(?:[-+=:]|\d{1,9}(?=[.)]))/;

/** One line of outside text, its characters as they are; what has no glyph is a visible `�`. */
export function asText(text: string, limit = longestText): string {
  return inLine(text, limit).replace(beginsBlock, (first) =>
    /\d/.test(first) ? `${first}\\` : `\\${first}`,
  );
}

/** Of a line that has begun. */
function inLine(text: string, limit = longestText): string {
  return boundedText(text, limit)
    .trim()
    .split(/ +/)
    .map((word) => (linksItself.test(word) ? asCode(word) : word.replace(meaningful, '\\$&')))
    .join(' ');
}

/** A code span with exactly these characters, whatever backticks are among them: https://spec.commonmark.org/0.31.2/#code-spans */
export function asCode(text: string, limit = longestText): string {
  const shown = boundedText(text, limit).trim();
  if (shown === '') return '';
  const longestRun = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  // In a table a bare `|` ends the cell even inside code; elsewhere the backslash is only seen.
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** For a table: the one character that ends a cell also inside code. */
export function asCell(markdown: string): string {
  return markdown.replace(/(?<!\\)((?:\\\\)*)\|/g, '$1\\|');
}

/** “in quotation marks”, on one line. */
export function asQuote(text: string, limit = longestText): string {
  return `“${asText(text, limit)}”`;
}

/** A text of several lines as a block quotation below a list item, line by line. */
export function quotedLines(text: string, indent: string): string[] {
  const cut = text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
  const lines = cut.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).map((line) => asText(line, longestText + 1));
  while (lines.at(-1) === '') lines.pop();
  const kept = lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines;
  // The backslash keeps the break; a line without words ends the paragraph by itself.
  return kept.map((line, index) => {
    const isFollowed = line !== '' && (kept[index + 1] ?? '') !== '';
    return line === '' ? `${indent}>` : `${indent}> ${line}${isFollowed ? '\\' : ''}`;
  });
}

/** A link when the address is one of the web, else its label. */
export function asLink(label: string, url: string | undefined): string {
  const text = asText(label);
  if (url === undefined || !/^https?:\/\/[^\s\p{Cc}]+$/u.test(url) || !URL.canParse(url)) return text;
  const address = new URL(url).href.replace(
    /[<>()\\|`"'*[\]]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `[${text}](${address})`;
}

/** A line of spans, people by name; its addresses stay links. */
export function asMarkdown(line: Line, nameOf: (id: string) => string): string {
  return shownLine(line, longestText)
    .map((span, index) => {
      if (typeof span === 'string') return spaced(span, index === 0 ? asText(span) : inLine(span));
      if ('bold' in span) return spaced(span.bold, asText(span.bold));
      if ('italic' in span) return spaced(span.italic, asText(span.italic));
      if ('code' in span) return asCode(span.code);
      if ('link' in span) return asLink(span.label, span.link);
      if ('date' in span) return utc(span.date);
      if ('person' in span) return asText(nameOf(span.person));
      if ('user' in span) return asText(nameOf(span.user));
      return asCode('usergroup' in span ? `@${span.usergroup}` : `#${span.channel}`);
    })
    .reduce(
      (before, next) => (before.endsWith('`') && next.startsWith('`') ? `${before} ${next}` : before + next),
      '',
    );
}

/** Spans are set one after another: the space at an edge is theirs. */
function spaced(span: string, text: string): string {
  if (text === '') return visibleText(span) === '' ? '' : ' ';
  return `${/^\s/.test(span) ? ' ' : ''}${text}${/\s$/.test(span) ? ' ' : ''}`;
}
