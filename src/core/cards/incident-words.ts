import type { Incident, IncidentSeverity, IncidentTimer, IncidentTimerKind } from '../incidents/incident.ts';
import type { Span } from '../text.ts';
import { longestSubject, subject } from './alert-subject.ts';
import { inertText } from './inert-text.ts';
import { longestCardLine } from './run-card.ts';
import { type Mark, resolvedMark } from './severity-words.ts';

export const incidentMarks: Readonly<Record<IncidentSeverity, Mark>> = {
  SEV1: { shape: '⛔', word: 'SEV1' },
  SEV2: { shape: '▲', word: 'SEV2' },
  SEV3: { shape: '●', word: 'SEV3' },
  SEV4: { shape: '○', word: 'SEV4' },
};

/** A first line and what a phone shows of it: the same words, the mark on the card only. */
export interface Heading {
  readonly headline: string;
  /** At most 90 characters; no mention and no link in it, whatever the title says. */
  readonly notification: string;
}

type Named = Pick<Incident, 'title' | 'severity' | 'environment'>;

/** @example heading(incident, 'level 2 called').headline // '⛔ SEV1 level 2 called: Emails fail (production)' */
export function heading(incident: Named, what: string): Heading {
  const { shape, word } = incidentMarks[incident.severity];
  return headingOf(incident, `${shape} `, `${word} ${what}: `);
}

/** How it stands: `⛔ SEV1 investigating: …`, or `✓ RESOLVED SEV1: …`. */
export function statusHeading(incident: Named & Pick<Incident, 'status'>): Heading {
  if (incident.status !== 'resolved') return heading(incident, incident.status);
  return headingOf(incident, `${resolvedMark.shape} `, `${resolvedMark.word} ${incident.severity}: `);
}

function headingOf(incident: Named, shape: string, begin: string): Heading {
  const words = (limit: number) => subjectOf(incident, limit - begin.length);
  return {
    headline: `${shape}${begin}${words(longestCardLine - shape.length)}`,
    notification: `${begin}${inertText(words(longestSubject))}`,
  };
}

/** `Emails fail (production)`: what it is and where, as an alert's card names it. */
function subjectOf({ title, environment }: Named, limit: number): string {
  const words = title.trim() === '' ? 'incident without a title' : title;
  return subject({ title: words, environment, tenant: undefined, service: undefined }, { limit });
}

const timerWords: Readonly<Record<IncidentTimerKind, string>> = {
  update_due: 'Status update due ',
  level2: 'Level 2 is called ',
  still_firing: 'Alerts looked at again ',
  postmortem_24h: 'Postmortem reminder ',
  postmortem_4h: 'Postmortem reminder ',
  postmortem_due: 'Postmortem due ',
};

const mostTimers = 3;

/** `Status update due … · Level 2 is called …`, the first to come due first. Reminders go without saying beside what is due. */
export function timerSpans(timers: readonly IncidentTimer[]): Span[] {
  const isDueSaid = timers.some(({ kind }) => kind === 'postmortem_due');
  return timers
    .filter(({ kind }) => !isDueSaid || (kind !== 'postmortem_24h' && kind !== 'postmortem_4h'))
    .slice(0, mostTimers)
    .flatMap(({ kind, dueAt }, index): Span[] => [
      index === 0 ? timerWords[kind] : ` · ${timerWords[kind]}`,
      { date: dueAt },
    ]);
}

/** `42 minutes`, `1 hour 12 minutes`, `2 days 3 hours`: the two largest units, which is as exact as people retell it. */
export function elapsedText(from: Date, to: Date): string {
  const minutes = Math.max(0, Math.floor((to.getTime() - from.getTime()) / 60_000));
  if (minutes === 0) return 'less than a minute';
  const units = [
    [Math.floor(minutes / 1_440), 'day'],
    [Math.floor(minutes / 60) % 24, 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  const first = units.findIndex(([amount]) => amount > 0);
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount.toLocaleString('en-US')} ${unit}${amount === 1 ? '' : 's'}`)
    .join(' ');
}
