import type { Line } from '../text.ts';
import type { RunCard } from './run-card.ts';
import { headline } from './run-headline.ts';
import { isGuarded } from './run-subject.ts';
import type { RunView } from './run-view.ts';
import type { NameOf } from './shown-line.ts';
import { decidedLine, signatureLine } from './signature-lines.ts';
import { maybeLostStep, maybeShrunkLine, stepLine } from './step-lines.ts';

/**
 * The card of a run as it stands, where no decision is given: waiting elsewhere, running or settled. What does not
 * fit goes to the thread; how much that is depends on the run alone, never on who has signed.
 */
export function guardedCard(view: RunView, nameOf?: NameOf): RunCard {
  const { run } = view;
  const card: RunCard = {
    runId: run.id,
    invocation: run.invocation,
    requesterId: run.requester,
    state: run.state,
    target: run.target,
    environment: run.environment,
    report: run.report,
    problem: run.problem,
    progress: run.progress,
    receipt: view.receipt,
    isRetryOffered: run.isRetryable,
  };
  if (!isGuarded(run)) return card;
  return {
    ...card,
    headline: headline(view, nameOf),
    lines: lines(view),
    notes: notes(view),
    isDetailedInMenu: run.incidentId !== undefined,
  };
}

function lines(view: RunView): readonly Line[] {
  const { run } = view;
  switch (run.state) {
    case 'awaiting_approval':
      return [
        view.approvalLink === undefined
          ? 'Signatures are being asked for'
          : ['Signatures are given on ', { link: view.approvalLink, label: 'its approval card' }],
      ];
    case 'approved':
      return waitLines(view);
    case 'executing':
      return [
        ...(run.progress === undefined ? [] : [run.progress]),
        ...(run.cancelRequestedBy === undefined
          ? []
          : [
              [
                { person: run.cancelRequestedBy },
                ' has asked it to stop; what is under way is finished first',
              ] as Line,
            ]),
      ];
    case 'denied':
      return run.problem === undefined ? [] : [`Why: ${run.problem}`];
    case 'cancelled':
    case 'expired':
      return [...(run.problem === undefined ? [] : [run.problem]), ...(run.report?.lines ?? [])];
    case 'unknown':
      // What was seen in the target is what helps to settle it: first of all what it looks like.
      return run.report === undefined ? [] : [[{ bold: run.report.headline }], ...(run.report.lines ?? [])];
    default:
      return run.report?.lines ?? [];
  }
}

/** Who goes first. */
export function waitLines({ run, waitsFor }: RunView): Line[] {
  if (waitsFor === undefined) return [];
  return [
    [
      'One at a time: ',
      { person: waitsFor.requester },
      `’s run ${waitsFor.runId} goes first: `,
      { code: waitsFor.invocation },
    ],
    ['It starts by itself when that one has ended, and ', { person: run.requester }, ' is told'],
  ];
}

/** What a person has to look at to settle it: the step, its call, and where. */
function lookHere({ run, steps }: RunView): Line[] {
  const lost = maybeLostStep(steps);
  const effect = (run.performed ?? run.plan)?.effects.find(({ step }) => step === lost?.name);
  const call: Line[] =
    run.report !== undefined
      ? []
      : effect === undefined
        ? [`Step: ${lost?.name ?? 'not recorded'}`]
        : [[`Step ${effect.step}: `, { code: effect.summary }]];
  const where = run.target === undefined ? 'the operated system' : run.target;
  return [...call, `Look in ${where} whether it happened, then say so here. Nothing is sent again`];
}

function notes(view: RunView): readonly Line[] {
  const { run } = view;
  const steps = stepLine(view);
  const shrunk = maybeShrunkLine(run);
  const shrunkLines = shrunk === undefined ? [] : [shrunk];
  switch (run.state) {
    case 'planned':
      return [];
    case 'awaiting_approval':
      return [signatureLine(view)];
    case 'unknown':
      return [...lookHere(view), decidedLine(view)];
    case 'executing':
    case 'failed':
    case 'cancelled':
      return [steps, ...shrunkLines, decidedLine(view)];
    default:
      return [...shrunkLines, decidedLine(view)];
  }
}
