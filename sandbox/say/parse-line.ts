/**
 * The lines of a `--say` script, one action of one person each:
 *
 *   ada in #ops: /ops verify-audit acme          grace fills "Reason" with "not during freeze"
 *   ada in #ops thread: @countersign help        grace submits
 *   ada approves                                 grace closes
 *   grace denies "not during freeze"             alert checkout-errors
 *   grace clicks "Details"                       alert resolve checkout-errors
 *   ada uses "Add to incident timeline" on "emails are late"
 *   ada uses "Declare incident" on the last message
 *
 * Smart quotes, which phones and chat clients insert, count as quotes.
 */
import { nearest } from '../../src/core/parse/nearest.ts';
import { ScriptProblem } from './script-problem.ts';

export type ScriptLine =
  | {
      readonly kind: 'say';
      readonly who: string;
      readonly channel: string;
      readonly isInThread: boolean;
      readonly text: string;
    }
  | { readonly kind: 'approve' | 'submit' | 'close'; readonly who: string }
  | { readonly kind: 'deny'; readonly who: string; readonly reason: string }
  | { readonly kind: 'click'; readonly who: string; readonly label: string }
  | {
      readonly kind: 'use';
      readonly who: string;
      /** A shortcut of the app, from a message's menu. */
      readonly label: string;
      /** Words of the message; undefined: the last one. */
      readonly on: string | undefined;
    }
  | { readonly kind: 'fill'; readonly who: string; readonly label: string; readonly text: string }
  | { readonly kind: 'alert'; readonly sample: string };

interface Form {
  readonly verb: string;
  readonly expected: string;
  readonly example: (who: string) => string;
  /** What follows `<who> <verb>`. */
  readonly rest: RegExp;
  readonly read: (who: string, groups: Readonly<Record<string, string | undefined>>) => ScriptLine;
}

/** One quoted text; the group's name is given because a line may hold two. */
function quoted(name: string): string {
  return [
    `"(?<${name}>(?:\\\\["\\\\]|[^"\\\\]|\\\\(?!["\\\\]))*)"`,
    `[“”„«](?<${name}Smart>[^“”„«»"]*)[“”»"]`,
    `['‘](?<${name}Single>(?:[^'’]|['’](?=\\S))*)['’]`,
  ].join('|');
}

function unquoted(groups: Readonly<Record<string, string | undefined>>, name: string): string {
  const straight = groups[name];
  if (straight !== undefined) return straight.replace(/\\(["\\])/g, '$1');
  return groups[`${name}Smart`] ?? groups[`${name}Single`] ?? '';
}

const nothing = /^$/;

const forms: readonly Form[] = [
  {
    verb: 'in',
    expected: 'a channel, a colon and what is said',
    example: (who) => `${who} in #ops: /ops help`,
    rest: /^#?(?<channel>[\p{L}\p{N}_-]+)(?<thread>\s+thread)?\s*:\s*(?<text>\S[\s\S]*)$/u,
    read: (who, { channel = '', thread, text = '' }) => ({
      kind: 'say',
      who,
      channel,
      isInThread: thread !== undefined,
      text,
    }),
  },
  {
    verb: 'approves',
    expected: 'nothing more',
    example: (who) => `${who} approves`,
    rest: nothing,
    read: (who) => ({ kind: 'approve', who }),
  },
  {
    verb: 'denies',
    expected: 'a reason in quotes',
    example: (who) => `${who} denies "not during the freeze"`,
    rest: new RegExp(`^(?:${quoted('reason')})$`, 'u'),
    read: (who, groups) => ({ kind: 'deny', who, reason: unquoted(groups, 'reason') }),
  },
  {
    verb: 'clicks',
    expected: "a button's label in quotes",
    example: (who) => `${who} clicks "Details"`,
    rest: new RegExp(`^(?:${quoted('label')})$`, 'u'),
    read: (who, groups) => ({ kind: 'click', who, label: unquoted(groups, 'label') }),
  },
  {
    verb: 'uses',
    expected: `a shortcut's name in quotes, then "on" and words of the message in quotes, or "on the last message"`,
    example: (who) => `${who} uses "Add to incident timeline" on the last message`,
    rest: new RegExp(
      `^(?:${quoted('label')})\\s+on\\s+(?:(?<last>(?:the\\s+)?last message)|${quoted('on')})$`,
      'iu',
    ),
    read: (who, groups) => ({
      kind: 'use',
      who,
      label: unquoted(groups, 'label'),
      on: groups.last === undefined ? unquoted(groups, 'on') : undefined,
    }),
  },
  {
    verb: 'fills',
    expected: `a field's label in quotes, then "with" and what is entered, in quotes`,
    example: (who) => `${who} fills "Reason" with "card testing"`,
    rest: new RegExp(`^(?:${quoted('label')})\\s+with\\s+(?:${quoted('text')})$`, 'u'),
    read: (who, groups) => ({
      kind: 'fill',
      who,
      label: unquoted(groups, 'label'),
      text: unquoted(groups, 'text'),
    }),
  },
  {
    verb: 'submits',
    expected: 'nothing more',
    example: (who) => `${who} submits`,
    rest: nothing,
    read: (who) => ({ kind: 'submit', who }),
  },
  {
    verb: 'closes',
    expected: 'nothing more',
    example: (who) => `${who} closes`,
    rest: nothing,
    read: (who) => ({ kind: 'close', who }),
  },
];

/**
 * @param number counted from 1, for the sentence
 * @throws ScriptProblem naming the line, what was expected, and the nearest form that is valid
 */
export function parseLine(source: string, number: number): ScriptLine {
  const line = source.trim();
  const sample = /^alert\s+(?<sample>(?:(?:resolve|worse)\s+)?[\w./-]+)$/.exec(line)?.groups?.sample;
  if (sample !== undefined) return { kind: 'alert', sample: sample.replace(/\s+/, ' ') };
  const start = /^@?(?<who>[\p{L}\p{N}._-]+)\s+(?<verb>\p{L}+)\s*(?<rest>[\s\S]*)$/u.exec(line)?.groups;
  const who = start?.who ?? '';
  const verb = start?.verb?.toLowerCase() ?? '';
  const form = forms.find((one) => one.verb === verb);
  if (!form) throw unknownForm(line, number, who, verb);
  const groups = form.rest.exec(start?.rest?.trim() ?? '')?.groups;
  if (!groups && form.rest !== nothing) throw wrongRest(line, number, who, form);
  if (!groups && start?.rest?.trim()) throw wrongRest(line, number, who, form);
  return form.read(who, groups ?? {});
}

/** All lines, before anything is played. @throws ScriptProblem */
export function parseScript(lines: readonly string[]): ScriptLine[] {
  return lines.map((line, index) => parseLine(line, index + 1));
}

function wrongRest(
  line: string,
  number: number,
  who: string,
  { verb, expected, example }: Form,
): ScriptProblem {
  return new ScriptProblem(
    `Line ${number}, "${line}": after "${verb}" ${expected} is expected, as in: ${example(who)}`,
  );
}

function unknownForm(line: string, number: number, who: string, verb: string): ScriptProblem {
  if (/^alert\b/.test(line))
    return new ScriptProblem(
      `Line ${number}, "${line}": after "alert" the name of one sample is expected, as in: alert checkout-errors`,
    );
  const [meant] = nearest(
    verb,
    forms.map((form) => form.verb),
  );
  const form = forms.find((one) => one.verb === meant);
  const verbs = forms.map((one) => `"${one.verb}"`).join(', ');
  const hint = form ? `; did you mean: ${form.example(who)}` : `, as in: ${forms[0]!.example(who || 'ada')}`;
  return new ScriptProblem(`Line ${number}, "${line}": a name is expected, then one of ${verbs}${hint}`);
}
