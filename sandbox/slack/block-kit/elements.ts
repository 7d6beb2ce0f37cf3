/** Interactive elements: https://docs.slack.dev/reference/block-kit/block-elements */
import {
  all,
  anyUrl,
  atLeastOne,
  exactlyOne,
  integer,
  isFields,
  list,
  matching,
  object,
  oneOf,
  type Rule,
  text,
  truth,
} from './rule.ts';
import {
  confirm,
  imageSource,
  oneImageSource,
  option,
  optionGroups,
  plainText,
  selectOptions,
  style,
} from './text-objects.ts';

const identifier = text(255);
const action = { action_id: identifier };
const confirmable = { ...action, confirm };
const placeholder = plainText(150);
const dispatchActionConfig = object({
  trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2),
});
const typed = { ...action, placeholder, focus_on_load: truth, dispatch_action_config: dispatchActionConfig };
const picker = { ...confirmable, placeholder, focus_on_load: truth };
const several = { ...picker, max_selected_items: integer(1) };
const date = matching(/^\d{4}-\d{2}-\d{2}$/, 'must be a date formatted as YYYY-MM-DD', 10);
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time formatted as HH:mm', 5);
const numeric = matching(/^-?\d+(\.\d+)?$/, 'must be a number', 50);
const identifiers = list(identifier, 100);
const conversationFilter = all(
  object({
    include: list(oneOf('im', 'mpim', 'private', 'public'), 4),
    exclude_external_shared_channels: truth,
    exclude_bot_users: truth,
  }),
  atLeastOne('include', 'exclude_external_shared_channels', 'exclude_bot_users'),
);

/** An initial choice has to be one of the choices, compared by value. */
const initialIsOffered: Rule = (value, pointer, report) => {
  if (!isFields(value)) return;
  const groups = Array.isArray(value.option_groups) ? value.option_groups : [];
  const offered = [
    ...(Array.isArray(value.options) ? value.options : []),
    ...groups.flatMap((group) => (isFields(group) && Array.isArray(group.options) ? group.options : [])),
  ].map((entry) => (isFields(entry) ? entry.value : undefined));
  const check = (chosen: unknown, at: string) => {
    if (isFields(chosen) && !offered.includes(chosen.value))
      report('initial option was not found in the given options', at);
  };
  if (value.initial_option !== undefined) check(value.initial_option, `${pointer}/initial_option`);
  if (Array.isArray(value.initial_options)) {
    value.initial_options.forEach((chosen, index) => {
      check(chosen, `${pointer}/initial_options/${index}`);
    });
  }
};

const lengthsAgree: Rule = (value, pointer, report) => {
  if (!isFields(value)) return;
  const { min_length: least, max_length: most } = value;
  if (typeof least === 'number' && typeof most === 'number' && least > most)
    report('min_length must not be greater than max_length', pointer);
};

const choices = (kind: 'plain' | 'any') => list(option(kind), 10);
const oneOptionSource = exactlyOne('options', 'option_groups');

const button = object({
  ...confirmable,
  'text!': plainText(75),
  value: text(2000),
  url: anyUrl,
  style,
  accessibility_label: text(75),
});
const feedbackButton = object({
  'text!': plainText(75),
  'value!': text(2000),
  accessibility_label: text(75),
});

const selects: Record<string, Rule> = {
  static_select: all(
    object({
      ...picker,
      options: selectOptions,
      option_groups: optionGroups,
      initial_option: option('plain'),
    }),
    oneOptionSource,
    initialIsOffered,
  ),
  multi_static_select: all(
    object({
      ...several,
      options: selectOptions,
      option_groups: optionGroups,
      initial_options: list(option('plain'), 100),
    }),
    oneOptionSource,
    initialIsOffered,
  ),
  external_select: object({ ...picker, min_query_length: integer(0), initial_option: option('plain') }),
  multi_external_select: object({
    ...several,
    min_query_length: integer(0),
    initial_options: list(option('plain'), 100),
  }),
  users_select: object({ ...picker, initial_user: identifier }),
  multi_users_select: object({ ...several, initial_users: identifiers }),
  conversations_select: object({
    ...picker,
    initial_conversation: identifier,
    default_to_current_conversation: truth,
    response_url_enabled: truth,
    filter: conversationFilter,
  }),
  multi_conversations_select: object({
    ...several,
    initial_conversations: identifiers,
    default_to_current_conversation: truth,
    filter: conversationFilter,
  }),
  channels_select: object({ ...picker, initial_channel: identifier, response_url_enabled: truth }),
  multi_channels_select: object({ ...several, initial_channels: identifiers }),
};

const pickers: Record<string, Rule> = {
  datepicker: object({ ...picker, initial_date: date }),
  timepicker: object({ ...picker, initial_time: time, timezone: text(64) }),
  datetimepicker: object({
    ...confirmable,
    focus_on_load: truth,
    initial_date_time: integer(1_000_000_000, 9_999_999_999),
  }),
  checkboxes: all(
    object({
      ...confirmable,
      focus_on_load: truth,
      'options!': choices('any'),
      initial_options: choices('any'),
    }),
    initialIsOffered,
  ),
  radio_buttons: all(
    object({
      ...confirmable,
      focus_on_load: truth,
      'options!': choices('any'),
      initial_option: option('any'),
    }),
    initialIsOffered,
  ),
};

const buttons: Record<string, Rule> = {
  button,
  overflow: object({ ...confirmable, 'options!': list(option('plain', true), 5) }),
  workflow_button: object({
    ...confirmable,
    'text!': plainText(75),
    'workflow!': object({
      'trigger!': object({
        'url!': anyUrl,
        customizable_input_parameters: list(object({ 'name!': text(255), 'value!': text(2000, 0) }), 100),
      }),
    }),
    style,
    accessibility_label: text(75),
  }),
};

export const image = all(object({ 'alt_text!': text(2000), ...imageSource }), oneImageSource);
export const buttonOnly: Record<string, Rule> = { button };

export const inActions: Record<string, Rule> = { ...buttons, ...selects, ...pickers };
export const inAccessory: Record<string, Rule> = { ...buttons, ...selects, ...pickers, image };
export const inContextActions: Record<string, Rule> = {
  feedback_buttons: object({
    ...action,
    'positive_button!': feedbackButton,
    'negative_button!': feedbackButton,
  }),
  icon_button: object({
    ...confirmable,
    'icon!': oneOf('trash'),
    'text!': plainText(75),
    value: text(2000),
    accessibility_label: text(75),
    visible_to_user_ids: identifiers,
  }),
};

/** Inputs any surface may hold. */
export const inInput: Record<string, Rule> = {
  ...selects,
  ...pickers,
  plain_text_input: all(
    object({
      ...typed,
      initial_value: text(3000, 0),
      multiline: truth,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    }),
    lengthsAgree,
  ),
};

/** Inputs only a modal may hold. */
export const inModalInput: Record<string, Rule> = {
  ...inInput,
  number_input: object({
    ...typed,
    'is_decimal_allowed!': truth,
    initial_value: numeric,
    min_value: numeric,
    max_value: numeric,
  }),
  email_text_input: object({ ...typed, initial_value: text(3000, 0) }),
  url_text_input: object({ ...typed, initial_value: text(3000, 0) }),
  file_input: object({ ...action, filetypes: list(text(20), 100), max_files: integer(1, 10) }),
};
