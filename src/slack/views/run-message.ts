import type { View } from '@slack/types';
import type { Run } from '../../core/run.ts';
import type { RunCard } from '../../core/run-card.ts';
import type { NameOf } from '../../core/shown-line.ts';
import type { Line } from '../../core/text.ts';
import { resultView } from './reading-view.ts';
import { detailMessages, type MessageContent, reportCard } from './report-card.ts';

/** `answer`: the card of a run that is answered to one person only. */
export type RunPart = 'card' | 'answer' | 'details' | 'view';

/** Which part of a run a message shows; `run:<id>:card`, `run:<id>:details:<page>`, … */
export function maybeRunPart(messageId: string): { runId: string; part: RunPart; page: number } | undefined {
  const match = /^run:([^:]+):(card|answer|details|view)(?::(\d+))?$/.exec(messageId);
  if (match === null) return undefined;
  return { runId: match[1]!, part: match[2] as RunPart, page: Number(match[3] ?? 0) };
}

export function runCard(run: Run, receipt: string | undefined): RunCard {
  return {
    runId: run.id,
    invocation: run.invocation,
    requesterId: run.requester,
    state: run.state,
    target: run.target,
    environment: run.environment,
    report: run.report,
    problem: run.problem,
    progress: run.progress,
    receipt,
    isRetryOffered: run.isRetryable,
  };
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
  const { report, problem: _problem, ...others } = card;
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

export function countPages(run: Run): number {
  return detailMessages(runCard(run, undefined)).length;
}

/** Every Slack user id the card names, so that their names can be looked up before rendering. */
export function peopleIn(card: RunCard): string[] {
  const lines: Line[] = [
    ...(card.report?.lines ?? []),
    ...(card.report?.details ?? []),
    ...(card.report?.next === undefined ? [] : [card.report.next]),
    ...(card.progress === undefined ? [] : [card.progress]),
  ];
  const spans = lines.flatMap((line) => (typeof line === 'string' ? [] : line));
  const named = spans.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : []));
  return [...new Set([card.requesterId, ...named])].filter((id) => /^[UW][A-Z0-9]+$/.test(id));
}
