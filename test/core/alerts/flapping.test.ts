import { expect, it } from 'vitest';
import { isFlappingNow, withFlip } from '../../../src/core/alerts/flapping.ts';
import { minute } from './signals.ts';

const settings = { changes: 3, withinMinutes: 10 };

it('flaps from so many changes within so long on', () => {
  const flips = [minute(0), minute(4), minute(8)];
  expect(isFlappingNow(flips.slice(1), minute(9), settings)).toBe(false);
  expect(isFlappingNow(flips, minute(9), settings)).toBe(true);
});

it('rests once the changes are longer ago', () => {
  expect(isFlappingNow([minute(0), minute(4), minute(8)], minute(10), settings)).toBe(false);
});

it('keeps the newest fifty', () => {
  let flips: readonly Date[] = [];
  for (let at = 0; at < 60; at += 1) flips = withFlip(flips, minute(at));
  expect(flips).toHaveLength(50);
  expect([flips[0], flips.at(-1)]).toEqual([minute(10), minute(59)]);
});
