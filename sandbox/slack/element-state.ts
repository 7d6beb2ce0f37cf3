/**
 * What an element holds, in the shape of `view.state.values[block_id][action_id]`:
 * https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
import { isFields } from './block-kit/rule.ts';

export type Element = Record<string, unknown>;
export type ElementState = { type: string } & Record<string, unknown>;

/** The field that carries the value, and whether it is a list. */
const valueFields: Readonly<Record<string, { field: string; initial: string; isList?: true }>> = {
  plain_text_input: { field: 'value', initial: 'initial_value' },
  number_input: { field: 'value', initial: 'initial_value' },
  email_text_input: { field: 'value', initial: 'initial_value' },
  url_text_input: { field: 'value', initial: 'initial_value' },
  static_select: { field: 'selected_option', initial: 'initial_option' },
  external_select: { field: 'selected_option', initial: 'initial_option' },
  radio_buttons: { field: 'selected_option', initial: 'initial_option' },
  multi_static_select: { field: 'selected_options', initial: 'initial_options', isList: true },
  multi_external_select: { field: 'selected_options', initial: 'initial_options', isList: true },
  checkboxes: { field: 'selected_options', initial: 'initial_options', isList: true },
  users_select: { field: 'selected_user', initial: 'initial_user' },
  conversations_select: { field: 'selected_conversation', initial: 'initial_conversation' },
  channels_select: { field: 'selected_channel', initial: 'initial_channel' },
  multi_users_select: { field: 'selected_users', initial: 'initial_users', isList: true },
  multi_conversations_select: {
    field: 'selected_conversations',
    initial: 'initial_conversations',
    isList: true,
  },
  multi_channels_select: { field: 'selected_channels', initial: 'initial_channels', isList: true },
  datepicker: { field: 'selected_date', initial: 'initial_date' },
  timepicker: { field: 'selected_time', initial: 'initial_time' },
  datetimepicker: { field: 'selected_date_time', initial: 'initial_date_time' },
  file_input: { field: 'files', initial: 'initial_files', isList: true },
};

/** Buttons and images hold nothing; everything else appears in the state, null or [] when empty. */
export function isStateful(element: Element): boolean {
  return typeof element.type === 'string' && Object.hasOwn(valueFields, element.type);
}

export function initialState(element: Element): ElementState {
  const facts = factsOf(element);
  return stateOf(element, element[facts.initial] ?? (facts.isList ? [] : null));
}

export function isEmpty(element: Element, state: ElementState | undefined): boolean {
  const value = state?.[factsOf(element).field];
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function factsOf(element: Element) {
  return valueFields[String(element.type)] ?? { field: 'value', initial: 'initial_value' };
}

function stateOf(element: Element, value: unknown): ElementState {
  return { type: String(element.type), [factsOf(element).field]: value };
}

export function optionsOf(element: Element): Element[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isFields) : [];
  const own = Array.isArray(element.options) ? element.options : [];
  return [...own, ...groups.flatMap((group) => (Array.isArray(group.options) ? group.options : []))].filter(
    isFields,
  );
}

/**
 * What the element holds once the person has entered `value`, or the reason their client would not take it.
 *
 * @param offered the options an app answered the last search with, for external selects
 */
export function enteredState(
  element: Element,
  value: unknown,
  offered: readonly Element[],
): ElementState | { refusal: string } {
  const facts = factsOf(element);
  const isCleared = value === null || value === undefined || value === '';
  if (isCleared) return stateOf(element, facts.isList ? [] : null);
  if (facts.field === 'files') return { refusal: 'file inputs are not played by this workspace' };
  if (facts.field === 'selected_option' || facts.field === 'selected_options') {
    const wanted = Array.isArray(value)
      ? value
      : value === true && facts.isList
        ? optionsOf(element).map((o) => o.value)
        : [value];
    const options = String(element.type).includes('external') ? offered : optionsOf(element);
    const chosen: Element[] = [];
    for (const entry of value === false ? [] : wanted) {
      const found = options.find((option) => option.value === entry);
      if (!found) return { refusal: `option_not_offered: "${String(entry)}"` };
      chosen.push(found);
    }
    if (facts.isList) {
      const most = element.max_selected_items;
      if (typeof most === 'number' && chosen.length > most)
        return { refusal: `at most ${most} may be selected` };
      return stateOf(element, chosen);
    }
    return stateOf(element, chosen[0] ?? null);
  }
  if (facts.isList) return stateOf(element, (Array.isArray(value) ? value : [value]).map(String));
  if (facts.field === 'selected_date_time') {
    const seconds = Number(value);
    return Number.isInteger(seconds)
      ? stateOf(element, seconds)
      : { refusal: `not a time in seconds: "${String(value)}"` };
  }
  if (facts.field === 'selected_date' && !/^\d{4}-\d{2}-\d{2}$/.test(String(value)))
    return { refusal: `not a date: "${String(value)}"` };
  return stateOf(element, String(value));
}

/** What Slack's client itself objects to before it submits anything. */
export function objection(
  element: Element,
  state: ElementState | undefined,
  isOptional: boolean,
): string | undefined {
  if (isEmpty(element, state)) return isOptional ? undefined : 'This is a required field';
  const value = state?.value;
  if (typeof value !== 'string') return undefined;
  const { min_length: least, max_length: most } = element;
  if (typeof least === 'number' && value.length < least) return `Please enter at least ${least} characters`;
  if (typeof most === 'number' && value.length > most) return `Please enter at most ${most} characters`;
  if (element.type === 'number_input') {
    const pattern = element.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
    if (!pattern.test(value)) return 'Please enter a number';
    if (typeof element.min_value === 'string' && Number(value) < Number(element.min_value))
      return `Must be at least ${element.min_value}`;
    if (typeof element.max_value === 'string' && Number(value) > Number(element.max_value))
      return `Must be at most ${element.max_value}`;
  }
  if (element.type === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(value))
    return 'Please enter a valid email';
  if (element.type === 'url_text_input' && !/^https?:\/\/\S+$/i.test(value))
    return 'Please enter a valid URL';
  return undefined;
}
