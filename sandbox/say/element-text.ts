/** Buttons, menus and fields as text. What a field holds comes from the open modal, else from the block. */
import {
  type Element,
  type ElementState,
  initialState,
  isEmpty,
  isStateful,
  optionsOf,
} from '../slack/element-state.ts';
import { dateText, type Reading, textObject } from './mrkdwn-text.ts';

/** As long as a person can fill it in by hand. */
const blank = '______';
/** More choices than this are looked up, not read out. */
const mostChoicesShown = 6;

/** An element among others: `[Approve]`, `[⋯ Details, Cancel]`, `[Severity ▾]`. */
export function elementText(element: Element, reading: Reading, state?: ElementState): string {
  switch (element.type) {
    case 'button':
    case 'icon_button':
    case 'workflow_button': {
      const label = words(element.text, reading);
      return typeof element.url === 'string' ? `[${label} → ${element.url}]` : `[${label}]`;
    }
    case 'overflow':
      return `[⋯ ${optionsOf(element)
        .map((option) => words(option.text, reading))
        .join(', ')}]`;
    case 'feedback_buttons':
      return [element.positive_button, element.negative_button]
        .map((button) => `[${words((button as Element | undefined)?.text, reading)}]`)
        .join(' ');
    case 'image':
      return `(image: ${String(element.alt_text)})`;
    case 'checkboxes':
    case 'radio_buttons':
      return ticked(element, stateOf(element, state), reading);
    default: {
      if (!isStateful(element)) return `(element "${String(element.type)}")`;
      const shown = entered(element, stateOf(element, state), reading);
      return `[${shown || words(element.placeholder, reading) || 'Choose'} ▾]`;
    }
  }
}

/** What a field of a form holds: the value, or a blank with what may be filled in. */
export function fieldText(element: Element, reading: Reading, state?: ElementState, hint?: string): string {
  const holds = stateOf(element, state);
  const noted = (text: string, notes: readonly string[]) => {
    const said = [...notes, ...(hint ? [hint] : [])].join('; ');
    return said ? `${text} (${said})` : text;
  };
  if (element.type === 'checkboxes' || element.type === 'radio_buttons')
    return noted(ticked(element, holds, reading), []);
  if (!isEmpty(element, holds)) return noted(entered(element, holds, reading), []);
  const choices = optionsOf(element).map((option) => words(option.text, reading));
  const placeholder = words(element.placeholder, reading);
  return noted(blank, [
    ...(choices.length > 0 && choices.length <= mostChoicesShown ? [choices.join(' or ')] : []),
    ...(placeholder ? [placeholder] : []),
  ]);
}

/** A text object's text, '' for none. */
export function words(object: unknown, reading: Reading): string {
  const text = object as { type: string; text: string; emoji?: boolean } | undefined;
  return text ? textObject(text, reading) : '';
}

function stateOf(element: Element, state: ElementState | undefined): ElementState {
  return state ?? initialState(element);
}

function ticked(element: Element, state: ElementState, reading: Reading): string {
  const chosen = [state.selected_option, ...((state.selected_options ?? []) as unknown[])].map(
    (option) => (option as Element | null | undefined)?.value,
  );
  const isRadio = element.type === 'radio_buttons';
  return optionsOf(element)
    .map((option) => {
      const isChosen = chosen.includes(option.value);
      const box = isRadio ? (isChosen ? '(•)' : '( )') : isChosen ? '[x]' : '[ ]';
      return `${box} ${words(option.text, reading)}`;
    })
    .join('  ');
}

function entered(element: Element, state: ElementState, reading: Reading): string {
  if (isEmpty(element, state)) return '';
  const { names, now } = reading;
  const option = (one: unknown) => words((one as Element).text, reading);
  const list = (ids: unknown, show: (id: string) => string) => (ids as string[]).map(show).join(', ');
  const user = (id: string) => `@${names.user(id)}`;
  const channel = (id: string) => `#${names.channel(id)}`;
  if (state.selected_option) return option(state.selected_option);
  if (state.selected_options) return (state.selected_options as unknown[]).map(option).join(', ');
  if (state.selected_user) return user(String(state.selected_user));
  if (state.selected_users) return list(state.selected_users, user);
  const place = state.selected_conversation ?? state.selected_channel;
  if (place) return channel(String(place));
  const places = state.selected_conversations ?? state.selected_channels;
  if (places) return list(places, channel);
  if (state.selected_date_time)
    return dateText({ timestamp: Number(state.selected_date_time), format: '{date_num} {time}' }, now);
  return String(state.value ?? state.selected_date ?? state.selected_time ?? '');
}
