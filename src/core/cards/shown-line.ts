import { boundedText } from '../parse/clean-text.ts';
import { type Line, plainText, type Span, utc } from '../text.ts';

/** Names for Slack ids where the caller knows them; an id without a name is shown as the id. */
export type NameOf = (id: string) => string | undefined;

/** What one mention, date or icon counts for when a line is cut: about its width on screen. */
const entityCharacters = 20;

/**
 * The line as it may be shown: bounded, nothing unseen in it, every span well-formed. Reports come back
 * from the database as JSON, where a date is its ISO text; such dates are dates again afterwards.
 */
export function shownLine(line: Line, limit: number): readonly Span[] {
  const shown: Span[] = [];
  let left = limit;
  for (const span of typeof line === 'string' ? [line] : line) {
    if (left <= 0) break;
    const next = shownSpan(span, left);
    if (next === undefined) continue;
    shown.push(next);
    left -= width(next);
  }
  return shown;
}

function shownSpan(span: Span, left: number): Span | undefined {
  if (typeof span === 'string') return boundedText(span, left) || undefined;
  if ('bold' in span) return span.bold && { bold: boundedText(span.bold, left) };
  if ('code' in span) return span.code && { code: boundedText(span.code, left) };
  if ('italic' in span) return span.italic && { italic: boundedText(span.italic, left) };
  if ('link' in span) return shownLink(span, left);
  if ('date' in span) {
    const at = new Date(span.date);
    return Number.isNaN(at.getTime()) ? 'an unknown time' : { date: at };
  }
  if ('user' in span) return isId(span.user, 'UW') ? span : boundedText(`@${span.user}`, left);
  if ('usergroup' in span) return isId(span.usergroup, 'S') ? span : boundedText(`@${span.usergroup}`, left);
  if ('channel' in span) return isId(span.channel, 'CGD') ? span : boundedText(`#${span.channel}`, left);
  // Half an id would find no name.
  return isId(span.person, 'UW') ? span : { person: boundedText(span.person, left) };
}

/** Only web addresses become links: `javascript:` and the like stay text. Slack: an address has 3,000 characters. */
function shownLink({ link, label }: { link: string; label: string }, left: number): Span | undefined {
  const text = boundedText(label || link, left);
  if (text === '') return undefined;
  const isWeb = link.length <= 3000 && /^https?:\/\/[^\s\p{Cc}<>|]+$/u.test(link) && URL.canParse(link);
  return isWeb ? { link, label: text } : text;
}

function isId(id: string, firstLetters: string): boolean {
  return firstLetters.includes(id.charAt(0)) && /^[A-Z][A-Z0-9]{2,30}$/.test(id);
}

function width(span: Span): number {
  if (typeof span === 'string') return span.length;
  if ('bold' in span) return span.bold.length;
  if ('code' in span) return span.code.length;
  if ('italic' in span) return span.italic.length;
  return 'label' in span ? span.label.length : entityCharacters;
}

/** The words of a line for places without markup; links by their label alone when `linkText` is `label`. */
export function shownText(
  line: Line,
  options: { limit: number; nameOf?: NameOf | undefined; links?: 'label' | 'address' },
): string {
  const spans = shownLine(line, options.limit).map((span): Span => {
    if (typeof span !== 'object') return span;
    if ('link' in span && options.links !== 'address') return span.label;
    return 'date' in span ? utc(span.date) : span;
  });
  const words = plainText(spans, (id) => options.nameOf?.(id) ?? id);
  return boundedText(words, options.limit);
}
