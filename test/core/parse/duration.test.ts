import { describe, expect, it } from 'vitest';
import { durationText, maybeDurationMinutes } from '../../../src/core/parse/duration.ts';

describe('lengths of time', () => {
  it.each([
    ['5m', 5],
    ['2h', 120],
    [' 1D ', 1_440],
    ['90 m', 90],
  ])('reads %j as %d minutes', (written, minutes) => {
    expect(maybeDurationMinutes(written)).toBe(minutes);
  });

  it.each(['', '5', 'm', '0m', '-5m', '1.5h', '1h30m', '5s', '5 min', '1w', '9999999m', '٥m'])(
    'reads no length in %j',
    (written) => {
      expect(maybeDurationMinutes(written)).toBeUndefined();
    },
  );

  it.each([
    [1, '1 minute'],
    [90, '90 minutes'],
    [120, '2 hours'],
    [1_440, '1 day'],
    [43_200, '30 days'],
    [100_001, '100,001 minutes'],
  ])('says %d minutes as %j', (minutes, text) => {
    expect(durationText(minutes)).toBe(text);
  });
});
