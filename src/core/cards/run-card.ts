import type { Report } from '../../command.ts';
import type { RunState } from '../run.ts';
import { code, type Line, type Span } from '../text.ts';
import { type NameOf, shownText } from './shown-line.ts';

/** What a run's card shows: the facts of the run and, once there is one, its report. */
export interface RunCard {
  readonly runId: string;
  /** Canonical text without `/ops`, e.g. `verify-audit acme --full`. */
  readonly invocation: string;
  readonly requesterId: string;
  readonly state: RunState;
  readonly target?: string | undefined;
  readonly environment?: string | undefined;
  readonly report?: Report | undefined;
  /** Why it failed or was refused, as the sentence the person reads. */
  readonly problem?: string | undefined;
  readonly progress?: Line | undefined;
  /** e.g. `#1234 · 9f3ab2`. */
  readonly receipt?: string | undefined;
  readonly isRetryOffered?: boolean | undefined;
  /** Instead of the headline that state, report and problem would give. */
  readonly headline?: string | undefined;
  /** Instead of the progress or the report's lines. */
  readonly lines?: readonly Line[] | undefined;
  /** Always on the card, whatever else does not fit; at most three. */
  readonly notes?: readonly Line[] | undefined;
  /** What does not fit is read by way of the card's ⋯, not in its thread. Default false. */
  readonly isDetailedInMenu?: boolean | undefined;
}

/** The card as lines, before Slack or a terminal decides how they look. */
export interface CardLines {
  /** Mark, word and the most important words: also the notification. */
  readonly headline: string;
  readonly body: readonly Line[];
  /** Requester · target (environment) · run id · receipt. */
  readonly footer: string;
  /** What did not fit the card and what the report keeps for the thread. */
  readonly thread: readonly Line[];
}

/** Design rule: a card is at most 8 short lines, headline and footer among them. */
export const mostCardLines = 8;
/** About two lines of a phone in portrait. */
export const longestCardLine = 200;

export const reportMarks = { ok: '✓', warning: '▲', bad: '✗', unknown: '?', info: '○' } as const;

/** Mark and word for every state, so that meaning never rests on colour or on the mark alone. */
const stateMarks: Readonly<Record<RunState, string>> = {
  planned: '… starting',
  awaiting_approval: '● waiting for signatures',
  approved: '… approved, starting',
  executing: '… running',
  succeeded: '✓ done',
  failed: '✗ failed',
  unknown: '? outcome unknown',
  denied: '⛔ denied',
  expired: '○ expired',
  cancelled: '○ cancelled',
  refused: '⛔ refused',
};

/**
 * Puts a card's lines together, most important first; what does not fit `mostLines` goes to the thread,
 * never away. A terminal has no such bound.
 */
export function cardLines(card: RunCard, nameOf?: NameOf, mostLines = mostCardLines): CardLines {
  const { report } = card;
  const headline = headlineOf(card);
  const next = nextOf(report, card.state);
  const details = report?.details ?? [];
  // An answer only one person sees has no thread to put the rest into.
  if (card.state === 'refused' && report === undefined) {
    const whole = wholeProblem(card.problem, headline).slice(0, mostLines - 3);
    return {
      headline,
      body: [[code(card.invocation)], ...whole],
      footer: footerOf(card, nameOf),
      thread: [],
    };
  }
  if (report?.isPrivate === true) {
    const body = [[code(card.invocation)], ...bodyOf(card), ...details, ...(next ? [next] : [])];
    return { headline, body, footer: footerOf(card, nameOf), thread: [] };
  }
  const offered: Line[] = [...bodyOf(card)];
  const notes = card.notes ?? [];
  // Headline, invocation, notes and footer are always there.
  const room = mostLines - 3 - notes.length - (next ? 1 : 0);
  const isCut = offered.length > room;
  const fitting = isCut ? offered.slice(0, room - 1) : offered;
  const overflow = offered.slice(fitting.length);
  const where = card.isDetailedInMenu === true ? 'behind Details' : 'in the thread';
  const more: Line[] = isCut ? [`… ${overflow.length} more ${where}`] : [];
  const tooLong = [card.problem, report?.headline].filter(
    (text) => text && (text.length > longestCardLine - 20 || isCutFrom(headline, text)),
  );
  return {
    headline,
    body: [[code(card.invocation)], ...fitting, ...more, ...notes, ...(next ? [next] : [])],
    footer: footerOf(card, nameOf),
    thread: [...(tooLong as string[]), ...overflow, ...details],
  };
}

/** A refusal is read in full: what the headline has no room for follows it in lines that have. */
function wholeProblem(problem: string | undefined, headline: string): string[] {
  if (problem === undefined) return [];
  if (problem.length <= longestCardLine - 20 && !isCutFrom(headline, problem)) return [];
  return problem.match(/\S.{0,170}(?=\s|$)|\S{1,170}/gs) ?? [];
}

/** The text stands in a headline that is longer than a line. */
function isCutFrom(headline: string, text: string): boolean {
  return headline.length > longestCardLine && headline.includes(text);
}

function headlineOf({ state, report, problem, headline }: RunCard): string {
  if (headline !== undefined) return headline;
  if (report && state === 'succeeded') return `${reportMarks[report.status] ?? '○'} ${report.headline}`;
  const because = problem ?? report?.headline;
  return because ? `${stateMarks[state]}: ${because}` : stateMarks[state];
}

function bodyOf({ state, report, progress, lines }: RunCard): readonly Line[] {
  if (lines !== undefined) return lines;
  if (state === 'executing') return progress === undefined ? [] : [progress];
  return report?.lines ?? [];
}

function nextOf(report: Report | undefined, state: RunState): Line | undefined {
  // What is unknown is looked at and settled first; its card says how.
  if (state === 'unknown') return undefined;
  if (!report?.next || report.next.length === 0) return undefined;
  const spans: readonly Span[] = typeof report.next === 'string' ? [report.next] : report.next;
  return [{ bold: 'Next: ' }, ...spans];
}

/** `rms (production)`; undefined without a target. */
export function whereOf({
  target,
  environment,
}: Pick<RunCard, 'target' | 'environment'>): string | undefined {
  return target && (environment ? `${target} (${environment})` : target);
}

/** Requester · target (environment) · run id · receipt. */
export function footerOf(
  card: Pick<RunCard, 'runId' | 'requesterId' | 'target' | 'environment' | 'receipt'>,
  nameOf: NameOf | undefined,
): string {
  const where = whereOf(card);
  const who = shownText([{ person: card.requesterId }], { limit: 60, nameOf });
  return [`Asked by ${who}`, where, card.runId, card.receipt]
    .filter((part) => part)
    .map((part) => shownText(String(part), { limit: 90 }))
    .join(' · ');
}
