import { inertText } from '../cards/inert-text.ts';
import { UserMistake } from '../errors.ts';
import { cleanTyped, visibleText } from '../parse/clean-text.ts';

export type Inputs = Readonly<Record<string, string>>;

const placeholder = /\{\{([^{}]*)\}\}/g;

/** The names in it, each once, in the order they stand there. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder)].map(([, name]) => name as string))];
}

/**
 * A step's title or text with its inputs, for plain_text and rich_text elements. Filled once: a value that holds `{{…}}`
 * stays as it is.
 */
export function fillText(text: string, inputs: Inputs): string {
  return filled(text, (name) => {
    const value = maybeGiven(inputs, name);
    return value === undefined ? notGiven(name) : visibleText(value);
  });
}

/**
 * A template with its inputs, for mrkdwn: values are outside text, and come out as they read and do nothing: no mention,
 * no link, no formatting, no line of their own.
 */
export function fillMessage(text: string, inputs: Inputs): string {
  return filled(text, (name) => {
    const value = maybeGiven(inputs, name);
    return value === undefined ? notGiven(name) : inertMrkdwn(value);
  });
}

/**
 * A word of a command: a flag with its value, a value in straight double quotes, or one without quotes. The loader refuses
 * commands with anything else in them, so that where a placeholder stands is never in doubt.
 */
export const commandWord =
  /(?<=^|\s)(--[A-Za-z][\w-]*=)?(?:"((?:\\.|[^"\\])*)"|((?:\\.|[^\s\\"'“”„«»‘’])+))(?=\s|$)/gsu;

/** What ends a quote, of whatever kind; what cuts a list; what Slack's notation begins with. The parser takes `\` before each. */
const special = /[\\"'“”„«»‘’,<&]/g;

/**
 * A command with its inputs, as it is typed after `/ops`. A word with a placeholder in it is written in quotes, so that a
 * value stays part of the argument it was put in: it can name a thing, never add an option or another word.
 *
 * @throws UserMistake `missing_input` or `unusable_input`, naming it.
 * @example fillCommand('silence --reason "for {{who}}" --label pod={{pod}}', { who: 'a "b"', pod: 'x --all' })
 *   // silence --reason "for a \\"b\\"" --label "pod=x --all"
 */
export function fillCommand(command: string, inputs: Inputs): string {
  return command.replace(commandWord, (word, flag = '', quoted?: string, plain?: string) => {
    const text = quoted ?? plain ?? '';
    if (!text.includes('{{')) return word;
    const inside = filled(text, (name) => {
      const value = maybeGiven(inputs, name);
      if (value === undefined)
        throw new UserMistake('missing_input', `The input "${name}" is missing. Give ${name}=…`);
      return value.replace(special, '\\$&');
    });
    // A combining mark joins onto what stands before it: "=" and U+0338 are one "≠", and the argument another.
    if (cleanTyped(inside) !== inside) {
      const names = placeholdersOf(text).join('", "');
      throw new UserMistake(
        'unusable_input',
        `The input "${names}" begins with a mark that belongs to the letter before it. Leave the mark out.`,
      );
    }
    return `${flag}"${inside}"`;
  });
}

function filled(text: string, fillWith: (name: string) => string): string {
  return text.replace(placeholder, (_, name: string) => fillWith(name));
}

/** As the parser would leave it; undefined where nothing is left. */
function maybeGiven(inputs: Inputs, name: string): string | undefined {
  const value = Object.hasOwn(inputs, name) ? cleanTyped(inputs[name]!).trim() : '';
  return value === '' ? undefined : value;
}

function notGiven(name: string): string {
  return `(${name} not given)`;
}

/** Slack has no escape for its formatting marks (docs.slack.dev/messaging/formatting-message-text): what looks like them stands in. */
const lookalikes: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': 'ˋ' };

function inertMrkdwn(value: string): string {
  return (
    inertText(visibleText(value))
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // An underscore inside a word (acme_corp) formats nothing.
      .replace(/[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (mark) => lookalikes[mark]!)
  );
}
