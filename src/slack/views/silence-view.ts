import type { InputBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import type { GroupView } from '../../core/alerts/group.ts';
import { headlineOf } from '../../core/cards/alert-subject.ts';
import type { Line } from '../../core/text.ts';
import { type AlertContext, alertModals, writeAlertContext } from './alert-ids.ts';
import { alertReasonLength } from './alert-reason.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { readReasonInput, reasonInput } from './reason-input.ts';
import { longRichText, plainTextObject } from './rich-text.ts';

const durationBlockId = 'duration';
const minutesBlockId = 'minutes';
const actionId = 'value';

const durations = [
  { minutes: 30, label: '30 minutes' },
  { minutes: 120, label: '2 hours' },
  { minutes: 480, label: '8 hours' },
  { minutes: 1_440, label: '24 hours' },
  { minutes: 10_080, label: '7 days' },
] as const;
/** Long enough to be dealt with, short enough to be forgotten without harm. */
const usual = durations[1];
/** 30 days: what is to be quiet for longer belongs into the settings, where it is reviewed. */
export const longestSilenceMinutes = 43_200;

/** Says exactly what goes quiet before it asks for how long and why. */
export function silenceView(
  view: GroupView,
  { nameOf }: Pick<Shown, 'nameOf'>,
  from: Omit<AlertContext, 'groupId'>,
): ModalView {
  const { group, silence } = view;
  const lines: Line[] = [
    [{ bold: headlineOf(group) }],
    ['This group alone: ', { code: group.id }, ' of the source ', { code: group.source }],
    'While it lasts its alerts are counted, not shown, and call nobody.',
    ...(silence === undefined
      ? []
      : [['Silenced now until ', { date: silence.until }, ' by ', { person: silence.owner }] as Line]),
  ];
  return modal({
    title: 'Silence',
    callbackId: alertModals.silence,
    submit: 'Silence',
    privateMetadata: writeAlertContext({ ...from, groupId: group.id }),
    blocks: [
      ...longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom),
      durationInput(),
      minutesInput(),
      reasonInput(alertReasonLength, 'Why?', 'At least 5 characters. It stands on the card with your name.'),
    ],
  });
}

function durationInput(): InputBlock {
  const options = durations.map(({ minutes, label }) => ({
    text: plainTextObject(label, 75),
    value: String(minutes),
  }));
  const initial = options.find(({ value }) => value === String(usual.minutes));
  return {
    type: 'input',
    block_id: durationBlockId,
    label: plainTextObject('For how long', 150),
    optional: false,
    element: {
      type: 'static_select',
      action_id: actionId,
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function minutesInput(): InputBlock {
  return {
    type: 'input',
    block_id: minutesBlockId,
    label: plainTextObject('Or minutes', 150),
    hint: plainTextObject('Counts instead of the choice above. At most 43200, which is 30 days.', 150),
    optional: true,
    element: {
      type: 'number_input',
      action_id: actionId,
      is_decimal_allowed: false,
      min_value: '1',
      max_value: String(longestSilenceMinutes),
    },
  };
}

const entered = z.looseObject({
  [durationBlockId]: z
    .looseObject({
      [actionId]: z.looseObject({ selected_option: z.looseObject({ value: z.string() }).nullish() }),
    })
    .optional(),
  [minutesBlockId]: z
    .looseObject({ [actionId]: z.looseObject({ value: z.string().max(20).nullish() }) })
    .optional(),
});

export type ReadSilence =
  | { readonly minutes: number; readonly reason: string }
  /** By block id, for `response_action: errors`. */
  | { readonly errors: Readonly<Record<string, string>> };

/** What a submitted form says, or what has to be filled in differently. */
export function readSilence(values: unknown): ReadSilence {
  const parsed = entered.safeParse(values);
  const chosen = parsed.data?.[durationBlockId]?.[actionId]?.selected_option?.value;
  const typed = parsed.data?.[minutesBlockId]?.[actionId]?.value?.trim() ?? '';
  const minutes = readMinutes(typed, chosen);
  const reason = readReasonInput(alertReasonLength, values);
  if (typeof minutes === 'number' && 'reason' in reason) return { minutes, reason: reason.reason };
  return {
    errors: {
      ...(typeof minutes === 'number' ? {} : minutes),
      ...('errors' in reason ? reason.errors : {}),
    },
  };
}

function readMinutes(typed: string, chosen: string | undefined): number | Record<string, string> {
  if (typed !== '') {
    const minutes = /^\d{1,6}$/.test(typed) ? Number(typed) : 0;
    return minutes >= 1 && minutes <= longestSilenceMinutes
      ? minutes
      : { [minutesBlockId]: `Give whole minutes from 1 to ${longestSilenceMinutes}, which is 30 days.` };
  }
  const found = durations.find(({ minutes }) => String(minutes) === chosen);
  return found?.minutes ?? { [durationBlockId]: 'Choose how long, or give minutes below.' };
}
