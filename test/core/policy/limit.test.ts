import { describe, expect, it } from 'vitest';
import { describeLimit, limitReachedReason, maybeRunLimit } from '../../../src/core/policy/limit.ts';

describe('a limit', () => {
  it.each([
    ['3/hour', { count: 3, perMinutes: 60 }, '3 an hour'],
    ['1/minute', { count: 1, perMinutes: 1 }, '1 a minute'],
    ['1000/day', { count: 1000, perMinutes: 1440 }, '1000 a day'],
  ])('reads %s', (text, limit, words) => {
    expect(maybeRunLimit(text)).toEqual(limit);
    expect(describeLimit(limit)).toBe(words);
  });

  it.each([
    '0/hour',
    '1001/day',
    '3',
    '3/week',
    '3 / hour',
    '-1/hour',
    '3/hours',
    '1e3/day',
    '3/constructor',
    '',
  ])('is not %j', (text) => {
    expect(maybeRunLimit(text)).toBeUndefined();
  });

  it('says when it is free again, never too early', () => {
    const now = new Date('2026-11-20T18:03:20Z');
    const reached = (freeAt: string, limit = { count: 3, perMinutes: 60 }) =>
      limitReachedReason({ command: 'resend', rulePosition: 2, limit, freeAt: new Date(freeAt), now });
    expect(reached('2026-11-20T18:15:22Z')).toBe(
      '"resend" may run 3 times an hour (policy rule 2), and that is used up. It is free again in 13 min (at 18:16 UTC).',
    );
    expect(reached('2026-11-21T17:00:00Z', { count: 1, perMinutes: 1440 })).toBe(
      '"resend" may run once a day (policy rule 2), and that is used up. ' +
        'It is free again in 22 h 57 min (at 2026-11-21 17:00 UTC).',
    );
    expect(reached('2026-11-20T18:03:00Z')).toContain('in 1 min');
  });
});
