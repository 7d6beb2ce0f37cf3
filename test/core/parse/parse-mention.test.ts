import { describe, expect, it } from 'vitest';
import { parseMention } from '../../../src/core/parse/parse-mention.ts';

describe('parseMention', () => {
  it.each([
    ['<@U0BOT> verify-audit acme', 'verify-audit acme'],
    ['  <@U0BOT|countersign>: verify-audit acme', 'verify-audit acme'],
    ['<@U0BOT>, /ops verify-audit acme', 'verify-audit acme'],
    ['<@U0BOT> `verify-audit acme`', 'verify-audit acme'],
    ['<@U0BOT>', ''],
    ['<@U0BOT> /ops', ''],
    ['<@U0BOT> incident declare <@U0ADA> saw it', 'incident declare <@U0ADA> saw it'],
  ])('finds the command in %j', (text, command) => {
    expect(parseMention(text, 'U0BOT')).toBe(command);
  });

  it.each(['thanks <@U0BOT> verify-audit acme', '<@U0ADA> verify-audit acme', 'verify-audit acme', ''])(
    'finds none in %j',
    (text) => {
      expect(parseMention(text, 'U0BOT')).toBeUndefined();
    },
  );
});
