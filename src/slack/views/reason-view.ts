import type { ModalView } from '@slack/types';
import { planLines, titleOf } from '../../core/cards/plan-lines.ts';
import { whereOf } from '../../core/cards/run-card.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { reasonLines, signatureLine } from '../../core/cards/signature-lines.ts';
import type { Line } from '../../core/text.ts';
import { type OpenedFrom, writeDecisionContext } from './decision-context.ts';
import { decisionModals } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { type ReadReason, readReasonInput, reasonInput } from './reason-input.ts';
import { longRichText } from './rich-text.ts';

/** Long enough to mean something, short enough to be read on a card. A broken glass is reviewed: it says more. */
const reasonLengths = { deny: { least: 3, most: 500 }, break_glass: { least: 10, most: 500 } } as const;
export type ReasonedModal = keyof typeof reasonLengths;

export function denyView(view: RunView, { nameOf }: Pick<Shown, 'nameOf'>, from: OpenedFrom = {}): ModalView {
  const { run } = view;
  return modal({
    title: 'Deny',
    callbackId: decisionModals.deny,
    submit: 'Deny',
    privateMetadata: writeDecisionContext(run, from),
    blocks: [
      ...text(
        [
          ...asked(view, nameOf),
          ['Nothing is done. ', { person: run.requester }, ' is told, with your reason.'],
        ],
        nameOf,
      ),
      reasonInput(reasonLengths.deny, 'Why not?', 'Everybody who sees the card reads it.'),
    ],
  });
}

/** Says what it is about to do before it asks why: there is no second question. */
export function breakGlassView(
  view: RunView,
  { nameOf }: Pick<Shown, 'nameOf'>,
  from: OpenedFrom = {},
): ModalView {
  const { run } = view;
  return modal({
    title: 'Break glass',
    callbackId: decisionModals.breakGlass,
    submit: 'Break glass and run',
    privateMetadata: writeDecisionContext(run, from),
    blocks: [
      ...text(
        [
          ...asked(view, nameOf),
          ...(run.plan === undefined ? [] : planLines(run.plan)),
          signatureLine(view),
          [{ bold: '▲ This goes ahead at once, without the signatures that are missing.' }],
          'It is announced in the ops and the ledger channel, opens a thread among the incidents, and leaves a review for tomorrow. Your name and reason are on record.',
        ],
        nameOf,
      ),
      reasonInput(
        reasonLengths.break_glass,
        'Why can it not wait?',
        'At least 10 characters. Everybody reads it.',
      ),
    ],
  });
}

function asked({ run }: RunView, nameOf: Shown['nameOf']): Line[] {
  const where = whereOf(run);
  return [
    [{ bold: titleOf(run, nameOf) }],
    ['Asked by ', { person: run.requester }, ...(where === undefined ? [] : [` on ${where}`])],
    ...reasonLines(run),
  ];
}

function text(lines: readonly Line[], nameOf: Shown['nameOf']) {
  return longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom);
}

/** The reason a submitted form holds. */
export function readReason(kind: ReasonedModal, values: unknown): ReadReason {
  return readReasonInput(reasonLengths[kind], values);
}
