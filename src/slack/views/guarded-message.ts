import { approvalLines, previewLines } from '../../core/cards/decision-lines.ts';
import { guardedCard } from '../../core/cards/guarded-card.ts';
import { cardLines } from '../../core/cards/run-card.ts';
import { isGuarded, isPreview } from '../../core/cards/run-subject.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import type { NameOf } from '../../core/cards/shown-line.ts';
import { type CardElement, cardMessage, type MessageContent } from './card-message.ts';
import { approveButton, confirmButton, decisionButton, runMenu } from './decision-buttons.ts';
import type { MenuAction } from './decision-ids.ts';
import { cardButtons, reportCard } from './report-card.ts';

/** What every view of a run is drawn with besides the run itself. */
export interface Shown {
  readonly nameOf?: NameOf | undefined;
  /** The moment it is drawn. */
  readonly now: Date;
}

/** More make people read buttons instead of cards. */
const mostButtons = 3;

/**
 * The card on which signatures are given. Once that is over it is the run's card like any other, without what
 * belongs to the one who asked.
 */
export function approvalMessage(view: RunView, shown: Shown): MessageContent {
  const { run } = view;
  if (run.state !== 'awaiting_approval') return lifeMessage(view, shown, []);
  const lines = approvalLines(view, shown.nameOf);
  const approve = lines.isWhole ? approveButton(run, shown.nameOf) : [];
  const menu: MenuAction[] = ['details', 'cancel_run', 'who_can_sign', ...ifDecidable(run, 'break_glass')];
  return cardMessage(
    lines,
    [
      // Nobody signs what the card has no room for: Details shows all of it and has Approve.
      ...(approve.length > 0 ? approve : [decisionButton('details', run, { style: 'primary' })]),
      ...(run.digest === undefined ? [] : [decisionButton('deny', run)]),
      runMenu(run, approve.length > 0 ? menu : menu.filter((action) => action !== 'details')),
    ],
    shown.nameOf,
  );
}

/**
 * The card where it was asked: a read's, the preview to confirm, or where a guarded run stands.
 * @param isSignedHere the channel is the one where signatures are given, so one card does for both.
 */
export function askedMessage(
  view: RunView,
  shown: Shown,
  { isSignedHere = false }: { readonly isSignedHere?: boolean } = {},
): MessageContent {
  const { run } = view;
  if (!isGuarded(run)) return reportCard(guardedCard(view, shown.nameOf), shown.nameOf);
  if (isPreview(run)) {
    return cardMessage(
      previewLines(view, shown.nameOf),
      [...confirmButton(run, shown.nameOf), decisionButton('cancel_run', run), runMenu(run, ['details'])],
      shown.nameOf,
    );
  }
  if (isSignedHere && run.state === 'awaiting_approval') return approvalMessage(view, shown);
  const askAgain = run.state === 'expired' ? [decisionButton('ask_again', run, { style: 'primary' })] : [];
  return lifeMessage(view, shown, [...askAgain, ...cardButtons(guardedCard(view, shown.nameOf))]);
}

/** The card of a run as it stands for somebody who asked for the same: to read, not to decide on. */
export function copyMessage(view: RunView, shown: Shown): MessageContent {
  const { text, blocks } = askedMessage(view, shown);
  return { text, blocks: blocks.filter(({ type }) => type !== 'actions') };
}

/** @param own what only the card where it was asked offers. */
function lifeMessage(view: RunView, shown: Shown, own: readonly CardElement[]): MessageContent {
  const { run } = view;
  const lines = cardLines(guardedCard(view, shown.nameOf), shown.nameOf);
  const isUndoOffered = run.state === 'succeeded' && view.undo !== undefined && shown.now < view.undo.until;
  const buttons: CardElement[] = [
    ...(run.state === 'unknown'
      ? (['happened', 'did_not_happen', 'look_again'] as const).map((action) => decisionButton(action, run))
      : []),
    ...(isUndoOffered ? [decisionButton('undo', run)] : []),
    ...own,
  ];
  return cardMessage(lines, [...buttons.slice(0, mostButtons), ...menuOf(run)], shown.nameOf);
}

function menuOf(run: RunView['run']): CardElement[] {
  switch (run.state) {
    case 'awaiting_approval':
      return [runMenu(run, ['cancel_run'])];
    case 'approved':
      return [runMenu(run, ['details', 'cancel_run'])];
    case 'executing':
      return [runMenu(run, run.cancelRequestedBy === undefined ? ['details', 'cancel_run'] : ['details'])];
    case 'unknown':
      return [runMenu(run, ['details'])];
    default:
      // An incident's thread has one message for it: see `detailsOf` in `carry-out.ts`.
      return run.incidentId !== undefined && run.report !== undefined ? [runMenu(run, ['details'])] : [];
  }
}

function ifDecidable(run: RunView['run'], action: MenuAction): MenuAction[] {
  return run.digest === undefined ? [] : [action];
}
