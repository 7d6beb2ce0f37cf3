/** What was done, line by line, each with the ledger entry it rests on. */
import type { RunState } from '../run.ts';
import { goodOutcomes, type RunbookInstance, type StepRecord } from '../runbooks/instance.ts';
import { type Line, utc } from '../text.ts';
import type { TimelineEntry } from './incident.ts';
import type { IncidentRecord } from './incident-view.ts';
import { asCode, asLink, asMarkdown, asQuote, asText, quotedLines } from './postmortem-markdown.ts';

/** `1 change`, `3 changes` */
export function counted(amount: number, one: string): string {
  return `${amount} ${one}${amount === 1 ? '' : 's'}`;
}

/** One line for each entry; what a person wrote stands below it. */
export function timelineSection(record: IncidentRecord): string[] {
  if (record.timeline.length === 0) return ['The ledger has no entry for this incident.'];
  return record.timeline.flatMap((entry) => entryLines(entry, record));
}

function entryLines(entry: TimelineEntry, { nameOf, alerts }: IncidentRecord): string[] {
  const known = (id: string) => nameOf(id) ?? id;
  const { text, permalink } = entry;
  const sentence = withTitles(entry.sentence, alerts);
  const who = isNamedIn(sentence, entry.actor) ? [] : [asText(known(entry.actor), 200)];
  const message = permalink === undefined ? [] : [asLink('message', permalink)];
  const parts = [utc(entry.at), ...who, asMarkdown(sentence, known), ...message, asCode(entry.receipt)];
  const words = text === undefined || text.trim() === '' ? [] : quotedLines(text, '  ');
  return [`- ${parts.join(' · ')}`, ...words];
}

/** The ledger knows alerts by id; people know them by what they said. */
function withTitles(sentence: Line, alerts: IncidentRecord['alerts']): Line {
  if (typeof sentence === 'string') return sentence;
  return sentence.map((span) => {
    if (typeof span === 'string' || !('code' in span)) return span;
    const title = alerts.find(({ groupId }) => groupId === span.code)?.title.trim() ?? '';
    return title === '' ? span : `“${title}”`;
  });
}

/** Most sentences say who; the name is not said twice. */
function isNamedIn(sentence: Line, actor: string): boolean {
  if (typeof sentence === 'string') return sentence.includes(actor);
  return sentence.some((span) => {
    if (typeof span === 'string') return false;
    return ('person' in span && span.person === actor) || ('user' in span && span.user === actor);
  });
}

const stateWords: Readonly<Partial<Record<RunState, string>>> = {
  succeeded: 'succeeded',
  failed: '**failed**',
  unknown: '**unknown whether it happened**',
  executing: 'was still running',
};

/** The changes that were made, in their order. */
export function actions(record: IncidentRecord): string[] {
  if (record.changes.length === 0) return ['No change was made through Countersign.'];
  const name = (id: string) => asText(record.nameOf(id) ?? id, 200);
  return record.changes.map((change, index) => {
    const { signers, headline, receipt } = change;
    const parts = [
      asCode(change.invocation, 500),
      stateWords[change.state] ?? change.state.replace('_', ' '),
      ...(headline === undefined ? [] : [asQuote(headline, 500)]),
      `asked by ${name(change.requester)} at ${utc(change.at)}`,
      signers.length === 0 ? 'no signature' : `signed by ${signers.map(name).join(', ')}`,
      receipt === undefined ? 'no receipt' : asCode(receipt),
    ];
    return `${index + 1}. ${parts.join(' · ')}`;
  });
}

/** What of each runbook was done, and what was not. */
export function runbookSection(record: IncidentRecord): string[] {
  if (record.runbooks.length === 0) return ['No runbook was started.'];
  return record.runbooks.flatMap((instance) => runbookLines(instance, record));
}

function runbookLines(instance: RunbookInstance, { nameOf }: IncidentRecord): string[] {
  const name = (id: string | undefined) => (id === undefined ? 'somebody' : asText(nameOf(id) ?? id, 200));
  const { runbook, steps } = instance;
  const done = steps.filter(({ state, outcome }) => state === 'done' && outcome !== 'skipped').length;
  const owners = instance.owners.length === 0 ? 'nobody' : instance.owners.map(name).join(', ');
  const ended = instance.endedAt === undefined ? '' : ` at ${utc(instance.endedAt)}`;
  const stopped = instance.stopReason === undefined ? '' : `: ${asQuote(instance.stopReason)}`;
  const head = [
    `${asCode(runbook.name)} version ${asCode(runbook.version)}`,
    `${done} of ${counted(runbook.steps.length, 'step')} done`,
    `started by ${name(instance.startedBy)} at ${utc(instance.startedAt)}`,
    `${stateOf[instance.state]}${ended}${stopped}`,
    `on call for it: ${owners}`,
  ];
  const notable = steps.flatMap((step) => stepLine(step, titleOf(instance, step.id), name));
  return [`- ${head.join(' · ')}`, ...notable.map((line) => `  - ${line}`)];
}

const stateOf: Readonly<Record<RunbookInstance['state'], string>> = {
  active: 'still under way',
  finished: 'finished',
  stopped: 'stopped',
};

/** The steps that did not go as written; the others are counted. */
function stepLine(step: StepRecord, title: string, name: (id: string | undefined) => string): string[] {
  const lines: string[] = [];
  if (step.overriddenBy !== undefined) {
    lines.push(`${title}: begun although its guard was not met, allowed by ${name(step.overriddenBy)}`);
  }
  if (step.outcome === 'skipped') {
    const why = step.note === undefined ? 'without a reason' : asQuote(step.note);
    lines.push(`${title}: skipped by ${name(step.by)}, ${why}`);
  } else if (step.outcome !== undefined && !goodOutcomes.includes(step.outcome)) {
    lines.push(`${title}: ended ${step.outcome}`);
  }
  return lines;
}

/** A step as its runbook calls it. */
export function titleOf({ runbook }: RunbookInstance, stepId: string): string {
  const step = runbook.steps.find(({ id }) => id === stepId);
  return step === undefined ? asCode(stepId) : asQuote(step.title, 200);
}
