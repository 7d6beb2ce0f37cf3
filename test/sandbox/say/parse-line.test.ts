import { describe, expect, test } from 'vitest';
import { formatLine } from '../../../sandbox/say/format-line.ts';
import { parseLine, parseScript, type ScriptLine } from '../../../sandbox/say/parse-line.ts';
import fc from '../../support/properties.ts';

describe('a line', () => {
  const say = { kind: 'say', who: 'ada', channel: 'ops', isInThread: false };
  const table: [string, ScriptLine | Record<string, unknown>][] = [
    ['ada in #ops: /ops verify-audit acme', { ...say, text: '/ops verify-audit acme' }],
    ['  ada   in  #ops :  hi: there ', { ...say, text: 'hi: there' }],
    ['@ada IN ops: hi', { ...say, text: 'hi' }],
    ['ada in #ops thread: @countersign help', { ...say, isInThread: true, text: '@countersign help' }],
    ['U0ADA in #C0OPS: hi', { ...say, who: 'U0ADA', channel: 'C0OPS', text: 'hi' }],
    ['ada in #old-launch: two\nlines', { ...say, channel: 'old-launch', text: 'two\nlines' }],
    ['ada in #ops: /ops x --reason “card testing”', { ...say, text: '/ops x --reason “card testing”' }],
    ['ada approves', { kind: 'approve', who: 'ada' }],
    ['alert approves', { kind: 'alert', sample: 'approves' }],
    ['grace denies "not during freeze"', { kind: 'deny', who: 'grace', reason: 'not during freeze' }],
    ['grace denies “not during freeze”', { kind: 'deny', who: 'grace', reason: 'not during freeze' }],
    ["grace denies 'don't'", { kind: 'deny', who: 'grace', reason: "don't" }],
    ['grace denies ‘don’t’', { kind: 'deny', who: 'grace', reason: 'don’t' }],
    [
      'grace denies "say \\"no\\" \\\\ C:\\temp"',
      { kind: 'deny', who: 'grace', reason: 'say "no" \\ C:\\temp' },
    ],
    ['grace clicks "Resend 240 emails"', { kind: 'click', who: 'grace', label: 'Resend 240 emails' }],
    ['grace clicks „Details“', { kind: 'click', who: 'grace', label: 'Details' }],
    ['ada fills "Reason" with ""', { kind: 'fill', who: 'ada', label: 'Reason', text: '' }],
    ["ada fills “Reason” with 'a “b” c'", { kind: 'fill', who: 'ada', label: 'Reason', text: 'a “b” c' }],
    ["ada fills 'x' with 'y'", { kind: 'fill', who: 'ada', label: 'x', text: 'y' }],
    [
      'ada uses "Add to incident timeline" on "emails are late"',
      { kind: 'use', who: 'ada', label: 'Add to incident timeline', on: 'emails are late' },
    ],
    [
      "ada USES 'Declare incident' ON the Last message",
      { kind: 'use', who: 'ada', label: 'Declare incident', on: undefined },
    ],
    ['ada uses “x on y” on last message', { kind: 'use', who: 'ada', label: 'x on y', on: undefined }],
    ['ada uses "x" on "the last message"', { kind: 'use', who: 'ada', label: 'x', on: 'the last message' }],
    ['ada submits', { kind: 'submit', who: 'ada' }],
    ['ada closes', { kind: 'close', who: 'ada' }],
    ['alert sentry/new-issue', { kind: 'alert', sample: 'sentry/new-issue' }],
    [' alert  resolve   checkout-errors', { kind: 'alert', sample: 'resolve checkout-errors' }],
    ['alert worse disk-filling', { kind: 'alert', sample: 'worse disk-filling' }],
  ];
  test.each(table)('%s', (source, expected) => {
    expect(parseLine(source, 1)).toEqual(expected);
  });
});

describe('a line that is none', () => {
  test.each([
    [
      '',
      'Line 3, "": a name is expected, then one of "in", "approves", "denies", "clicks", "uses", "fills", "submits", "closes", as in: ada in #ops: /ops help',
    ],
    ['ada aproves', '"closes"; did you mean: ada approves'],
    ['ada click "Approve"', 'did you mean: ada clicks "Details"'],
    [
      'ada approves it',
      'Line 3, "ada approves it": after "approves" nothing more is expected, as in: ada approves',
    ],
    [
      'ada clicks Approve',
      `after "clicks" a button's label in quotes is expected, as in: ada clicks "Details"`,
    ],
    ['grace denies', 'after "denies" a reason in quotes is expected'],
    ['grace denies "open', 'after "denies" a reason in quotes is expected'],
    [
      'ada in #ops',
      'after "in" a channel, a colon and what is said is expected, as in: ada in #ops: /ops help',
    ],
    ['ada in #ops:', 'after "in" a channel, a colon'],
    ['ada fills "Reason" "x"', 'a field\'s label in quotes, then "with" and what is entered'],
    [
      'ada uses "Declare incident"',
      'after "uses" a shortcut\'s name in quotes, then "on" and words of the message in quotes, or "on the last message" is expected, as in: ada uses "Add to incident timeline" on the last message',
    ],
    ['ada uses "x" on y', 'after "uses" a shortcut'],
    ['ada use "x" on "y"', 'did you mean: ada uses "Add to incident timeline"'],
    ['alert two words', 'after "alert" the name of one sample is expected'],
    ['alert', 'after "alert" the name of one sample is expected'],
  ])('"%s" is refused with the nearest valid form', (source, expected) => {
    expect(() => parseLine(source, 3)).toThrow(expected);
  });

  test('is found before any other is played, and named by its number', () => {
    expect(() => parseScript(['ada approves', 'ada nods'])).toThrow('Line 2, "ada nods"');
  });
});

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,10}$/).filter((one) => one !== 'alert');
const channel = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
const quotedText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('\\', '"', "'", '’', '“', ' ', 'a', '\n') }),
);
const said = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const line: fc.Arbitrary<ScriptLine> = fc.oneof(
  fc.record({ kind: fc.constant('say' as const), who: name, channel, isInThread: fc.boolean(), text: said }),
  fc.record({ kind: fc.constantFrom('approve' as const, 'submit' as const, 'close' as const), who: name }),
  fc.record({ kind: fc.constant('deny' as const), who: name, reason: quotedText }),
  fc.record({ kind: fc.constant('click' as const), who: name, label: quotedText }),
  fc.record({
    kind: fc.constant('use' as const),
    who: name,
    label: quotedText,
    on: fc.option(quotedText, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('fill' as const), who: name, label: quotedText, text: quotedText }),
  fc.record({
    kind: fc.constant('alert' as const),
    sample: fc.stringMatching(/^((resolve|worse) )?[a-z0-9./-]{1,20}$/),
  }),
);

test('whatever was read is written back so that it reads the same', () => {
  fc.assert(
    fc.property(line, (one) => {
      expect(parseLine(formatLine(one), 1)).toEqual(one);
    }),
  );
});

test('no text takes long to be refused or read', () => {
  const hostile = `ada fills "${'\\"'.repeat(20_000)}`;
  const before = performance.now();
  expect(() => parseLine(hostile, 1)).toThrow('after "fills"');
  expect(performance.now() - before).toBeLessThan(1000);
});
