import type { InputBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import type { GroupView } from '../../core/alerts/group.ts';
import { type Severity, severities } from '../../core/alerts/severity.ts';
import { headlineOf } from '../../core/cards/alert-subject.ts';
import { marked, severityMarks } from '../../core/cards/severity-words.ts';
import type { Line } from '../../core/text.ts';
import { type AlertContext, alertModals, writeAlertContext } from './alert-ids.ts';
import { alertReasonLength } from './alert-reason.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { readReasonInput, reasonInput } from './reason-input.ts';
import { longRichText, plainTextObject } from './rich-text.ts';

const severityBlockId = 'severity';
const actionId = 'value';

export function severityView(
  view: GroupView,
  { nameOf }: Pick<Shown, 'nameOf'>,
  from: Omit<AlertContext, 'groupId'>,
): ModalView {
  const { group } = view;
  const lines: Line[] = [
    [{ bold: headlineOf(group) }],
    'It counts instead of what the source says until this group resolves.',
    ...(group.severitySetBy === undefined ? [] : [['Set now by ', { person: group.severitySetBy }] as Line]),
  ];
  return modal({
    title: 'Severity',
    callbackId: alertModals.severity,
    submit: 'Set severity',
    privateMetadata: writeAlertContext({ ...from, groupId: group.id }),
    blocks: [
      ...longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom),
      severityInput(group.severity),
      reasonInput(alertReasonLength, 'Why?', 'At least 5 characters. It is on record with your name.'),
    ],
  });
}

function severityInput(now: Severity): InputBlock {
  const options = severities.map((severity) => ({
    text: plainTextObject(marked(severityMarks[severity]), 75),
    value: severity,
  }));
  const initial = options.find(({ value }) => value === now);
  return {
    type: 'input',
    block_id: severityBlockId,
    label: plainTextObject('Severity', 150),
    optional: false,
    element: {
      type: 'static_select',
      action_id: actionId,
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

const entered = z.looseObject({
  [severityBlockId]: z.looseObject({
    [actionId]: z.looseObject({ selected_option: z.looseObject({ value: z.enum(severities) }) }),
  }),
});

export type ReadSeverityForm =
  | { readonly severity: Severity; readonly reason: string }
  /** By block id, for `response_action: errors`. */
  | { readonly errors: Readonly<Record<string, string>> };

export function readSeverityForm(values: unknown): ReadSeverityForm {
  const severity = entered.safeParse(values).data?.[severityBlockId]?.[actionId]?.selected_option.value;
  const reason = readReasonInput(alertReasonLength, values);
  if (severity !== undefined && 'reason' in reason) return { severity, reason: reason.reason };
  return {
    errors: {
      ...(severity === undefined ? { [severityBlockId]: 'Choose a severity.' } : {}),
      ...('errors' in reason ? reason.errors : {}),
    },
  };
}
