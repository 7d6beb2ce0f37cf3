import type { Incident, IncidentOrigin } from '../incidents/incident.ts';
import type { IncidentView } from '../incidents/incident-view.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Line, Span } from '../text.ts';
import type { AlertLines } from './alert-lines.ts';
import { outsideLinks } from './alert-links.ts';
import { elapsedText, statusHeading, timerSpans } from './incident-words.ts';
import { alertSpans, runbookSpans, runSpans } from './incident-work-lines.ts';
import { mostCardLines } from './run-card.ts';
import { personName } from './run-subject.ts';
import type { NameOf } from './shown-line.ts';

/** Rows of one kind stand beside each other when there is no room for each. */
interface Row {
  readonly kind: 'about' | 'said' | 'due' | 'alerts' | 'work';
  readonly spans: readonly Span[];
}

/** An incident as its headline shows it: who has it and since when, what it touches, what was said last, what is next. */
export function incidentLines(view: IncidentView, nameOf?: NameOf): AlertLines {
  const { incident, alerts, runs, runbooks } = view;
  const isResolved = incident.status === 'resolved';
  const rows: Row[] = [
    { kind: 'about', spans: isResolved ? endSpans(incident) : peopleSpans(incident) },
    { kind: 'about', spans: whereSpans(incident) },
    ...(isResolved ? fixRows(incident) : [{ kind: 'said', spans: updateSpans(incident) } as const]),
    { kind: 'due', spans: isResolved ? owedSpans(view) : timerSpans(view.timers) },
    { kind: 'alerts', spans: alertSpans(alerts) },
    { kind: 'work', spans: runSpans(runs) },
    { kind: 'work', spans: runbookSpans(runbooks) },
  ];
  return {
    ...statusHeading(incident),
    body: fitted(
      rows.filter(({ spans }) => spans.length > 0),
      mostCardLines - 2,
    ),
    footer: footerOf(view, nameOf),
  };
}

/** The first date is when it began, which {@link withAge} finds again. */
function peopleSpans({ commander, declaredAt, reopenedAt, escalatedAt, pagedAt }: Incident): Span[] {
  return [
    ...(commander === undefined ? ['No commander yet'] : ['Commander ', { person: commander }]),
    ' · since ',
    { date: declaredAt },
    ...(reopenedAt === undefined ? [] : [' · reopened ', { date: reopenedAt }]),
    ...(escalatedAt === undefined ? [] : [' · level 2 called ', { date: escalatedAt }]),
    // Calling level 2 pages as well: one of the two says it.
    ...(pagedAt === undefined || escalatedAt !== undefined ? [] : [' · paged ', { date: pagedAt }]),
  ];
}

function endSpans({ resolution, declaredAt, commander }: Incident): Span[] {
  if (resolution === undefined) return ['Resolved'];
  return [
    'Resolved by ',
    { person: resolution.by },
    ' ',
    { date: resolution.at },
    ` after ${elapsedText(declaredAt, resolution.at)}`,
    ...(commander === undefined || commander === resolution.by
      ? []
      : [' · commander ', { person: commander }]),
  ];
}

const longestTarget = 30;
const longestTenant = 20;
const mostTenants = 3;

/** `On rms · acme, globex and 2 more tenants` */
function whereSpans({ target, tenants }: Incident): Span[] {
  const on = target === undefined ? [] : [`On ${boundedText(target, longestTarget)}`];
  const named = tenants
    .slice(0, mostTenants)
    .map((tenant) => boundedText(tenant, longestTenant).trim() || '(no name)');
  const others = tenants.length - named.length;
  const word = others === 1 ? 'tenant' : 'tenants';
  const whose = [...named, ...(others > 0 ? [`${others} more ${word}`] : [])];
  const listed = others > 0 ? `${named.join(', ')} and ${whose.at(-1)}` : whose.join(', ');
  return tenants.length === 0 && on.length === 0
    ? []
    : [[...on, ...(tenants.length === 0 ? [] : [listed])].join(' · ')];
}

/** Beside the person and the time, two lines of a phone. */
const longestWords = 140;

function updateSpans({ update }: Incident): Span[] {
  if (update === undefined) return [];
  const { by, at, text } = update;
  return [
    'Update by ',
    { person: by },
    ' ',
    { date: at },
    `: ${boundedText(text, longestWords).trim() || '(nothing)'}`,
  ];
}

function fixRows({ resolution }: Incident): Row[] {
  if (resolution === undefined) return [];
  const { fix, override } = resolution;
  const words = (text: string) => boundedText(text, longestWords).trim() || 'not said';
  return [
    { kind: 'said', spans: [{ bold: 'Fix: ' }, words(fix)] },
    ...(override === undefined
      ? []
      : [{ kind: 'said', spans: [{ bold: 'Not everything was quiet: ' }, words(override)] } as const]),
  ];
}

/** What is still to be done once it is over. */
function owedSpans({ incident, timers }: IncidentView): Span[] {
  const { severity, postmortem } = incident;
  const waiting = timerSpans(timers);
  const gap: Span[] = waiting.length === 0 ? [] : [' · ', ...waiting];
  if (postmortem === undefined) {
    const isSaid = timers.some(({ kind }) => kind.startsWith('postmortem'));
    return severity === 'SEV1' && !isSaid ? ['No postmortem published yet', ...gap] : waiting;
  }
  const link = outsideLinks([{ label: 'Postmortem', url: postmortem.url }]);
  return [...(link.length === 0 ? ['Postmortem'] : link), ' by ', { person: postmortem.by }, ...gap];
}

const origins: Readonly<Record<IncidentOrigin, string>> = {
  command: '',
  alert: ' from an alert',
  message: ' from a message',
  break_glass: ' by breaking the glass',
};

/** Its name on calls, who began it and how, and its newest entry in the ledger. */
function footerOf({ incident: { id, declaredBy, origin }, receipt }: IncidentView, nameOf?: NameOf): string {
  const declared = `declared by ${personName(declaredBy, nameOf) || 'someone'}${origins[origin]}`;
  return [id, declared, ...(receipt === undefined ? [] : [receipt])].join(' · ');
}

/** Nothing is left out: the rows about work are joined first, then who and where. */
function fitted(rows: readonly Row[], room: number): Line[] {
  let left = rows;
  for (const kind of ['work', 'about'] as const) if (left.length > room) left = joined(left, kind);
  return left.map(({ spans }) => spans);
}

function joined(rows: readonly Row[], kind: Row['kind']): Row[] {
  const spans = rows
    .filter((row) => row.kind === kind)
    .flatMap((row, index) => (index === 0 ? row.spans : [' · ', ...row.spans]));
  const first = rows.findIndex((row) => row.kind === kind);
  return rows.flatMap((row, index) => (row.kind !== kind ? [row] : index === first ? [{ kind, spans }] : []));
}
