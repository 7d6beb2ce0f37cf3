import type { ModalView } from '@slack/types';
import { titleOf } from '../../core/cards/plan-lines.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { people, signatureLine, signersOf, unreadableLines } from '../../core/cards/signature-lines.ts';
import type { Line } from '../../core/text.ts';
import { type OpenedFrom, writeDecisionContext } from './decision-context.ts';
import { decisionModals } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { longRichText } from './rich-text.ts';

/** More are counted. */
const mostNames = 25;

/** Who could sign at this moment. */
export function whoCanSignLines({ signersNow }: Pick<RunView, 'signersNow'>): Line[] {
  return signersNow.length === 0
    ? ['Nobody can sign now']
    : [['Can sign now: ', ...people(signersNow, mostNames)]];
}

/** Who has signed, who could, who may not and why: without buttons, it only answers a question. */
export function whoCanSignView(
  view: RunView,
  { nameOf }: Pick<Shown, 'nameOf'>,
  from: OpenedFrom = {},
): ModalView {
  const { run } = view;
  const signed = signersOf(view);
  const lines: Line[] = [
    [{ bold: titleOf(run, nameOf) }],
    ...(run.state === 'awaiting_approval'
      ? [signatureLine({ ...view, signersNow: [] }).slice(0, 1) as Line]
      : []),
    ...whoCanSignLines(view),
    ...(signed.length === 0 ? [] : [['Have signed: ', ...people(signed, mostNames)] as Line]),
    ...unreadableLines(view.unreadableGroups),
    ...(run.terms?.approvers ?? []).map(
      ({ role, users }): Line => [
        `In ${role} when it was asked: `,
        ...(users.length === 0 ? ['nobody'] : people(users, mostNames)),
      ],
    ),
    ['Nobody signs their own request: ', { person: run.requester }, ' cannot, nor through another account'],
    'Somebody who joins a role later cannot sign this request',
  ];
  return modal({
    title: 'Who can sign',
    callbackId: decisionModals.whoCanSign,
    close: 'Close',
    privateMetadata: writeDecisionContext(run, from),
    blocks: longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom),
  });
}
