import { boundedText } from './clean-text.ts';
import type { FieldDescription } from './describe-field.ts';
import { isIsoDate, utcFromIso } from './iso-time.ts';
import { nearest } from './nearest.ts';
import type { SlackEntity } from './slack-entity.ts';

/** Either the value in the type the field takes, or what is wrong and what to give instead. */
export type Coerced = { readonly value: unknown } | { readonly problem: string };

export interface TypedText {
  readonly text: string;
  readonly entity?: SlackEntity | undefined;
}

/** Text as typed to the type the schema takes; everything stays what JSON can hold. */
export function coerceValue(field: FieldDescription, typed: TypedText): Coerced {
  const { text } = typed;
  switch (field.kind) {
    case 'number':
    case 'integer':
      return coerceNumber(field, text);
    case 'boolean':
      return coerceBoolean(text);
    case 'enum':
      return coerceOption(field, text);
    case 'date':
      return isIsoDate(text.trim())
        ? { value: text.trim() }
        : {
            problem: `${quoted(text)} is not a day. Give one that exists as YYYY-MM-DD, for example 2026-12-01.`,
          };
    case 'time': {
      const value = utcFromIso(text.trim());
      return value !== undefined
        ? { value }
        : {
            problem: `${quoted(text)} is not a time with its zone. Give one like 2026-12-01T09:30Z or 2026-12-01T10:30+01:00.`,
          };
    }
    case 'user':
      return coerceId(typed, 'user', /^@?([UW][A-Z0-9]{2,30})$/, 'a person. Mention one, for example @ada.');
    case 'channel':
      return coerceId(
        typed,
        'channel',
        /^#?([CG][A-Z0-9]{2,30})$/,
        'a channel. Mention one, for example #ops.',
      );
    default:
      return { value: text };
  }
}

function coerceNumber(field: FieldDescription, text: string): Coerced {
  const digits = text.trim().replace(/^[–—−]/, '-');
  const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(digits);
  const value = Number(digits);
  if (!isNumber || !Number.isFinite(value)) return { problem: `${quoted(text)} is not a number.` };
  if (field.kind === 'integer' && !Number.isSafeInteger(value)) {
    return { problem: `${quoted(text)} is not a whole number.` };
  }
  // -0 is 0: JSON does not know the difference.
  return { value: value === 0 ? 0 : value };
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

function coerceBoolean(text: string): Coerced {
  const word = text.trim().toLowerCase();
  const value = Object.hasOwn(truths, word) ? truths[word] : undefined;
  return value === undefined ? { problem: `${quoted(text)} is neither yes nor no.` } : { value };
}

function coerceOption(field: FieldDescription, text: string): Coerced {
  const exact = field.options.find((option) => String(option) === text);
  if (exact !== undefined) return { value: exact };
  const folded = field.options.filter((option) => String(option).toLowerCase() === text.trim().toLowerCase());
  if (folded.length === 1) return { value: folded[0] };
  const names = field.options.map(String);
  const near = nearest(text, names, 1)[0];
  return {
    problem:
      near === undefined
        ? `${quoted(text)} is not one of ${orList(names)}.`
        : `${quoted(text)} is not one of ${orList(names)}. Did you mean ${quoted(near)}?`,
  };
}

function coerceId(typed: TypedText, kind: SlackEntity['kind'], id: RegExp, wanted: string): Coerced {
  if (typed.entity?.kind === kind) return { value: typed.entity.id };
  const bare = id.exec(typed.text.trim())?.[1];
  return bare === undefined ? { problem: `${quoted(typed.text)} is not ${wanted}` } : { value: bare };
}

function quoted(text: string): string {
  return `"${boundedText(text, 60)}"`;
}

/** Long lists of options are cut: the person sees them all in the modal. */
function orList(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(quoted);
  if (names.length > 8) return `${shown.join(', ')} or ${names.length - 8} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
