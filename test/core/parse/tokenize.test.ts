import { describe, expect, it } from 'vitest';
import { UserMistake } from '../../../src/core/errors.ts';
import { longestInvocationCharacters, tokenize } from '../../../src/core/parse/tokenize.ts';
import fc from '../../support/properties.ts';

/** `word` for words, `--name` or `--name=value` for flags. */
function shown(text: string): string[] {
  return tokenize(text).map((token) =>
    token.kind === 'word' ? token.text : `--${token.name}${token.value ? `=${token.value.text}` : ''}`,
  );
}

function mistake(text: string): UserMistake {
  try {
    tokenize(text);
  } catch (error) {
    if (error instanceof UserMistake) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('tokenize', () => {
  it.each([
    ['two  words\n', ['two', 'words']],
    ['"two words" and \'two more\'', ['two words', 'and', 'two more']],
    ['“card testing” ‘so far’ «là-bas» « là bas »', ['card testing', 'so far', 'là-bas', 'là bas']],
    ['"mixed by a phone” “and back"', ['mixed by a phone', 'and back']],
    ['"an \\"inner\\" quote" back\\\\slash C:\\path', ['an "inner" quote', 'back\\slash', 'C:\\path']],
    ['""', ['']],
    ['two\\ words', ['two words']],
  ])('reads the words of %j', (text, words) => {
    expect(shown(text)).toEqual(words);
  });

  it.each([
    ["don't", ["don't"]],
    ['don’t', ['don’t']],
    ["tenants' mail", ["tenants'", 'mail']],
    ["'don't panic' now", ["don't panic", 'now']],
    ['5" disk', ['5"', 'disk']],
  ])('takes the apostrophe in %j for part of the word', (text, words) => {
    expect(shown(text)).toEqual(words);
  });

  it.each([
    ['--full', ['--full']],
    ['—full', ['--full']],
    ['–full', ['--full']],
    ['–-full', ['--full']],
    ['--reason=card --to x', ['--reason=card', '--to', 'x']],
    ['--reason="card testing"', ['--reason=card testing']],
    ['—reason=“card testing”', ['--reason=card testing']],
    ['--no-notify', ['--no-notify']],
    ['--reason=', ['--reason=']],
  ])('reads the flags of %j', (text, tokens) => {
    expect(shown(text)).toEqual(tokens);
  });

  it.each([
    ['-5', ['-5']],
    ['a — b', ['a', '—', 'b']],
    ['2026–11–20', ['2026–11–20']],
    ['pay—later', ['pay—later']],
    ['–really–', ['–really–']],
    ['"--full"', ['--full']],
    ['-- --full —x', ['--full', '—x']],
    ['\\--full', ['\\--full'.slice(1)]],
  ])('reads %j as words', (text, words) => {
    const tokens = tokenize(text);
    expect(tokens.map((token) => token.kind === 'word' && token.text)).toEqual(words);
  });

  it('decodes what Slack escapes, once', () => {
    expect(shown('a&lt;b &amp;amp; &lt;!channel&gt; \\&amp;')).toEqual([
      'a<b',
      '&amp;',
      '<!channel>',
      '&amp;',
    ]);
  });

  it.each([
    ['<@U0ADA|ada>', '@ada', 'user', 'U0ADA'],
    ['<@U0ADA>', '@U0ADA', 'user', 'U0ADA'],
    ['<#C0OPS|ops>', '#ops', 'channel', 'C0OPS'],
    ['<!subteam^S0ONCALL|@oncall>', '@oncall', 'usergroup', 'S0ONCALL'],
    ['<!here>', '@here', 'broadcast', 'here'],
    [
      '<https://x.example/a?b=1&amp;c=2|a page>',
      'https://x.example/a?b=1&c=2',
      'link',
      'https://x.example/a?b=1&c=2',
    ],
    ['<http://acme.com|acme.com>', 'acme.com', 'link', 'http://acme.com'],
    ['<mailto:ada@acme.com|ada@acme.com>', 'ada@acme.com', 'link', 'mailto:ada@acme.com'],
  ])('reads %j as what the person saw', (text, seen, kind, id) => {
    const [token] = tokenize(text);
    expect(token).toMatchObject({ kind: 'word', text: seen, entity: { kind, id } });
  });

  it('keeps a mention inside a sentence as text without an entity', () => {
    const [token] = tokenize('"ask <@U0ADA|ada> first"');
    expect(token).toMatchObject({ text: 'ask @ada first', entity: undefined });
  });

  it('drops characters that nobody can see', () => {
    expect(shown('ac\u200bme \u202eevil\u2066 a\u0007b\u001b[31m x\u00a0y')).toEqual([
      'acme',
      'evil',
      'ab[31m',
      'x',
      'y',
    ]);
  });

  it('composes accents, so that a name typed on a Mac equals the stored one', () => {
    expect(shown('Cafe\u0301')).toEqual(['Café']);
  });

  it('says where an unclosed quote opens', () => {
    const error = mistake('suspend-tenant acme --reason "card testing');
    expect(error.code).toBe('unterminated_quote');
    expect(error.message).toContain('character 30');
    expect(error.message).toContain('"card testing');
  });

  it('refuses a text past the limit and accepts one at it', () => {
    expect(tokenize('a'.repeat(longestInvocationCharacters))).toHaveLength(1);
    expect(mistake('a'.repeat(longestInvocationCharacters + 1)).code).toBe('text_too_long');
  });

  it('throws nothing but a user mistake, whatever was typed', () => {
    const awkward = fc.constantFrom(...'"\'“”«»‘’\\<>&@#!|^-–—= \n\u00a0\u202e\u200b\ud800,aU1'.split(''));
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4100 }),
      fc.array(awkward, { maxLength: 60 }).map((characters) => characters.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          for (const token of tokenize(text))
            expect(JSON.stringify(token)).not.toMatch(/[\u202e\u200b\ud800]/u);
        } catch (error) {
          expect(error).toBeInstanceOf(UserMistake);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text, not to its square', () => {
    const hostile = [
      '<a'.repeat(2000),
      '&'.repeat(4000),
      '\\"'.repeat(2000),
      '—a'.repeat(2000),
      '«'.repeat(4000),
    ];
    const started = performance.now();
    for (const text of hostile) {
      try {
        tokenize(text);
      } catch (error) {
        expect(error).toBeInstanceOf(UserMistake);
      }
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
