import type { Line } from '../text.ts';
import { planLines, titleOf } from './plan-lines.ts';
import { type CardLines, mostCardLines } from './run-card.ts';
import { headline } from './run-headline.ts';
import { personName, subjectOf, viewFooter } from './run-subject.ts';
import type { RunView } from './run-view.ts';
import type { NameOf } from './shown-line.ts';
import { maybeGlassBreaker } from './signature-lines.ts';

/** A way to somewhere else, under its name. */
export interface NamedLink {
  readonly label: string;
  readonly url: string;
}

export interface GlassBreak {
  /** As it was given; not part of the run. */
  readonly reason: string | undefined;
  /** The card, the incident's thread, the review: whichever exist by now. */
  readonly links: readonly NamedLink[];
}

/** Said in public at once, and at the beginning of the incident's thread. */
export function glassBreakLines(view: RunView, { reason, links }: GlassBreak, nameOf?: NameOf): CardLines {
  const { run } = view;
  const breaker = maybeGlassBreaker(view);
  const fixed: Line[] = [
    ...(reason === undefined ? [] : [`Why: ${reason}`]),
    'It goes ahead without the second signature it needs; a review is due tomorrow',
    ...namedLinks(links),
  ];
  const room = mostCardLines - 2 - fixed.length;
  const plan = run.plan === undefined ? [] : [titleOf(run, nameOf), ...planLines(run.plan)];
  const fitting =
    plan.length <= room
      ? plan
      : [...plan.slice(0, room - 1), `… ${plan.length - room + 1} more lines on its card`];
  return {
    headline: `▲ glass broken${breaker === undefined ? '' : ` by ${personName(breaker, nameOf)}`}: ${subjectOf(run)}`,
    body: [...fitting, ...fixed],
    footer: viewFooter(view, nameOf),
    thread: [],
  };
}

export interface Review extends GlassBreak {
  readonly brokenAt: Date;
  readonly reviewedBy: string | undefined;
}

/** The task of the next day: somebody looks at what was done without a second signature. */
export function reviewLines(view: RunView, review: Review, nameOf?: NameOf): CardLines {
  const { run } = view;
  const breaker = maybeGlassBreaker(view);
  const by = breaker === undefined ? '' : `${personName(breaker, nameOf)} `;
  return {
    headline:
      review.reviewedBy === undefined
        ? `● review due: ${by}broke the glass for: ${subjectOf(run)}`
        : `✓ reviewed by ${personName(review.reviewedBy, nameOf)}: ${subjectOf(run)}`,
    body: [
      ['Broken on ', { date: review.brokenAt }, review.reason === undefined ? '' : `: ${review.reason}`],
      `Outcome: ${headline(view, nameOf)}`,
      ...(review.reviewedBy === undefined
        ? ['Was it needed, was it right, and what would have spared it?']
        : []),
      ...namedLinks(review.links),
    ],
    footer: viewFooter(view, nameOf),
    thread: [],
  };
}

function namedLinks(links: readonly NamedLink[]): Line[] {
  if (links.length === 0) return [];
  return [links.flatMap(({ label, url }, index) => [...(index === 0 ? [] : [' · ']), { link: url, label }])];
}
