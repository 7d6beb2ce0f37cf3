import type { Line } from '../text.ts';
import { fitPlan, titleOf } from './plan-lines.ts';
import { type CardLines, longestCardLine, mostCardLines } from './run-card.ts';
import { saysItself, subjectOf, viewFooter, whereAbout } from './run-subject.ts';
import type { RunView } from './run-view.ts';
import type { NameOf } from './shown-line.ts';
import {
  missingSignatures,
  openUntil,
  reasonLines,
  signatureLine,
  signatures,
  unreadableLines,
} from './signature-lines.ts';

export interface DecisionLines extends CardLines {
  /** Everything that would happen is on the card, uncut: only then may it be decided from the card alone. */
  readonly isWhole: boolean;
}

/** The card on which signatures are given, while they are waited for. */
export function approvalLines(view: RunView, nameOf?: NameOf): DecisionLines {
  const { run } = view;
  const mark = view.signersNow.length === 0 ? '▲' : '●';
  const more = view.signaturesHolding > 0 ? 'more ' : '';
  const missing = missingSignatures(view);
  const needs = `${missing} ${more}${missing === 1 ? 'signature' : 'signatures'} needed`;
  return decisionLines(
    view,
    saysItself(run) ? `${mark} ${needs}${whereAbout(run)}: ` : `${mark} ${subjectOf(run)}, ${needs}: `,
    [
      // Set when signatures have lapsed and it waits once more.
      ...(run.problem === undefined ? [] : [`▲ Asked again: ${run.problem}`]),
      ...reasonLines(run),
      signatureLine(view),
      ...unreadableLines(view.unreadableGroups),
    ],
    nameOf,
  );
}

/** What the one who asked begins, or asks signatures for. */
export function previewLines(view: RunView, nameOf?: NameOf): DecisionLines {
  const { run } = view;
  const needed = run.terms?.approvalsNeeded ?? 0;
  return decisionLines(
    view,
    saysItself(run) ? `● To be confirmed${whereAbout(run)}: ` : `● ${subjectOf(run)}, to be confirmed: `,
    [
      [
        ...(needed === 0 ? [] : [`Needs ${signatures(needed)} then · `]),
        'Nothing has been changed yet · only ',
        { person: run.requester },
        ' can go on',
        ...openUntil(run),
      ],
    ],
    nameOf,
  );
}

/** Headline, as much of the plan as fits, then `fixed`, then the footer: eight lines at most. */
export function decisionLines(
  view: RunView,
  lead: string,
  fixed: readonly Line[],
  nameOf: NameOf | undefined,
): DecisionLines {
  const { run } = view;
  const title = titleOf(run, nameOf);
  const room = mostCardLines - 2 - fixed.length;
  const fitted =
    run.plan === undefined
      ? { lines: [], isWhole: false }
      : fitPlan(run.plan, room, { words: title, room: longestCardLine - lead.length });
  return {
    headline: `${lead}${title}`,
    body: [...fitted.lines, ...fixed],
    footer: viewFooter(view, nameOf),
    thread: [],
    isWhole: fitted.isWhole,
  };
}
