import { isWorse } from '../alerts/severity.ts';
import type { IncidentView, LinkedAlert } from '../incidents/incident-view.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { RunState } from '../run.ts';
import type { Span } from '../text.ts';
import { markOf } from './alert-subject.ts';
import { marked } from './severity-words.ts';

/** Each of these lines has to fit beside another one: see `incident-lines.ts`. */
const longestAlert = 50;
const longestRun = 45;
const longestRunbook = 30;
const mostNamed = 2;

/** `2 alerts firing, 1 resolved: ⛔ CRITICAL HighErrorRate · …`, what fires and is worst first. Empty without alerts. */
export function alertSpans(alerts: readonly LinkedAlert[]): Span[] {
  if (alerts.length === 0) return [];
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const resolved = alerts.length - firing;
  const counts =
    firing === 0
      ? `${alerts.length === 1 ? 'Its alert is' : `All ${alerts.length} alerts`} resolved: `
      : `${firing} ${firing === 1 ? 'alert' : 'alerts'} firing${resolved === 0 ? '' : `, ${resolved} resolved`}: `;
  return [counts, ...namedAlerts(alerts, mostNamed)];
}

/** Where none of them fires, that is said once and not of each. */
export function namedAlerts(alerts: readonly LinkedAlert[], most: number): Span[] {
  const sorted = [...alerts].sort(worstFirst);
  const areAllOver = sorted[0]?.state === 'resolved';
  return [
    ...sorted
      .slice(0, most)
      .flatMap((alert, index): Span[] => [
        ...(index === 0 ? [] : [' · ']),
        ...(areAllOver ? [] : [`${marked(markOf(alert))} `]),
        linked(boundedText(alert.title, longestAlert).trim() || 'alert without a title', alert.cardLink),
      ]),
    ...andMore(alerts.length - most),
  ];
}

function worstFirst(one: LinkedAlert, other: LinkedAlert): number {
  if (one.state !== other.state) return one.state === 'firing' ? -1 : 1;
  if (one.severity === other.severity) return 0;
  return isWorse(one.severity, other.severity) ? -1 : 1;
}

type Run = IncidentView['runs'][number];

/** What asks for a person first. */
const standings = ['unknown', 'failed', 'waiting', 'running', 'done', 'not done'] as const;
type Standing = (typeof standings)[number];

const marks: Readonly<Record<Standing, string>> = {
  unknown: '? outcome unknown',
  failed: '✗ failed',
  waiting: '● waiting',
  running: '… running',
  done: '✓',
  'not done': '○ not done',
};

function standingOf({ state, risk }: Run): Standing {
  const byState: Readonly<Record<RunState, Standing>> = {
    // Nobody confirms a read.
    planned: risk === 'read' ? 'running' : 'waiting',
    awaiting_approval: 'waiting',
    approved: 'waiting',
    executing: 'running',
    succeeded: 'done',
    failed: 'failed',
    unknown: 'unknown',
    denied: 'not done',
    expired: 'not done',
    cancelled: 'not done',
    refused: 'not done',
  };
  return byState[state];
}

/** `Runs: 1 unknown, 1 waiting, 2 done · ✓ Resend 240 emails`, ending in the newest change. Empty without runs. */
export function runSpans(runs: readonly Run[]): Span[] {
  if (runs.length === 0) return [];
  const counted = standings.flatMap((standing) => {
    const count = runs.filter((run) => standingOf(run) === standing).length;
    return count === 0 ? [] : [`${count} ${standing}`];
  });
  const newest = runs.find(({ risk }) => risk !== 'read');
  return [`Runs: ${counted.join(', ')}`, ...(newest === undefined ? [] : changeSpans(newest))];
}

function changeSpans(run: Run): Span[] {
  const standing = standingOf(run);
  const words = (standing === 'done' ? run.headline : undefined) || run.invocation;
  return [
    ` · ${marks[standing]}${standing === 'done' ? ' ' : ': '}`,
    linked(boundedText(words, longestRun).trim() || run.id, run.link),
  ];
}

/** `Runbooks: Email outage 3 of 9`. Empty when none was started. */
export function runbookSpans(runbooks: IncidentView['runbooks']): Span[] {
  if (runbooks.length === 0) return [];
  const named = runbooks.slice(0, mostNamed).flatMap(({ instance, link }, index): Span[] => {
    const { runbook, steps, state } = instance;
    const done = steps.filter((step) => step.state === 'done').length;
    const title = boundedText(runbook.title, longestRunbook).trim() || runbook.name;
    return [
      ...(index === 0 ? [] : [' · ']),
      linked(title, link),
      ` ${done} of ${steps.length}${state === 'active' ? '' : ` ${state}`}`,
    ];
  });
  const word = runbooks.length === 1 ? 'Runbook' : 'Runbooks';
  return [`${word}: `, ...named, ...andMore(runbooks.length - mostNamed)];
}

function linked(label: string, address: string | undefined): Span {
  return address === undefined ? label : { link: address, label };
}

function andMore(count: number): Span[] {
  return count > 0 ? [` and ${count} more`] : [];
}
