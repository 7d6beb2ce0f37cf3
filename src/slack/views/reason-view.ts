import type { InputBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { planLines, titleOf } from '../../core/cards/plan-lines.ts';
import { whereOf } from '../../core/cards/run-card.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { reasonLines, signatureLine } from '../../core/cards/signature-lines.ts';
import { cleanTyped } from '../../core/parse/clean-text.ts';
import type { Line } from '../../core/text.ts';
import { type OpenedFrom, writeDecisionContext } from './decision-context.ts';
import { decisionModals } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { longRichText, plainTextObject } from './rich-text.ts';

/** Long enough to mean something, short enough to be read on a card. A broken glass is reviewed: it says more. */
const reasonLengths = { deny: { least: 3, most: 500 }, break_glass: { least: 10, most: 500 } } as const;
export type ReasonedModal = keyof typeof reasonLengths;

export const reasonBlockId = 'reason';
const actionId = 'value';

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
      reasonInput('deny', 'Why not?', 'Everybody who sees the card reads it.'),
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
      reasonInput('break_glass', 'Why can it not wait?', 'At least 10 characters. Everybody reads it.'),
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

function reasonInput(kind: ReasonedModal, label: string, hint: string): InputBlock {
  const { least, most } = reasonLengths[kind];
  return {
    type: 'input',
    block_id: reasonBlockId,
    label: plainTextObject(label, 150),
    hint: plainTextObject(hint, 150),
    optional: false,
    element: {
      type: 'plain_text_input',
      action_id: actionId,
      multiline: true,
      min_length: least,
      max_length: most,
      focus_on_load: true,
    },
  };
}

const entered = z.looseObject({
  [reasonBlockId]: z.looseObject({ [actionId]: z.looseObject({ value: z.string().max(3_000).nullish() }) }),
});

export type ReadReason =
  | { readonly reason: string }
  /** By block id, for `response_action: errors`. */
  | { readonly errors: Readonly<Record<string, string>> };

/** The reason a submitted modal holds, trimmed; Slack counts spaces towards its length, people do not. */
export function readReason(kind: ReasonedModal, values: unknown): ReadReason {
  const { least, most } = reasonLengths[kind];
  const parsed = entered.safeParse(values);
  const reason = cleanTyped(
    parsed.success ? (parsed.data[reasonBlockId]?.[actionId]?.value ?? '') : '',
  ).trim();
  if (reason === '') return problem('This is needed: a reason in words.');
  if (reason.length < least) return problem(`Too short: give at least ${least} characters.`);
  if (reason.length > most) return problem(`Too long: give at most ${most} characters.`);
  return { reason };
}

function problem(message: string): ReadReason {
  return { errors: { [reasonBlockId]: message } };
}
