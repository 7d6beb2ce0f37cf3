import { describe, expect, it } from 'vitest';
import { z } from '../../../src/command.ts';
import { argvTokens } from '../../../src/core/parse/argv-tokens.ts';
import { formatInvocation } from '../../../src/core/parse/format-invocation.ts';
import { maybeIncidentId } from '../../../src/core/parse/incident-flag.ts';
import { parseInvocation, parseTokens } from '../../../src/core/parse/parse-invocation.ts';
import { catalog, shapes } from './sample-commands.ts';

const parse = (text: string) => parseInvocation(text, catalog);

describe('--incident', () => {
  it.each([
    'verify-audit acme --incident i-7k2m9q4x',
    'verify-audit --incident i-7k2m9q4x acme',
    'verify-audit --incident=i-7k2m9q4x acme',
    'verify-audit acme —incident "I-7K2M9Q4X"',
    'verify-audit acme --incident i-7k2m9q4x --incident i-7k2m9q4x',
  ])('is taken by every command: %s', (text) => {
    expect(parse(text)).toEqual({
      command: 'verify-audit',
      input: { tenant: 'acme' },
      incidentId: 'i-7k2m9q4x',
      isPlanOnly: false,
      missing: [],
      problems: [],
    });
  });

  it('is not there where it was not given', () => {
    expect(parse('verify-audit acme')).not.toHaveProperty('incidentId');
  });

  it('stands beside what is missing, and beside --plan', () => {
    expect(parse('suspend-tenant --incident i-1')).toMatchObject({
      incidentId: 'i-1',
      missing: ['tenant', 'reason'],
    });
    const withRisk = new Map([
      ['suspend', { definition: { risk: 'dangerous' as const, args: z.object({}) } }],
    ]);
    expect(parseInvocation('suspend --plan --incident i-1', withRisk)).toMatchObject({
      isPlanOnly: true,
      incidentId: 'i-1',
      problems: [],
    });
  });

  it('is taken out of the middle of a text that takes the rest of the line', () => {
    expect(parse('incident declare mail is --incident i-1 down')).toMatchObject({
      input: { title: 'mail is down' },
      incidentId: 'i-1',
    });
  });

  it('works for words that a shell has split', () => {
    expect(parseTokens(argvTokens(['verify-audit', 'acme', '--incident', 'i-1']), catalog)).toMatchObject({
      input: { tenant: 'acme' },
      incidentId: 'i-1',
    });
    expect(
      parseTokens(argvTokens(['verify-audit', 'acme', '--', '--incident', 'i-1']), catalog),
    ).not.toHaveProperty('incidentId');
  });

  it('is left to a command that has an argument of that name', () => {
    const args = z.object({ incident: z.string().optional() });
    const own = new Map([['page', { definition: { args } }]]);
    const parsed = parseInvocation('page --incident anything', own);
    expect(parsed.input).toEqual({ incident: 'anything' });
    expect(parsed).not.toHaveProperty('incidentId');
  });

  it.each([
    [
      'verify-audit acme --incident SEV1',
      '"SEV1" is not an incident. Give its id after --incident, for example i-7k2m9q4x.',
    ],
    [
      'verify-audit acme --incident r-7k2m9q4x',
      '"r-7k2m9q4x" is not an incident. Give its id after --incident, for example i-7k2m9q4x.',
    ],
    [
      'verify-audit acme --incident',
      '--incident needs the id of an incident after it, for example i-7k2m9q4x.',
    ],
    [
      'verify-audit acme --incident --full',
      '--incident needs the id of an incident after it, for example i-7k2m9q4x.',
    ],
    ['verify-audit acme --incident i-1 --incident i-2', '--incident was given twice. Give one incident.'],
  ])('%s is a problem of the whole line', (text, message) => {
    const parsed = parse(text);
    expect(parsed.problems).toEqual([{ argument: undefined, message }]);
    expect(parsed).not.toHaveProperty('incidentId');
  });

  it('is no part of the canonical text', () => {
    const { command, input } = parse('verify-audit acme --incident i-1');
    expect(formatInvocation(catalog, command, input)).toBe('verify-audit acme');
  });

  it('is no argument of any of the sample commands', () => {
    expect(Object.values(shapes).filter(({ args }) => 'incident' in args.shape)).toEqual([]);
  });
});

describe('maybeIncidentId', () => {
  it.each(['', 'i-', 'i', 'x i-1', 'i-1 x', `i-${'a'.repeat(41)}`, 'i-é', 'i-1\n2'])('%j is none', (text) => {
    expect(maybeIncidentId(text)).toBeUndefined();
  });
});
