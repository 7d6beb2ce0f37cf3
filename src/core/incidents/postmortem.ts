/**
 * The draft of a postmortem: what the ledger says of an incident, set out so that people add why. Every outside text in
 * it is written by `postmortem-markdown.ts`; secrets are gone before they get here.
 */
import { marked, severityMarks } from '../cards/severity-words.ts';
import { utc } from '../text.ts';
import type { Incident } from './incident.ts';
import type { IncidentRecord } from './incident-view.ts';
import { followUps } from './postmortem-follow-ups.ts';
import { asCell, asCode, asLink, asQuote, asText } from './postmortem-markdown.ts';
import { actions, counted, runbookSection, timelineSection } from './postmortem-record.ts';
import { afterFirst, between, lasted, responseTimes } from './postmortem-times.ts';

/** Longer titles are cut where they stand in a sentence or a heading. */
const titleLimit = 200;

/** @returns a file name for that day, and the draft as Markdown (CommonMark with GitHub's tables and task lists). */
export function postmortemDraft(record: IncidentRecord): { filename: string; markdown: string } {
  const { incident, exportedAt } = record;
  const sections = [
    [`# Postmortem: ${asText(incident.title, titleLimit) || 'an incident without a title'}`],
    intro(record),
    front(record),
    ['## Summary', '', ...summary(record)],
    ['## Impact', '', ...impact(record)],
    ['## Detection and response', '', ...response(record)],
    ['## Timeline', '', ...timelineSection(record)],
    ['## Actions', '', ...actions(record)],
    ['## Runbooks', '', ...runbookSection(record)],
    ...prompts.map(({ heading, ask }) => [`## ${heading}`, '', `_To write: ${ask}_`]),
    ['## Follow-ups', '', ...followUps(record)],
  ];
  return {
    filename: `postmortem-${incident.id.replace(/[^A-Za-z0-9-]/g, '')}-${exportedAt.toISOString().slice(0, 10)}.md`,
    markdown: `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`,
  };
}

const prompts = [
  { heading: 'What went well', ask: 'what made this shorter or smaller than it could have been?' },
  { heading: 'What went badly', ask: 'what cost time, and what did people have to guess?' },
  { heading: 'Where we got lucky', ask: 'what would have made it worse, and was not in our hands?' },
] as const;

function intro({ exportedAt, timeline }: IncidentRecord): string[] {
  const example = timeline[0]?.receipt ?? '#1234 · 9f3ab2';
  return [
    `Draft of ${utc(exportedAt)}, written by Countersign from its ledger. Times are UTC. Words in quotation marks are as people or the monitoring wrote them. A code like ${asCode(example)} names the ledger entry a line rests on: ${asCode(`countersign ledger verify --receipt "${example}"`)} confirms it.`,
  ];
}

function front(record: IncidentRecord): string[] {
  const { incident, headlineLink } = record;
  const { resolution } = incident;
  const name = nameIn(record);
  const rows: [string, string][] = [
    [
      'Incident',
      `${asCode(incident.id)}${headlineLink === undefined ? '' : ` ${asLink('in Slack', headlineLink)}`}`,
    ],
    ['Severity', incident.severity],
    ['Status', incident.status],
    ['Commander', incident.commander === undefined ? 'nobody' : name(incident.commander)],
    [
      'Declared',
      `${utc(incident.declaredAt)} by ${name(incident.declaredBy)}, ${originWords[incident.origin]}`,
    ],
    ['Resolved', resolution === undefined ? 'not yet' : `${utc(resolution.at)} by ${name(resolution.by)}`],
    ...(incident.reopenedAt === undefined
      ? []
      : [['Reopened', utc(incident.reopenedAt)] as [string, string]]),
    ...(incident.postmortem === undefined
      ? []
      : [['Published', asLink(incident.postmortem.url, incident.postmortem.url)] as [string, string]]),
  ];
  return ['| | |', '| --- | --- |', ...rows.map(([what, value]) => `| ${what} | ${asCell(value)} |`)];
}

const originWords: Readonly<Record<Incident['origin'], string>> = {
  command: 'with a command',
  alert: 'from an alert',
  message: 'from a message',
  break_glass: 'by breaking the glass',
};

function summary(record: IncidentRecord): string[] {
  const { incident, changes } = record;
  const { resolution } = incident;
  const { from, to, isOver } = lasted(record);
  const where = incident.target === undefined ? '' : ` on ${asCode(incident.target)}`;
  const made = changes.filter(({ state }) => state === 'succeeded').length;
  const named = incident.title.trim() === '' ? '' : `: ${asQuote(incident.title, titleLimit)}`;
  return [
    `${incident.severity}${where}${named}. It ${isOver ? 'lasted' : 'has lasted'} ${between(from, to)}${isOver ? '' : ' and is not resolved'}. ${made === 0 ? 'No change' : counted(made, 'change')} succeeded through Countersign.`,
    '',
    resolution === undefined
      ? 'What fixed it: not known yet.'
      : `What fixed it: ${asQuote(resolution.fix)} (${nameIn(record)(resolution.by)}).`,
    ...(resolution?.override === undefined
      ? []
      : ['', `It was resolved although something was in the way: ${asQuote(resolution.override)}.`]),
    ...(incident.update === undefined
      ? []
      : [
          '',
          `Last update, ${utc(incident.update.at)}: ${asQuote(incident.update.text)} (${nameIn(record)(incident.update.by)}).`,
        ]),
    '',
    '_To write: what customers noticed, and why it happened, in two sentences._',
  ];
}

function impact(record: IncidentRecord): string[] {
  const { incident, alerts } = record;
  const { from, to, isOver } = lasted(record);
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const { tenants, target, environment } = incident;
  const inEnvironment = environment === undefined ? '' : ` (${asText(environment)})`;
  return [
    `- Tenants: ${tenants.length === 0 ? 'not known' : tenants.map((tenant) => asText(tenant, titleLimit)).join(', ')}`,
    `- Target: ${target === undefined ? 'not known' : `${asCode(target)}${inEnvironment}`}`,
    `- Duration: ${between(from, to)}, from ${utc(from)} to ${isOver ? utc(to) : 'now'}`,
    alerts.length === 0
      ? '- Alerts: none is linked'
      : `- Alerts: ${alerts.length} linked, ${alerts.length - firing} resolved, ${firing} still firing`,
    ...alerts.map((alert) => alertLine(alert, record)),
    ...(incident.escalatedAt === undefined ? [] : [`- Level 2 was called at ${utc(incident.escalatedAt)}`]),
    '- Classification: _to write: which customers, how many, which data_',
  ];
}

function alertLine(alert: IncidentRecord['alerts'][number], record: IncidentRecord): string {
  const { acknowledgedAt, acknowledgedBy, resolvedAt } = alert;
  const by = acknowledgedBy === undefined ? '' : ` by ${nameIn(record)(acknowledgedBy)}`;
  const parts = [
    `${marked(severityMarks[alert.severity])} ${asQuote(alert.title, titleLimit)} from ${asText(alert.source, 60)}`,
    `began ${utc(alert.startedAt)}`,
    acknowledgedAt === undefined ? 'nobody acknowledged it' : `acknowledged ${utc(acknowledgedAt)}${by}`,
    alert.state === 'firing'
      ? `${counted(alert.firing, 'alert')} still firing`
      : `resolved ${resolvedAt === undefined ? 'at a time not known' : utc(resolvedAt)}`,
    ...(alert.cardLink === undefined ? [] : [asLink('card', alert.cardLink)]),
  ];
  return `  - ${parts.join(' · ')}`;
}

function response(record: IncidentRecord): string[] {
  const times = responseTimes(record);
  const rows: [string, Date | undefined][] = [
    ['First alert', times.firstAlert],
    ['Detected (people were called)', times.detected],
    ['Acknowledged', times.acknowledged],
    ['Declared', times.declared],
    ['First change', times.firstChange],
    ['Resolved', times.resolved],
  ];
  return [
    '| | When | Since the first alert |',
    '| --- | --- | --- |',
    ...rows.map(([what, at], index) => {
      const since = index === 0 && at !== undefined ? 'the beginning' : afterFirst(times.firstAlert, at);
      return `| ${what} | ${at === undefined ? 'not known' : utc(at)} | ${since} |`;
    }),
  ];
}

function nameIn({ nameOf }: IncidentRecord): (id: string) => string {
  return (id) => asText(nameOf(id) ?? id, titleLimit);
}
