import type { TimelineEntry } from '../incidents/incident.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line, Span } from '../text.ts';
import { inertText } from './inert-text.ts';
import { type NameOf, shownLine, shownText } from './shown-line.ts';

/** Of a note or a reason, which are what people read the thread for; the export has them whole. */
const longestDeed = 400;
/** More in one minute are a script's. */
const mostDeeds = 30;
/** A sentence longer than this leaves no room for a person's words. */
const longestSentence = 140;
const shortestWords = 30;

/** What people did, a line each, for the incident's thread. Undefined when there is nothing to say. */
export function incidentLogLines(
  entries: readonly TimelineEntry[],
  nameOf?: NameOf,
):
  | {
      readonly lines: readonly Line[];
      /** At most 90 characters are shown; no mention and no link in it. */
      readonly notification: string;
    }
  | undefined {
  const [first] = entries;
  if (first === undefined) return undefined;
  const left = entries.length - mostDeeds;
  const others = entries.length === 1 ? '' : ` and ${entries.length - 1} more`;
  const words = shownText(withoutCalls(first.sentence), { limit: longestSentence, nameOf });
  return {
    lines: [
      ...entries.slice(0, mostDeeds).map((entry) => deedSpans(entry, longestDeed)),
      ...(left > 0 ? [[`… and ${left} more: `, { code: 'incident timeline' }]] : []),
    ],
    notification: inertText(`${boundedText(words, 90 - others.length)}${others}`),
  };
}

/**
 * Who did what, in whose words, and its receipt, which is never cut.
 * @param room characters of the whole line, as a card counts them.
 */
export function deedSpans({ sentence, text, permalink, receipt }: TimelineEntry, room: number): Span[] {
  const told = shownLine(withoutCalls(sentence), Math.min(longestSentence, room - 60));
  const link: Span[] = permalink === undefined ? [] : [' · ', { link: permalink, label: 'Message' }];
  const behind: Span[] = [...link, ` · ${boundedText(receipt, 40)}`];
  const left = room - widthOf(told) - widthOf(behind) - 4;
  return [...told, ...wordsSpans(text, Math.max(shortestWords, left)), ...behind];
}

/** `: “restarted the worker”` */
function wordsSpans(text: string | undefined, limit: number): Span[] {
  const words = boundedText(text ?? '', limit).trim();
  if (words === '') return [];
  return [words === '(erased)' ? ' (erased)' : `: “${words}”`];
}

/** A record calls nobody, whoever it names. */
function withoutCalls(line: Line): readonly Span[] {
  return (typeof line === 'string' ? [line] : line).map((span): Span => {
    if (typeof span === 'string') return span;
    if ('user' in span) return { person: span.user };
    return 'usergroup' in span ? `@${span.usergroup}` : span;
  });
}

/** Names and dates as wide as they get. */
function widthOf(spans: readonly Span[]): number {
  return shownText(spans, { limit: 1_000, nameOf: () => 'n'.repeat(20) }).length;
}
