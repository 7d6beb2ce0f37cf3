import type { View } from '@slack/types';
import { guardedCard } from '../../core/cards/guarded-card.ts';
import type { RunCard } from '../../core/cards/run-card.ts';
import { isPreview } from '../../core/cards/run-subject.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import type { NameOf } from '../../core/cards/shown-line.ts';
import type { Run } from '../../core/run.ts';
import type { Line } from '../../core/text.ts';
import type { MessageContent } from './card-message.ts';
import type { Shown } from './guarded-message.ts';
import { planPreview } from './plan-preview.ts';
import { resultView } from './reading-view.ts';
import { detailMessages, reportCard } from './report-card.ts';

const parts = [
  /** Where it was asked. */
  'card',
  /** The card of a run that is answered to one person only. */
  'answer',
  /** Page `about` of what the card has no room for. */
  'details',
  /** The modal it was submitted from. */
  'view',
  /** The card signatures are given on. */
  'approval',
  /** The message to the signer `about`. */
  'ask',
  /** The same at half-time. */
  'remind',
  /** What the one who asked is told of others' decisions; `about` is which. */
  'told',
  /** The card for somebody who asked for the same, in the run `about`. */
  'copy',
  /** The public notice of a broken glass in channel `about`. */
  'broke_glass',
  /** What opens the incident's thread. */
  'incident',
  /** The run's card inside that thread. */
  'thread',
  /** The next day's task. */
  'review',
] as const;

export type RunPart = (typeof parts)[number];

export interface ShownPart {
  readonly runId: string;
  readonly part: RunPart;
  /** `about` as a number; 0 when it is none. */
  readonly page: number;
  /** Whom or what it is for, where a run has several of the kind. */
  readonly about?: string;
}

/** Which part of a run a message shows; `run:<id>:card`, `run:<id>:details:<page>`, `run:<id>:ask:<user>`, … */
export function maybeRunPart(messageId: string): ShownPart | undefined {
  const match = /^run:([^:]+):([a-z_]+)(?::([A-Za-z0-9_-]+))?$/.exec(messageId);
  const part = parts.find((one) => one === match?.[2]);
  if (match?.[1] === undefined || part === undefined) return undefined;
  const about = match[3];
  const page = about !== undefined && /^\d{1,6}$/.test(about) ? Number(about) : 0;
  return { runId: match[1], part, page, ...(about === undefined || part === 'details' ? {} : { about }) };
}

/**
 * The run's card where nothing but the run and its receipt are known. It says nothing about signatures and steps:
 * those stand on {@link viewCard}.
 */
export function runCard(run: Run, receipt: string | undefined): RunCard {
  const card = guardedCard(onlyRun(run, receipt));
  const { headline, notes: _notes, ...others } = card;
  const isAboutSignatures = run.state === 'awaiting_approval' || run.state === 'expired';
  return headline === undefined || isAboutSignatures ? others : { ...others, headline };
}

function onlyRun(run: Run, receipt: string | undefined): RunView {
  return {
    run,
    receipt,
    approvals: [],
    steps: [],
    signersNow: [],
    unreadableGroups: [],
    signaturesHolding: 0,
    waitsFor: undefined,
    undo: undefined,
    approvalLink: undefined,
  };
}

/** The run's card with names, signatures and steps on it. */
export function viewCard(view: RunView, nameOf?: NameOf): RunCard {
  return guardedCard(view, nameOf);
}

/** One part of a run as it stands; undefined when the part no longer exists. */
export function runMessage(
  card: RunCard,
  part: 'card' | 'answer' | 'details',
  page: number,
  nameOf: NameOf,
): MessageContent | undefined {
  return part === 'details' ? detailMessages(card, nameOf)[page - 1] : reportCard(card, nameOf);
}

/** The card everyone saw while it ran, of a run that was then answered to one person only. */
export function withoutAnswer(card: RunCard): RunCard {
  const { report, problem: _problem, headline: _headline, lines: _lines, notes: _notes, ...others } = card;
  return {
    ...others,
    isRetryOffered: false,
    ...(report === undefined
      ? {}
      : { report: { status: 'info', headline: 'answered to the person who asked, who alone sees it' } }),
  };
}

export function runView(run: Run, card: RunCard, nameOf: NameOf): View {
  return resultView(run.command, card, nameOf);
}

/** The modal it was submitted from: the preview while it waits to be begun, then where it stands. */
export function runModal(view: RunView, shown: Pick<Shown, 'nameOf'>): View {
  const { run } = view;
  if (isPreview(run)) return planPreview(view, shown, run.origin);
  return resultView(run.command, guardedCard(view, shown.nameOf), shown.nameOf);
}

/** The same for every reader of the run: how much goes to the thread never depends on who has signed. */
export function countPages(run: Run): number {
  return detailMessages(guardedCard(onlyRun(run, undefined))).length;
}

/** Every Slack user id the card names, so that their names can be looked up before rendering. */
export function peopleIn(card: RunCard): string[] {
  return userIds([
    card.requesterId,
    ...peopleInLines([
      ...(card.report?.lines ?? []),
      ...(card.report?.details ?? []),
      ...(card.report?.next === undefined ? [] : [card.report.next]),
      ...(card.progress === undefined ? [] : [card.progress]),
      ...(card.lines ?? []),
      ...(card.notes ?? []),
    ]),
  ]);
}

/** Every Slack user id that any card, message or modal about the run names. */
export function peopleInView(view: RunView): string[] {
  const { run } = view;
  return userIds([
    ...peopleIn(guardedCard(view)),
    ...[run.endedBy, run.cancelRequestedBy, view.waitsFor?.requester].filter((id) => id !== undefined),
    ...view.approvals.map(({ signer }) => signer),
    ...view.signersNow,
    ...(run.terms?.approvers.flatMap(({ users }) => users) ?? []),
    ...peopleInLines([...(run.plan?.summary ?? []), ...(run.plan?.warnings ?? [])]),
  ]);
}

function peopleInLines(lines: readonly Line[]): string[] {
  const spans = lines.flatMap((line) => (typeof line === 'string' ? [] : line));
  return spans.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : []));
}

function userIds(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => /^[UW][A-Z0-9]+$/.test(id));
}
