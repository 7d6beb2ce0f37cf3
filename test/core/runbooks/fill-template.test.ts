import { describe, expect, it } from 'vitest';
import { field, z } from '../../../src/command.ts';
import { cleanTyped } from '../../../src/core/parse/clean-text.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import {
  fillCommand,
  fillMessage,
  fillText,
  placeholdersOf,
} from '../../../src/core/runbooks/fill-template.ts';
import fc from '../../support/properties.ts';

const args = z.object({
  first: z.string().optional(),
  about: field(z.string().optional(), { rest: true }),
  reason: z.string().optional(),
  full: z.boolean().optional(),
  plan: z.boolean().optional(),
  param: z.array(z.string()).optional(),
});
const catalog = new Map(
  ['act', 'act now', 'help'].map((name) => [
    name,
    { definition: { args, positionals: ['first', 'about'], risk: 'read' as const } },
  ]),
);
const parsed = (command: string, inputs: Record<string, string>) =>
  parseInvocation(fillCommand(command, inputs), catalog);

/** What people, alerts and attackers put into a text. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...'a "\'\\,=-—<>@#!&;»«“”„‘’{}[]*`~_\n\t', '{{b}}', '--full', '&lt;', '<@U1>'),
    maxLength: 12,
  }),
  fc.constantFrom(
    '--full',
    '-- --plan',
    'now',
    '" --full "',
    '\\',
    '\\"',
    'x" --plan',
    "' --full '",
    '{{b}}',
  ),
);
/** As the parser leaves what is typed, with nothing at its ends: whatever else, the argument has to be the same. */
const value = hostile.map((text) => cleanTyped(text).trim()).filter((text) => text !== '');

const shapes: readonly (readonly [string, (a: string, b: string) => Record<string, unknown>])[] = [
  ['act {{a}} --reason {{b}}', (a, b) => ({ first: a, reason: b })],
  ['act {{a}} {{b}}', (a, b) => ({ first: a, about: b })],
  ['act --reason {{a}} {{b}} --no-full', (a, b) => ({ first: b, reason: a, full: false })],
  ['act --reason={{a}} --first "{{b}}"', (a, b) => ({ first: b, reason: a })],
  ['act --reason "why: {{a}}, and \\"{{b}}\\""', (a, b) => ({ reason: `why: ${a}, and "${b}"` })],
  ['act --param key={{a}} --param {{b}}', (a, b) => ({ param: [`key=${a}`, b] })],
  ['act --param=key={{a}} --param "text=for {{b}}."', (a, b) => ({ param: [`key=${a}`, `text=for ${b}.`] })],
  ['act --param one\\,two={{a}}:{{b}}', (a, b) => ({ param: [`one,two=${a}:${b}`] })],
  ['act {{a}}-{{b}} --full', (a, b) => ({ first: `${a}-${b}`, full: true })],
];

describe('a command filled with its inputs', () => {
  it.each(shapes)('keeps any value in its argument, and changes nothing else: %s', (command, expected) => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        let read: ReturnType<typeof parsed>;
        try {
          read = parsed(command, { a, b });
        } catch (error) {
          // A mark that would join onto the author's own text is refused.
          expect(error).toMatchObject({ code: 'unusable_input' });
          expect(/^\p{M}|^[\u1161-\u11ff]/u.test(a) || /^\p{M}|^[\u1161-\u11ff]/u.test(b)).toBe(true);
          return;
        }
        expect(read).toEqual({
          command: 'act',
          input: expected(a, b),
          isPlanOnly: false,
          missing: [],
          problems: [],
        });
      }),
      { numRuns: 400 },
    );
  });

  it('leaves words without an input as they were written', () => {
    const command = 'act "two words" --param a\\,b=c --reason "say \\"hi\\"" --full';
    expect(fillCommand(command, { a: 'x' })).toBe(command);
  });

  it('shows what it did', () => {
    const inputs = { tenant: 'acme', reason: 'they said "now" --full' };
    expect(fillCommand('act {{tenant}} --reason {{reason}} --param to={{tenant}}', inputs)).toBe(
      'act "acme" --reason "they said \\"now\\" --full" --param "to=acme"',
    );
  });

  it('does not let a value become the second word of a command', () => {
    expect(parsed('act {{a}}', { a: 'now' })).toMatchObject({ command: 'act', input: { first: 'now' } });
  });

  it('refuses what is missing, empty, or no input of its own', () => {
    for (const inputs of [{}, { a: '' }, { a: ' \u200b ' }]) {
      expect(() => fillCommand('act {{a}}', inputs)).toThrow('The input "a" is missing. Give a=…');
    }
    expect(() => fillCommand('act {{constructor}}', {})).toThrow('"constructor" is missing');
  });

  it('refuses a value whose first mark would change what stands before it', () => {
    expect(() => fillCommand('act --param key={{a}}', { a: '\u0338x' })).toThrow(
      'The input "a" begins with a mark',
    );
  });
});

describe('a text filled with its inputs', () => {
  it('fills once, on one line, and says what was not given', () => {
    const inputs = { a: '{{b}}\nline', b: '$& $1' };
    expect(fillText('{{a}} and {{b}} and {{c}}', inputs)).toBe('{{b}} line and $& $1 and (c not given)');
  });

  it('names what it needs, once', () => {
    expect(placeholdersOf('{{a}} {{b}} {{a}} {c} {{ d }}')).toEqual(['a', 'b', ' d ']);
  });
});

describe('a message filled with its inputs', () => {
  it('lets no value call, link, format or begin a line', () => {
    const a = '<!here> <@U0ADA> @channel https://evil.example *bold* _it_ ~no~ `code`\n> quote & acme_corp';
    expect(fillMessage('*Down* {{a}}', { a })).toBe(
      '*Down* &lt;!here&gt; &lt;＠U0ADA&gt; ＠channel https:/evil․example ∗bold∗ ＿it＿ ∼no∼ ˋcodeˋ &gt; quote &amp; acme_corp',
    );
  });

  it('leaves no mark of Slack in any value', () => {
    fc.assert(
      fc.property(hostile, (a) => {
        const filled = fillMessage('[{{a}}]', { a });
        expect(filled).not.toMatch(/[<>*~`\n@]|\/\//);
        expect(filled.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
      }),
      { numRuns: 500 },
    );
  });
});
