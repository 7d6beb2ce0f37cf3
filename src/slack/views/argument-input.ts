import type { InputBlock, PlainTextOption } from '@slack/types';
import { boundedText } from '../../core/parse/clean-text.ts';
import type { FieldDescription } from '../../core/parse/describe-field.ts';
import { isIsoDate } from '../../core/parse/iso-time.ts';
import { listText } from '../../core/parse/list-text.ts';
import { plainTextObject } from './rich-text.ts';

/** A configured target that could serve the command. */
export interface ArgumentTarget {
  readonly name: string;
  readonly environment: string;
}

export type Widget =
  | 'text'
  | 'list_text'
  | 'number'
  | 'checkbox'
  | 'select'
  | 'multi_select'
  | 'search'
  | 'date'
  | 'time'
  | 'user'
  | 'multi_users'
  | 'channel'
  | 'multi_channels'
  | 'hidden';

/** Slack: 100 options, 75 characters of text and value each, 3,000 characters in a text box. */
const mostOptions = 100;
const longestOption = 75;
const longestText = 3000;

/** How an argument is asked for. The target is asked only where several match. */
export function widgetOf(field: FieldDescription, targets: readonly ArgumentTarget[]): Widget {
  if (field.metadata.isHidden === true) return 'hidden';
  const areOptionsFew = (field.item ?? field).options.length <= mostOptions;
  switch (field.kind) {
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'checkbox';
    case 'enum':
      return areOptionsFew ? 'select' : 'text';
    case 'date':
    case 'time':
    case 'user':
    case 'channel':
      return field.kind;
    case 'reference':
      return 'search';
    case 'choice':
      if (field.metadata.choice !== 'target') return 'text';
      return targets.length < 2 ? 'hidden' : targets.length <= mostOptions ? 'select' : 'text';
    case 'list':
      if (field.item?.kind === 'enum' && areOptionsFew) return 'multi_select';
      if (field.item?.kind === 'user') return 'multi_users';
      return field.item?.kind === 'channel' ? 'multi_channels' : 'list_text';
    default:
      return 'text';
  }
}

export interface ArgumentInput {
  readonly field: FieldDescription;
  /** What was typed so far, else undefined: the default is then shown. */
  readonly typed: unknown;
  readonly problems: readonly string[];
  readonly targets: readonly ArgumentTarget[];
  readonly blockId: string;
  readonly actionId: string;
}

/** The input block of one argument; undefined when it is not asked for. */
export function argumentInput(input: ArgumentInput): InputBlock | undefined {
  const { field, problems, blockId } = input;
  const element = elementOf(input);
  if (!element) return undefined;
  const hints = [
    ...problems.map((problem) => `✗ ${problem}`),
    ...(field.hint ? [field.hint] : []),
    ...(widgetOf(field, input.targets) === 'list_text' ? ['Separate with commas or line breaks.'] : []),
  ].join(' ');
  return {
    type: 'input',
    block_id: blockId,
    label: plainTextObject(field.label, 150),
    ...(hints ? { hint: plainTextObject(hints, 500) } : {}),
    // An unticked box counts as empty: only an optional one may be left unticked.
    optional: field.kind === 'boolean' || !field.isRequired,
    element,
  };
}

function elementOf({ field, typed, targets, actionId }: ArgumentInput): InputBlock['element'] | undefined {
  const value = typed ?? field.default;
  const action_id = actionId;
  switch (widgetOf(field, targets)) {
    case 'hidden':
      return undefined;
    case 'checkbox': {
      const yes = { text: plainTextObject('Yes', longestOption), value: 'yes' };
      return {
        type: 'checkboxes',
        action_id,
        options: [yes],
        ...(value === true ? { initial_options: [yes] } : {}),
      };
    }
    case 'select': {
      const options = field.kind === 'choice' ? targets.map(targetOption) : field.options.map(optionOf);
      const initial = options.find((option) => option.value === String(value));
      return { type: 'static_select', action_id, options, ...(initial ? { initial_option: initial } : {}) };
    }
    case 'multi_select': {
      const options = (field.item?.options ?? []).map(optionOf);
      const chosen = options.filter((option) => texts(value).includes(option.value ?? ''));
      return {
        type: 'multi_static_select',
        action_id,
        options,
        ...(chosen.length > 0 ? { initial_options: chosen } : {}),
      };
    }
    case 'search':
      return {
        type: 'external_select',
        action_id,
        min_query_length: 0,
        ...(isOptionText(value) ? { initial_option: optionOf(value) } : {}),
      };
    case 'date':
      return {
        type: 'datepicker',
        action_id,
        ...(typeof value === 'string' && isIsoDate(value) ? { initial_date: value } : {}),
      };
    case 'time': {
      const seconds = typeof value === 'string' ? Math.floor(Date.parse(value) / 1000) : Number.NaN;
      // Slack takes ten digits: from September 2001 on.
      const isTenDigits = seconds >= 1_000_000_000 && seconds <= 9_999_999_999;
      return { type: 'datetimepicker', action_id, ...(isTenDigits ? { initial_date_time: seconds } : {}) };
    }
    case 'user':
      return { type: 'users_select', action_id, ...(isId(value) ? { initial_user: value } : {}) };
    case 'multi_users': {
      const users = texts(value).filter(isId);
      return { type: 'multi_users_select', action_id, ...(users.length > 0 ? { initial_users: users } : {}) };
    }
    case 'channel':
      return {
        type: 'conversations_select',
        action_id,
        filter: { include: ['public', 'private'] },
        ...(isId(value) ? { initial_conversation: value } : {}),
      };
    case 'multi_channels': {
      const channels = texts(value).filter(isId);
      return {
        type: 'multi_conversations_select',
        action_id,
        filter: { include: ['public', 'private'] },
        ...(channels.length > 0 ? { initial_conversations: channels } : {}),
      };
    }
    case 'number':
      return numberInput(field, value, action_id);
    case 'list_text':
      return textInput(action_id, listText(texts(value)), {
        isMultiline: true,
        maxLength: undefined,
        minLength: undefined,
      });
    case 'text':
      return textInput(action_id, value === undefined || value === null ? '' : String(value), field);
  }
}

function numberInput(field: FieldDescription, value: unknown, action_id: string): InputBlock['element'] {
  const { minimum, maximum } = field;
  const isWithin =
    typeof value === 'number' &&
    value >= (minimum ?? value) &&
    value <= (maximum ?? value) &&
    isDecimal(value);
  return {
    type: 'number_input',
    action_id,
    is_decimal_allowed: field.kind === 'number',
    ...(isDecimal(minimum) ? { min_value: String(minimum) } : {}),
    ...(isDecimal(maximum) ? { max_value: String(maximum) } : {}),
    ...(isWithin ? { initial_value: String(value) } : {}),
  };
}

function textInput(
  action_id: string,
  initial: string,
  bounds: Pick<FieldDescription, 'isMultiline' | 'minLength' | 'maxLength'>,
): InputBlock['element'] {
  const maxLength = Math.min(Math.max(bounds.maxLength ?? longestText, 1), longestText);
  const minLength = Math.min(bounds.minLength ?? 0, maxLength);
  // A text that is too long already stays within what the box takes; the problem beside it says so.
  const initialValue = initial
    .toWellFormed()
    .slice(0, maxLength)
    .replace(/[\ud800-\udbff]$/, '');
  return {
    type: 'plain_text_input',
    action_id,
    multiline: bounds.isMultiline,
    ...(minLength > 1 ? { min_length: minLength } : {}),
    max_length: maxLength,
    ...(initialValue === '' ? {} : { initial_value: initialValue }),
  };
}

function optionOf(value: string | number): PlainTextOption & { text: ReturnType<typeof plainTextObject> } {
  return { text: plainTextObject(String(value), longestOption), value: String(value) };
}

function targetOption({ name, environment }: ArgumentTarget): PlainTextOption {
  return {
    text: plainTextObject(`${name} (${environment})`, longestOption),
    value: boundedText(name, longestOption),
  };
}

function isOptionText(value: unknown): value is string {
  return (
    typeof value === 'string' && value.trim() !== '' && value.length <= longestOption && value.isWellFormed()
  );
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z][A-Z0-9]{2,30}$/.test(value);
}

/** Slack reads a number box as plain digits: `1e+21` is refused. */
function isDecimal(value: number | undefined): value is number {
  return value !== undefined && /^-?\d+(\.\d+)?$/.test(String(value));
}
