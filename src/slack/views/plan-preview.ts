import type { ModalView } from '@slack/types';
import { planLines, titleOf } from '../../core/cards/plan-lines.ts';
import { whereOf } from '../../core/cards/run-card.ts';
import { isPreview } from '../../core/cards/run-subject.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { reasonLines, signatures, unreadableLines } from '../../core/cards/signature-lines.ts';
import type { Line } from '../../core/text.ts';
import { beginLabel } from './decision-buttons.ts';
import { type OpenedFrom, writeDecisionContext } from './decision-context.ts';
import { decisionModals } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { longRichText } from './rich-text.ts';
import { whoCanSignLines } from './who-can-sign.ts';

/** What the command would do, to be begun by the one who asked: the second view of its modal. */
export function planPreview(
  view: RunView,
  { nameOf }: Pick<Shown, 'nameOf'>,
  from: OpenedFrom = {},
): ModalView {
  const { run } = view;
  const canBegin = isPreview(run) && run.digest !== undefined;
  const needed = run.terms?.approvalsNeeded ?? 0;
  const where = whereOf(run);
  const lines: Line[] = [
    [{ bold: titleOf(run, nameOf) }],
    ...(run.plan === undefined ? [] : planLines(run.plan)),
    ...reasonLines(run),
    [{ code: run.invocation }],
    ...(where === undefined ? [] : [`On ${where}`]),
    ...(needed === 0
      ? []
      : [`Needs ${signatures(needed)}`, ...whoCanSignLines(view), ...unreadableLines(view.unreadableGroups)]),
    'Nothing has been changed yet.',
  ];
  return modal({
    title: run.command,
    callbackId: decisionModals.planPreview,
    privateMetadata: writeDecisionContext(run, from),
    ...(canBegin ? { submit: beginLabel(run) } : { close: 'Close' }),
    blocks: longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom),
  });
}
