import type { Gathered } from '../incidents/incident-view.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line } from '../text.ts';
import { inertText } from './inert-text.ts';
import { longestCardLine, reportMarks } from './run-card.ts';

type Part = Gathered['parts'][number];

const names: Readonly<Record<Part['kind'], string>> = {
  alerts: 'Alerts',
  health: 'Health',
  releases: 'Releases',
  migrations: 'Migrations',
  runs: 'Runs',
  silences: 'Silences',
};

/** One line for each part: more than eight are not read at night. */
const mostLinesOfPart = 3;
/** Of the 90 characters of a notification, without its first words and with room for what is unknown. */
const longestNotable = 60;

/** What stood around an incident when it was declared. */
export function gatheredLines({ at, parts }: Gathered): {
  readonly lines: readonly Line[];
  /** At most 90 characters; no mention and no link in it. */
  readonly notification: string;
} {
  return {
    lines: [
      [{ bold: 'Looked up ' }, { date: at }],
      ...(parts.length === 0 ? ['Nothing is configured to be looked up'] : parts.map(partLine)),
    ],
    notification: notificationOf(parts),
  };
}

/** `✗ Health: worker not ready · api ready` */
function partLine({ kind, status, lines }: Part): Line {
  const head = `${reportMarks[status]} ${names[kind]}${status === 'unknown' ? ' unknown' : ''}`;
  const shown = lines.slice(0, mostLinesOfPart);
  // Each has its share, so that a long first line hides no other.
  const share = Math.floor((longestCardLine - head.length - 2) / Math.max(1, shown.length)) - 3;
  const words = shown.map((line) => boundedText(line, share).trim()).filter((line) => line !== '');
  return [{ bold: head }, `: ${words.join(' · ') || 'nothing'}`];
}

/** `Looked up: CRITICAL EmailsNotSent (1 firing) and 2 more · Releases unknown` */
function notificationOf(parts: readonly Part[]): string {
  const bad = parts.filter(({ status }) => status === 'bad');
  const unknown = parts.filter(({ status }) => status === 'unknown');
  // Of several each has its share of a phone's line.
  const share = Math.floor(longestNotable / Math.max(1, bad.length));
  const notable = [
    ...bad.map(({ kind, lines: [first = '', ...more] }) => {
      const words = boundedText(first, share).trim() || `${names[kind]} bad`;
      return `${words}${more.length === 0 ? '' : ` and ${more.length} more`}`;
    }),
    ...unknown.map(({ kind }) => `${names[kind]} unknown`),
  ];
  return inertText(`Looked up: ${notable.length === 0 ? 'nothing bad' : notable.join(' · ')}`);
}
