import { describe, expect, it } from 'vitest';
import { cleanTyped } from '../../../src/core/parse/clean-text.ts';
import { formatInvocation } from '../../../src/core/parse/format-invocation.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import { usage } from '../../../src/core/parse/usage.ts';
import fc from '../../support/properties.ts';
import { catalog, shapes } from './sample-commands.ts';

const format = (command: string, input: Record<string, unknown>) => formatInvocation(catalog, command, input);

describe('formatInvocation', () => {
  it.each([
    ['verify-audit', { tenant: 'acme', full: true }, 'verify-audit acme --full'],
    ['verify-audit', { tenant: 'acme', full: false }, 'verify-audit acme --no-full'],
    ['verify-audit', { full: true }, 'verify-audit --full'],
    [
      'suspend-tenant',
      { tenant: '--full', reason: 'say "no"' },
      'suspend-tenant "--full" --reason "say \\"no\\""',
    ],
    [
      'incident declare',
      { title: 'Checkout is down', severity: 'sev1' },
      'incident declare Checkout is down --severity sev1',
    ],
    ['incident declare', { title: 'Down — "now"' }, 'incident declare "Down — \\"now\\""'],
    ['incident', { id: 'declare' }, 'incident "declare"'],
    ['schedule', { day: '2026-12-01', tags: ['a', 'b,c'] }, 'schedule 2026-12-01 a "b\\,c"'],
    ['schedule', { tags: ['a', 'b'] }, 'schedule --tags a --tags b'],
  ])('writes %s %j', (command, input, text) => {
    expect(format(command, input)).toBe(text);
  });

  it('names a command that is not there', () => {
    expect(() => format('nope', {})).toThrow('"nope"');
  });

  const awkward = fc
    .array(
      fc.constantFrom(
        ...'"\'“”«»’\\<>&;@#!|^-–—=, \n\u00a0\u202eaU1é✓',
        '&lt;',
        '&amp;',
        '<@U1>',
        '--full',
        '😀',
      ),
      { maxLength: 12 },
    )
    .map((pieces) => pieces.join(''));
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), awkward).map(cleanTyped);
  const item = text.map((value) => value.trim()).filter((value) => value !== '');
  const id = fc.constantFrom('U0ADA', 'W0BOB');

  it('writes what parses back to the same input, whatever is in it', () => {
    const anyInvocation = fc.oneof(
      fc.record({
        command: fc.constant('suspend-tenant'),
        input: fc.record({ tenant: text, reason: text, notify: fc.boolean() }, { requiredKeys: [] }),
      }),
      fc.record({
        command: fc.constant('incident declare'),
        input: fc.record(
          { title: text, severity: fc.constantFrom('sev1', 'sev2', 'sev3'), commander: id },
          { requiredKeys: [] },
        ),
      }),
      fc.record({ command: fc.constant('incident'), input: fc.record({ id: text }, { requiredKeys: [] }) }),
      fc.record({
        command: fc.constant('schedule'),
        input: fc.record(
          {
            day: fc.constantFrom('2026-12-01', '2024-02-29'),
            startsAt: fc.constant('2026-12-01T09:30:00Z'),
            copies: fc.integer(),
            ratio: fc
              .double({ noNaN: true, noDefaultInfinity: true })
              .map((value) => (value === 0 ? 0 : value)),
            tags: fc.array(item, { maxLength: 4 }),
            watchers: fc.array(id, { maxLength: 3 }),
          },
          { requiredKeys: [] },
        ),
      }),
    );
    fc.assert(
      fc.property(anyInvocation, ({ command, input }) => {
        const written = formatInvocation(catalog, command, input);
        const read = parseInvocation(written, catalog);
        expect({ command: read.command, input: read.input }).toEqual({ command, input });
        expect(formatInvocation(catalog, read.command, read.input)).toBe(written);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('usage', () => {
  it.each([
    ['verify-audit', 'verify-audit <tenant> [--target TARGET] [--full]'],
    ['suspend-tenant', 'suspend-tenant <tenant> --reason REASON [--no-notify]'],
    [
      'incident declare',
      'incident declare <title…> [--severity sev1|sev2|sev3] [--commander COMMANDER] [--channel CHANNEL]',
    ],
    [
      'schedule',
      'schedule <day> [tags…] [--starts-at STARTS-AT] [--copies COPIES] [--ratio RATIO] [--watchers WATCHERS…] [--expires-minutes EXPIRES-MINUTES]',
    ],
    ['incident close', 'incident close'],
  ])('shows how to type %s', (command, line) => {
    expect(usage(command, shapes[command]!)).toBe(line);
  });
});
