import { boundedText } from '../parse/clean-text.ts';
import { currentStep, type RunbookInstance, type StepRecord } from '../runbooks/instance.ts';
import type { Line, Span } from '../text.ts';
import { inertText } from './inert-text.ts';
import {
  type CommandSummaries,
  currentLines,
  doneLine,
  explanation,
  findingLines,
  stepTitle,
} from './runbook-step-lines.ts';
import { countWords, isPlainAddress, isWell, type StepView, stepView } from './runbook-words.ts';
import type { NameOf } from './shown-line.ts';

export interface RunbookCardOptions {
  readonly nameOf?: NameOf | undefined;
  /** What each command does, for steps that do not say. */
  readonly commands?: CommandSummaries | undefined;
  /** What the current step would send, filled in. */
  readonly previewText?: string | undefined;
  /** Of the incident it belongs to. */
  readonly isIncidentResolved: boolean;
  /** Its newest entry in the ledger. */
  readonly receipt?: string | undefined;
}

/** A started runbook's card as lines; each part becomes a block of its own. */
export interface RunbookLines {
  readonly headline: string;
  /** At most 90 characters once it is cut, and nothing in it that a client would make a link or a mention of. */
  readonly notification: string;
  /** Since when, whose, about what, and what is done. */
  readonly head: readonly Line[];
  /** The step people are at. */
  readonly step: readonly Line[];
  /** What that step says of itself. */
  readonly text: readonly Line[];
  /** What comes after it. */
  readonly next: readonly Line[];
  readonly footer: string;
}

/** Short lines, the step's own text not among them: more are scrolled past. */
const mostLines = 12;
const longestTitle = 90;

/** One card for the whole of a runbook, drawn from how it stands. */
export function runbookLines(instance: RunbookInstance, options: RunbookCardOptions): RunbookLines {
  const current = currentStep(instance);
  const view = instance.state === 'active' && current ? stepView(instance, current.id) : undefined;
  return view === undefined ? endedLines(instance, options) : activeLines(instance, view, options);
}

function activeLines(instance: RunbookInstance, view: StepView, options: RunbookCardOptions): RunbookLines {
  const { steps } = instance;
  const place = steps.indexOf(view.record) + 1;
  const step = currentLines(view, instance, options);
  const next = [
    ...nextLine(instance, view.record),
    ...(options.isIncidentResolved ? ['The incident is resolved; its steps can still be done'] : []),
  ];
  const record = recordLines(instance);
  const findings = findingLines(steps[place - 2], options.nameOf);
  // Headline and footer besides.
  const others = 2 + record.length + step.length + next.length + findings.length;
  const room = Math.max(1, Math.min(3, mostLines - others));
  return {
    headline: `▶ ${titleOf(instance)} · step ${place} of ${steps.length}`,
    notification: inertText(
      `Step ${place} of ${steps.length}: ${stepTitle(view, instance)} (${titleOf(instance)})`,
    ),
    head: [...record, ...doneLines(instance, room, options.nameOf), ...findings],
    step,
    text: explanation(view, instance, options.previewText),
    next,
    footer: footerOf(instance, options),
  };
}

function endedLines(instance: RunbookInstance, options: RunbookCardOptions): RunbookLines {
  const { steps, state, endedBy, endedAt, stopReason } = instance;
  const done = steps.filter((record) => record.state === 'done');
  const well = steps.filter(isWell).length;
  const isStopped = state === 'stopped';
  const mark = isStopped ? '○ Stopped' : well === steps.length ? '✓ Finished' : '▲ Finished';
  const counted = isStopped
    ? `${done.length} of ${steps.length} done`
    : `${well} of ${steps.length} went well`;
  const reason = stopReason === undefined ? '' : `: ${boundedText(stopReason, 120)}`;
  const end: Span[] = [
    isStopped ? 'Stopped' : 'Finished',
    ...(endedAt === undefined ? [] : [' ', { date: endedAt }]),
    ...(endedBy === undefined ? [] : [' by ', { person: endedBy }]),
    isStopped ? reason : '',
  ];
  return {
    headline: `${mark}: ${titleOf(instance)} · ${counted}`,
    notification: inertText(`${isStopped ? 'Stopped' : 'Finished'}: ${titleOf(instance)}, ${counted}`),
    head: [...recordLines(instance), end, ...summaryLines(instance, options.nameOf)],
    step: [],
    text: [],
    next: [],
    footer: footerOf(instance, options),
  };
}

function titleOf({ runbook }: RunbookInstance): string {
  return boundedText(runbook.title, longestTitle).trim() || runbook.name;
}

const mostOwners = 3;
const mostInputs = 4;

/** The change record: when it began, by whom, and who was on call for it then; what it is about. */
function recordLines({ startedAt, startedBy, owners, inputs, runbook }: RunbookInstance): Line[] {
  const more = owners.length - mostOwners;
  const names = owners
    .slice(0, mostOwners)
    .flatMap((id, index): Span[] => [...(index === 0 ? [] : [', ']), { person: id }]);
  const given = Object.entries(inputs).map(
    ([name, value]) => `${boundedText(name, 30)}: ${boundedText(value, 40)}`,
  );
  const left = given.length - mostInputs;
  const isLinked = isPlainAddress(runbook.canonical ?? '');
  return [
    [
      'Started ',
      { date: startedAt },
      ' by ',
      { person: startedBy },
      owners.length === 0 ? ' · no owner on call' : ' · owner on call: ',
      ...names,
      ...(more > 0 ? [` and ${more} more`] : []),
    ],
    ...(given.length === 0 && !isLinked
      ? []
      : [
          [
            `${given.slice(0, mostInputs).join(' · ')}${left > 0 ? ` and ${left} more` : ''}`,
            ...(isLinked
              ? [given.length === 0 ? '' : ' · ', { link: runbook.canonical!, label: 'Document' }]
              : []),
          ] as Line,
        ]),
  ];
}

/** The newest, each in its line; those before them are counted. */
function doneLines(instance: RunbookInstance, room: number, nameOf?: NameOf): Line[] {
  const current = currentStep(instance);
  const before = instance.steps.slice(0, current === undefined ? undefined : instance.steps.indexOf(current));
  const shown = before.length <= room ? before : before.slice(before.length - room + 1);
  const folded = before.slice(0, before.length - shown.length);
  return [
    ...(folded.length === 0
      ? []
      : [countWords(folded, (count) => `${count} earlier ${count === 1 ? 'step' : 'steps'}`)]),
    ...shown.flatMap((record) => stepLine(instance, record, nameOf)),
  ];
}

const mostNext = 2;

function nextLine(instance: RunbookInstance, current: StepRecord): Line[] {
  const after = instance.steps.slice(instance.steps.indexOf(current) + 1);
  if (after.length === 0) return ['Last step'];
  const titles = after.slice(0, mostNext).flatMap(({ id }) => {
    const view = stepView(instance, id);
    return view === undefined ? [] : [boundedText(stepTitle(view, instance), 60)];
  });
  const more = after.length - titles.length;
  return [`Next: ${titles.join(' · then ')}${more > 0 ? ` · ${more} more` : ''}`];
}

const mostUnwell = 4;

/** What came of it, and each step that did not come out well. */
function summaryLines(instance: RunbookInstance, nameOf?: NameOf): Line[] {
  const done = instance.steps.filter(({ state }) => state === 'done');
  const open = instance.steps.length - done.length;
  const counts = [
    countWords(done, (count) => `${count} done`),
    ...(open === 0 ? [] : [`– ${open} not done`]),
  ].filter((words) => words !== '');
  const unwell = done.filter((record) => !isWell(record));
  const more = unwell.length - mostUnwell;
  return [
    counts.join(' · '),
    ...unwell.slice(0, mostUnwell).flatMap((record) => stepLine(instance, record, nameOf)),
    ...(more > 0 ? [`… ${more} more that did not come out well`] : []),
  ];
}

function stepLine(instance: RunbookInstance, record: StepRecord, nameOf?: NameOf): Line[] {
  const view = stepView(instance, record.id);
  return view === undefined ? [] : [doneLine(view, instance, nameOf)];
}

/** Its name and the version it began with, its incident, its newest entry in the ledger. */
function footerOf({ id, runbook, incidentId }: RunbookInstance, { receipt }: RunbookCardOptions): string {
  const { name, version, canonical } = runbook;
  const document = canonical === undefined || isPlainAddress(canonical) ? undefined : `follows ${canonical}`;
  return [id, `${name} ${version}`, incidentId, document, receipt]
    .flatMap((words) => (words === undefined ? [] : [boundedText(words, 60)]))
    .join(' · ');
}
