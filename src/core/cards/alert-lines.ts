import type { DifferingLabel, GroupView } from '../alerts/group.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line, Span } from '../text.ts';
import { linkSpans } from './alert-links.ts';
import { conditionLines, mentionLines, peopleLines } from './alert-state-lines.ts';
import { countWords, headlineOf, notificationOf, titleWords } from './alert-subject.ts';
import { type CardLines, longestCardLine, mostCardLines } from './run-card.ts';
import { shownText } from './shown-line.ts';

/** A card whose notification says it in other words than its first line. */
export interface AlertLines extends Pick<CardLines, 'headline' | 'body' | 'footer'> {
  /** At most 90 characters; no mention and no link in it, whatever the alert says. */
  readonly notification: string;
}

/** Lines of one kind stand apart while there is room, and beside each other when there is none. */
interface Row {
  readonly kind: 'calls' | 'summary' | 'counts' | 'labels' | 'people' | 'condition' | 'links';
  readonly line: readonly Span[];
}

/** Said elsewhere as well, or one click away: what goes first when even the joined rows are too many. */
const firstToGo: readonly Row['kind'][] = ['summary', 'labels'];

/** A group as it stands: what, how many, since when, what tells its alerts apart, who has it, where to look. */
export function alertLines(view: GroupView): AlertLines {
  const { group } = view;
  const summary = summaryLine(group);
  const labels = labelsLine(view.differing);
  const links = linkSpans(view);
  const rows: Row[] = [
    ...mentionLines(view).map((line): Row => ({ kind: 'calls', line })),
    ...(summary === undefined ? [] : [{ kind: 'summary', line: [summary] } as const]),
    { kind: 'counts', line: countLine(group) },
    ...(labels === undefined ? [] : [{ kind: 'labels', line: [labels] } as const]),
    ...peopleLines(view).map((line): Row => ({ kind: 'people', line })),
    ...conditionLines(view).map((line): Row => ({ kind: 'condition', line })),
    ...(links.length === 0 ? [] : [{ kind: 'links', line: links } as const]),
  ];
  return {
    headline: headlineOf(group),
    body: fitted(rows, mostCardLines - 2),
    footer: footerOf(view),
    notification: notificationOf(view),
  };
}

function summaryLine({ summary, title }: GroupView['group']): string | undefined {
  const words = shownText(summary ?? '', { limit: longestCardLine }).trim();
  return words === '' || words === titleWords({ title }) ? undefined : words;
}

/** `3 firing, 2 resolved · first seen … · last seen …` */
export function countLine(group: GroupView['group']): Span[] {
  const { firing, resolved, truncated, firstSeenAt, lastSeenAt } = group;
  const times: Span[] =
    seconds(firstSeenAt) === seconds(lastSeenAt)
      ? [' · first and last seen ', { date: firstSeenAt }]
      : [' · first seen ', { date: firstSeenAt }, ' · last seen ', { date: lastSeenAt }];
  if (group.state === 'resolved') {
    const { resolvedAt } = group;
    // Mostly it was last seen when it was said to be over: once is enough.
    const isSaid = resolvedAt === undefined || seconds(resolvedAt) === seconds(lastSeenAt);
    const at: Span[] = isSaid ? [] : [' ', { date: resolvedAt }];
    return [countWords(resolved, 'resolved', truncated), ...at, ...times];
  }
  const isOver = resolved === 0 ? '' : `, ${resolved} resolved`;
  return [`${countWords(firing, 'firing', truncated)}${isOver}`, ...times];
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

const mostLabels = 3;
const longestName = 24;
const longestValue = 30;

/** `instance: web-1, web-2 and 4 more · zone: eu-1, eu-2` */
function labelsLine(differing: readonly DifferingLabel[]): string | undefined {
  const labels = differing
    .slice(0, mostLabels)
    .filter(({ values }) => values.length > 0)
    .map(({ name, values, more }) => {
      const shown = values.slice(0, 3).map((value) => boundedText(value, longestValue).trim() || '(empty)');
      return `${boundedText(name, longestName)}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    });
  return labels.length === 0 ? undefined : labels.join(' · ');
}

/** Where it came from, its name on calls, and its newest entry in the ledger. */
function footerOf({ group, receipt }: GroupView): string {
  return [group.source, group.id, receipt]
    .flatMap((words) => (words === undefined ? [] : [boundedText(words, 60)]))
    .join(' · ');
}

/** Joins rows of one kind, those further down first, until they fit; nothing is lost before two rows are. */
function fitted(rows: readonly Row[], room: number): Line[] {
  let left = rows;
  for (const kind of ['condition', 'people'] as const) if (left.length > room) left = joined(left, kind);
  for (const kind of firstToGo) if (left.length > room) left = left.filter((row) => row.kind !== kind);
  return left.slice(0, room).map(({ line }) => line);
}

function joined(rows: readonly Row[], kind: Row['kind']): Row[] {
  const first = rows.findIndex((row) => row.kind === kind);
  const line = rows
    .filter((row) => row.kind === kind)
    .flatMap((row, index): readonly Span[] => (index === 0 ? row.line : [' · ', ...row.line]));
  return rows.flatMap((row, index) => (row.kind !== kind ? [row] : index === first ? [{ kind, line }] : []));
}
