import { cleanTyped } from './clean-text.ts';
import type { Token, Word } from './tokenize.ts';

/**
 * Words that a shell has already split, as tokens: nothing is unquoted or decoded a second time.
 *
 * @example argvTokens(['verify-audit', 'acme', '--full']) // word, word, flag
 */
export function argvTokens(words: readonly string[]): Token[] {
  const end = words.indexOf('--');
  return words
    .filter((_, index) => index !== end)
    .map((typed, index) => {
      const flag =
        end >= 0 && index >= end ? null : /^--([A-Za-z][A-Za-z0-9_-]*)(?:=([\s\S]*))?$/.exec(typed);
      if (!flag?.[1]) return word(typed);
      return { kind: 'flag', name: flag[1], value: flag[2] === undefined ? undefined : word(flag[2]) };
    });
}

function word(typed: string): Word {
  const text = cleanTyped(typed);
  return {
    kind: 'word',
    text,
    raw: text,
    parts: text.split(','),
    isQuoted: /\s/.test(text),
    entity: undefined,
  };
}
