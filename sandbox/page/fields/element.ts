import type { ConfirmJson } from '../confirm.tsx';

interface PlainText {
  type: 'plain_text' | 'mrkdwn';
  text: string;
}

export interface OptionJson {
  text: PlainText;
  value: string;
  description?: PlainText;
  url?: string;
}

/**
 * What the page reads of an interactive element, whatever its type. The local workspace has refused
 * malformed blocks before they get here, with Slack's own errors.
 */
export interface ElementJson {
  type: string;
  action_id?: string;
  text?: PlainText;
  value?: string;
  url?: string;
  style?: string;
  accessibility_label?: string;
  confirm?: ConfirmJson;
  placeholder?: PlainText;
  options?: OptionJson[];
  option_groups?: { label: PlainText; options: OptionJson[] }[];
  initial_option?: OptionJson;
  initial_options?: OptionJson[];
  initial_value?: string;
  initial_date?: string;
  initial_time?: string;
  initial_date_time?: number;
  initial_user?: string;
  initial_users?: string[];
  initial_channel?: string;
  initial_channels?: string[];
  initial_conversation?: string;
  initial_conversations?: string[];
  min_query_length?: number;
  max_selected_items?: number;
  multiline?: boolean;
  min_length?: number;
  max_length?: number;
  focus_on_load?: boolean;
  is_decimal_allowed?: boolean;
  image_url?: string;
  alt_text?: string;
}

export interface Choice {
  label: string;
  value: string;
  description?: string;
  group?: string;
}

/** What a field holds: text (also dates and times), or the chosen options. */
export type FieldValue = string | readonly Choice[];

export const isMulti = (type: string) => type.startsWith('multi_') || type === 'checkboxes';
export const isChoice = (type: string) =>
  type.endsWith('_select') || type === 'checkboxes' || type === 'radio_buttons';

export function choiceOf(option: OptionJson): Choice {
  return {
    label: option.text.text,
    value: option.value,
    ...(option.description ? { description: option.description.text } : {}),
  };
}

/** A field's first value: what was entered before, else what the element starts with. */
export function initialValue(
  element: ElementJson,
  entered: Record<string, unknown> | undefined,
  nameOf: (id: string) => string,
): FieldValue {
  if (!isChoice(element.type)) return initialText(element, entered);
  const options =
    ((entered?.selected_options ?? (entered?.selected_option ? [entered.selected_option] : undefined)) as
      | OptionJson[]
      | undefined) ??
    element.initial_options ??
    (element.initial_option ? [element.initial_option] : undefined);
  if (options) return options.map(choiceOf);
  return initialIds(element, entered).map((id) => ({ label: nameOf(id), value: id }));
}

function initialText(element: ElementJson, entered: Record<string, unknown> | undefined): string {
  if (element.type === 'datetimepicker') {
    const seconds = (entered?.selected_date_time as number | undefined) ?? element.initial_date_time;
    return seconds ? localMinute(new Date(seconds * 1000)) : '';
  }
  const kept = entered?.value ?? entered?.selected_date ?? entered?.selected_time;
  if (typeof kept === 'string') return kept;
  return element.initial_value ?? element.initial_date ?? element.initial_time ?? '';
}

function initialIds(element: ElementJson, entered: Record<string, unknown> | undefined): string[] {
  for (const name of ['user', 'channel', 'conversation'] as const) {
    const many = (entered?.[`selected_${name}s`] as string[] | undefined) ?? element[`initial_${name}s`];
    if (many) return many;
    const one = (entered?.[`selected_${name}`] as string | undefined) ?? element[`initial_${name}`];
    if (one) return [one];
  }
  return [];
}

/** `2026-11-20T18:15`, the form of a datetime-local input, in the browser's time zone. */
function localMinute(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A field's value as the contract's `fill` takes it; null when empty. */
export function wireValue(element: ElementJson, value: FieldValue): unknown {
  if (typeof value === 'string') {
    if (value === '') return null;
    return element.type === 'datetimepicker' ? Math.floor(Date.parse(value) / 1000) : value;
  }
  const values = value.map((choice) => choice.value);
  return isMulti(element.type) ? values : (values[0] ?? null);
}

/** A field's value as a click carries it: one string, empty when nothing is chosen; several options are a JSON array. */
export function clickValue(element: ElementJson, value: FieldValue): string {
  const wire = wireValue(element, value);
  if (wire === null) return '';
  if (Array.isArray(wire) && wire.length <= 1) return String(wire[0] ?? '');
  return typeof wire === 'object' ? JSON.stringify(wire) : String(wire);
}
