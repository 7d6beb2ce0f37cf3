import { describe, expect, it } from 'vitest';
import { elapsedText, timerSpans } from '../../../src/core/cards/incident-words.ts';
import { plainText } from '../../../src/core/text.ts';

const from = new Date('2026-11-20T18:00:00Z');
const after = (minutes: number) => new Date(from.getTime() + minutes * 60_000);

describe('elapsedText', () => {
  it.each([
    [-5, 'less than a minute'],
    [0.9, 'less than a minute'],
    [1, '1 minute'],
    [59.99, '59 minutes'],
    [60, '1 hour'],
    [72, '1 hour 12 minutes'],
    [1_440, '1 day'],
    [1_441, '1 day'],
    [1_440 * 2 + 180, '2 days 3 hours'],
    [1_440 * 1_200, '1,200 days'],
  ])('of %d minutes is %j', (minutes, expected) => {
    expect(elapsedText(from, after(minutes))).toBe(expected);
  });
});

describe('timerSpans', () => {
  const said = (...kinds: Parameters<typeof timerSpans>[0][number]['kind'][]) =>
    plainText(timerSpans(kinds.map((kind, index) => ({ kind, dueAt: after(index) }))));

  it('names what comes due, in the order it is given', () => {
    expect(said('update_due', 'level2')).toBe(
      'Status update due 2026-11-20 18:00:00 UTC · Level 2 is called 2026-11-20 18:01:00 UTC',
    );
  });

  it('names a reminder only where what it reminds of does not stand', () => {
    expect(said('postmortem_24h', 'postmortem_due')).toBe('Postmortem due 2026-11-20 18:01:00 UTC');
    expect(said('postmortem_4h')).toBe('Postmortem reminder 2026-11-20 18:00:00 UTC');
  });

  it('is nothing without timers', () => {
    expect(timerSpans([])).toEqual([]);
  });
});
