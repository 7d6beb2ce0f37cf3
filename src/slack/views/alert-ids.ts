import { z } from 'zod';

/**
 * Everything a person can do to a group of alerts by clicking, as Slack hands it back. A click carries the group's id
 * only: who clicked, what the group is and whether it may be done is looked up.
 */
export const alertButtons = {
  acknowledge: 'alert:acknowledge',
  start_incident: 'alert:start_incident',
  suggestion: 'alert:suggestion',
} as const;
export type AlertButton = keyof typeof alertButtons;

/** `action_id` of the card's overflow menu; what was chosen stands in the option's value. */
export const alertMenuId = 'alert:more';
export const alertMenuActions = [
  'start_incident',
  'silence',
  'severity',
  'escalate',
  'close',
  'raw',
] as const;
export type AlertMenuAction = (typeof alertMenuActions)[number];

/** Those that open a form; what it shows is read once it is open. */
export const groupForms = ['silence', 'severity', 'raw'] as const;
export type GroupForm = (typeof groupForms)[number];

/** `callback_id` of each modal about a group; all carry an alert context as `private_metadata`. */
export const alertModals = {
  silence: 'alert_silence',
  severity: 'alert_severity',
  raw: 'alert_raw',
} as const;

export const groupIdText = z.string().regex(/^g-[0-9a-z]{1,40}$/);
const value = z.strictObject({ group: groupIdText });

/** @example alertValue('g-7k2m9q4x') // '{"group":"g-7k2m9q4x"}' */
export function alertValue(groupId: string): string {
  return JSON.stringify({ group: groupId });
}

/** At most 75 characters: Slack's typings allow an option no more. @example 'silence g-7k2m9q4x' */
export function alertMenuValue(action: AlertMenuAction, groupId: string): string {
  return `${action} ${groupId}`;
}

export interface AlertClick {
  readonly groupId: string;
  readonly chosen: AlertButton | AlertMenuAction;
}

/** What a click is about, from the button's `value` or the chosen option's; undefined for what is not ours. */
export function maybeAlertClick(actionId: string, text: string | undefined): AlertClick | undefined {
  if (text === undefined || text.length > 100) return undefined;
  if (actionId === alertMenuId) {
    const [chosen, groupId, ...others] = text.split(' ');
    const action = alertMenuActions.find((one) => one === chosen);
    const isOurs = others.length === 0 && groupIdText.safeParse(groupId).success;
    return action === undefined || !isOurs ? undefined : { groupId: groupId!, chosen: action };
  }
  const chosen = (Object.keys(alertButtons) as AlertButton[]).find((one) => alertButtons[one] === actionId);
  const parsed = chosen === undefined ? undefined : value.safeParse(maybeJson(text));
  return chosen === undefined || !parsed?.success ? undefined : { groupId: parsed.data.group, chosen };
}

/** What a modal about a group carries in `private_metadata`: which group, and where it was opened. */
const context = z.strictObject({
  group: groupIdText,
  channelId: z.string().max(80).optional(),
  threadTs: z.string().max(80).optional(),
});

export interface AlertContext {
  readonly groupId: string;
  readonly channelId?: string | undefined;
  readonly threadTs?: string | undefined;
}

export function writeAlertContext({ groupId, channelId, threadTs }: AlertContext): string {
  return JSON.stringify({ group: groupId, channelId, threadTs });
}

/** Undefined when the text is not ours: a modal of another app, or of an older form. */
export function maybeAlertContext(text: string): AlertContext | undefined {
  const parsed = context.safeParse(maybeJson(text));
  if (!parsed.success) return undefined;
  const { group, channelId, threadTs } = parsed.data;
  return { groupId: group, channelId, threadTs };
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
