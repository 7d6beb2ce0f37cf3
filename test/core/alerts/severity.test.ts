import { expect, it } from 'vitest';
import { isWorse, readSeverity, severities, worst } from '../../../src/core/alerts/severity.ts';

it.each([
  ['critical', ['critical', 'FATAL', ' page ', 'Emergency', 'p0', 'P1', 'sev1']],
  ['high', ['high', 'error', 'major', 'P2', 'sev2']],
  ['warning', ['warning', 'warn', 'medium', 'minor', 'p3', 'sev3']],
  ['info', ['info', 'notice', 'low', 'debug', 'none', 'p4', 'sev4']],
] as const)('reads %s from %j', (severity, words) => {
  expect(words.map(readSeverity)).toEqual(words.map(() => severity));
});

it.each([undefined, null, '', 'constructor', 'kritisch', '1'])('takes %j for a warning', (word) => {
  expect(readSeverity(word)).toBe('warning');
});

it('orders them by how bad they are', () => {
  for (const [one, severity] of severities.entries()) {
    for (const [other, than] of severities.entries()) expect(isWorse(severity, than)).toBe(one < other);
  }
  expect(worst(['info', 'high', 'warning'])).toBe('high');
  expect(worst([])).toBeUndefined();
});
