import { boundedText } from '../parse/clean-text.ts';
import { durationText } from '../parse/duration.ts';
import { decodeSlackEscapes } from '../parse/slack-entity.ts';
import { fillText } from '../runbooks/fill-template.ts';
import { type RunbookInstance, type StepRecord, unmetGuards } from '../runbooks/instance.ts';
import type { Line, Span } from '../text.ts';
import {
  commandText,
  linked,
  outcomeMark,
  type StepView,
  stepView,
  uncalling,
  whereTo,
} from './runbook-words.ts';
import { type NameOf, shownText } from './shown-line.ts';

/** Commands by name, for what each of them does. */
export type CommandSummaries = ReadonlyMap<string, { readonly definition: { readonly summary: string } }>;

const longestTitle = 90;
const longestDetail = 45;
const longestFinding = 110;

export function stepTitle({ step }: Pick<StepView, 'step'>, { inputs }: RunbookInstance): string {
  return boundedText(fillText(step.title, inputs), longestTitle).trim() || step.id;
}

/** A step that is done, in one line: mark, what, why it did not come out well, who and when. */
export function doneLine(view: StepView, instance: RunbookInstance, nameOf?: NameOf): Line {
  const { record } = view;
  const word = record.outcome === 'red' || record.outcome === 'unknown' || record.outcome === 'skipped';
  const isLooked = isToBeRead(record);
  const said = isLooked ? record.finding[0] : record.note;
  const detail = said === undefined ? '' : shownText(said, { limit: longestDetail, nameOf }).trim();
  const what = [...(word ? [record.outcome] : []), ...(detail === '' ? [] : [detail])].join(', ');
  return [
    `${outcomeMark(record.outcome)} ${stepTitle(view, instance)}${what === '' ? '' : `: ${what}`}`,
    ...byAndWhen(record),
    ...(record.overriddenBy === undefined
      ? []
      : [' · guard overridden by ', { person: record.overriddenBy } as Span]),
  ];
}

/** What a look found that nobody may pass over: it is not well, not known, or for a person to judge. */
function isToBeRead({ outcome }: StepRecord): boolean {
  return outcome === 'red' || outcome === 'unknown' || outcome === 'seen';
}

/** The rest of what the newest look found, below its line; empty where it was green. */
export function findingLines(record: StepRecord | undefined, nameOf?: NameOf): Line[] {
  if (record?.state !== 'done' || !isToBeRead(record)) return [];
  return record.finding
    .slice(1, mostFinding)
    .map((line) => `    ${shownText(line, { limit: longestFinding, nameOf })}`);
}

function byAndWhen({ by, at }: Pick<StepRecord, 'by' | 'at'>): Span[] {
  if (by === undefined && at === undefined) return [];
  return [
    ' · ',
    ...(by === undefined ? [] : [{ person: by }]),
    ...(at === undefined ? [] : [by === undefined ? '' : ' ', { date: at }]),
  ];
}

/** More stands on the run's own card. */
const mostFinding = 3;

/** The step people are at: what it is, how it stands, what it waits for; at most eight lines. */
export function currentLines(
  view: StepView,
  instance: RunbookInstance,
  {
    commands,
    nameOf,
  }: { readonly commands?: CommandSummaries | undefined; readonly nameOf?: NameOf | undefined },
): Line[] {
  const { record } = view;
  const needs = needsLine(instance, record.id, nameOf);
  return [
    [{ bold: `▸ ${stepTitle(view, instance)}` }],
    ...kindLines(view, instance, commands),
    ...stateLines(record),
    ...record.finding.slice(0, mostFinding).map(uncalling),
    ...(needs === undefined ? [] : [needs]),
    ...peopleLines(view),
  ];
}

function kindLines(
  { step, record }: StepView,
  { inputs }: RunbookInstance,
  commands?: CommandSummaries,
): Line[] {
  switch (step.kind) {
    case 'do':
      if (record.state === 'under_way') return [];
      return step.evidence === 'required'
        ? ['Attest it with a sentence or a link that shows it']
        : ['Attest it when it is done'];
    case 'check':
    case 'run': {
      const invocation = commandText(step.command, inputs);
      const summary = step.text === undefined ? summaryOf(invocation, commands) : undefined;
      return [[{ code: invocation }, ...(summary === undefined ? [] : [` · ${boundedText(summary, 80)}`])]];
    }
    case 'wait': {
      const until: Span[] =
        step.until === undefined
          ? []
          : [', or until this is green: ', { code: commandText(step.until.command, inputs) }];
      return [[`Waits ${durationText(step.minutes)}`, ...until]];
    }
    case 'message':
      return [['Goes to ', ...spans(whereTo(step.to))]];
  }
}

/** What "under way" says already. */
const goesOn: readonly string[] = ['begins', 'runs'];

function stateLines({ state, runState, by, at, dueAt }: StepRecord): Line[] {
  if (state === 'under_way') {
    if (dueAt !== undefined)
      return [['… under way until ', { date: dueAt }, ...byAndWhen({ by, at: undefined })]];
    return [
      [
        `… under way${runState === undefined || goesOn.includes(runState) ? '' : `: ${boundedText(runState, 80)}`}`,
        ...byAndWhen({ by, at }),
      ],
    ];
  }
  // Nothing came of it, and somebody has to begin it again.
  return runState === undefined ? [] : [[`✗ ${boundedText(runState, 80)}`, ...byAndWhen({ by, at })]];
}

const mostNeeds = 3;

/** `Needs: Backend answers (✗ red) · Snapshot recorded (↷ skipped)` */
function needsLine(instance: RunbookInstance, stepId: string, nameOf?: NameOf): Line | undefined {
  const unmet = unmetGuards(instance, stepId);
  if (unmet.length === 0) return undefined;
  const named = unmet.slice(0, mostNeeds).map((id) => {
    const view = stepView(instance, id);
    if (view === undefined) return `${id} (not in this runbook)`;
    const title = shownText(stepTitle(view, instance), { limit: 50, nameOf });
    const { state, outcome } = view.record;
    const how =
      state === 'under_way'
        ? '… under way'
        : state === 'done'
          ? `${outcomeMark(outcome)} ${outcome}`
          : '– not done';
    return `${title} (${how})`;
  });
  const more = unmet.length - named.length;
  return [{ bold: 'Needs: ' }, `${named.join(' · ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function peopleLines({ step, record }: StepView): Line[] {
  const parts: Span[][] = [
    ...(record.assignee === undefined ? [] : [['For ', { person: record.assignee }] as Span[]]),
    ...(step.role === undefined ? [] : [[`Only for the role ${boundedText(step.role, 40)}`]]),
    ...(record.overriddenBy === undefined
      ? []
      : [['Guard overridden by ', { person: record.overriddenBy }] as Span[]]),
  ];
  if (parts.length === 0) return [];
  return [parts.flatMap((part, index) => (index === 0 ? part : [' · ', ...part]))];
}

const mostTextLines = 8;
const longestTextLine = 300;

/** Why, where to look, what is expected; and what a message will say. A block of its own below the step. */
export function explanation(
  { step }: Pick<StepView, 'step'>,
  instance: RunbookInstance,
  preview?: string,
): Line[] {
  // As those it is sent to will read it.
  const message = step.kind === 'message' ? linesOf(decodeSlackEscapes(preview ?? '')) : [];
  const text = linesOf(step.text);
  const room = message.length === 0 ? mostTextLines : mostTextLines / 2;
  return [
    ...text.slice(0, room).map((line) => linked(line.slice(0, longestScanned), instance.inputs)),
    ...moreLines(text.length - room, instance),
    ...message.slice(0, mostTextLines).map((line) => `│ ${boundedText(line, longestTextLine)}`),
    ...moreLines(message.length - mostTextLines, instance),
  ];
}

/** Templates are filled from outside: nothing may cost much more than what is shown of it. */
const longestText = 200_000;
const longestScanned = 1_000;

function linesOf(text = ''): string[] {
  return text
    .slice(0, longestText)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .filter((line) => line.trim() !== '');
}

function moreLines(count: number, { id }: RunbookInstance): Line[] {
  if (count <= 0) return [];
  return [[`… ${count} more ${count === 1 ? 'line' : 'lines'}: `, { code: `/ops runbook show ${id}` }]];
}

/** What the command does, by the longest name that the invocation begins with. */
function summaryOf(invocation: string, commands: CommandSummaries | undefined): string | undefined {
  const words = invocation.split(' ', 3);
  for (let count = words.length; count > 0; count -= 1) {
    const found = commands?.get(words.slice(0, count).join(' '));
    if (found !== undefined) return found.definition.summary;
  }
  return undefined;
}

function spans(line: Line): readonly Span[] {
  return typeof line === 'string' ? [line] : line;
}
