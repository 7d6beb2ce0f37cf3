import { expect, it } from 'vitest';
import { fitsGlob, withoutPrefix } from '../../../src/core/alerts/glob.ts';

it.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['Re-*', 're-warn', true],
  ['* Testing', 'Ops bot testing', true],
  ['* Testing', 'Testing', false],
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['a.c', 'abc', false],
])('%j fits %j: %s', (glob, text, fits) => {
  expect(fitsGlob(glob, text)).toBe(fits);
});

it('takes the shortest beginning away', () => {
  expect(withoutPrefix('[*] ', '[a] [b] c')).toBe('[b] c');
  expect(withoutPrefix('[*][*] ', '[a][b] c')).toBe('c');
  expect(withoutPrefix('[*] ', 'c [a] b')).toBe('c [a] b');
});
