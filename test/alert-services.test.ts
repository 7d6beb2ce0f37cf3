import { describe, expect, it } from 'vitest';
import { matchText } from '../src/alert-services.ts';

describe('what a match lets through, in words', () => {
  it.each([
    [{}, 'every alert'],
    [{ service: undefined }, 'every alert'],
    [{ service: ['payments'] }, 'service payments'],
    [
      { severity: ['high', 'critical'], labels: { pod: ['api-*', 'web'], team: ['core'] } },
      'severity high or critical, label pod=api-* or web, label team=core',
    ],
  ] as const)('says of %j: %s', (match, text) => {
    expect(matchText(match)).toBe(text);
  });
});
