import { describe, expect, it } from 'vitest';
import { z } from '../../../src/command.ts';
import { argvTokens } from '../../../src/core/parse/argv-tokens.ts';
import { parseInvocation, parseTokens } from '../../../src/core/parse/parse-invocation.ts';
import { catalog } from './sample-commands.ts';

const parse = (text: string) => parseInvocation(text, catalog);
const problemsOf = (text: string) => parse(text).problems;

describe('parseInvocation', () => {
  it('reads positionals and flags in any order', () => {
    const expected = {
      command: 'verify-audit',
      input: { tenant: 'acme', full: true },
      isPlanOnly: false,
      missing: [],
      problems: [],
    };
    expect(parse('verify-audit acme --full')).toEqual(expected);
    expect(parse('verify-audit --full acme')).toEqual(expected);
    expect(parse('Verify-audit acme —full')).toEqual(expected);
    expect(parse('verify-audit --full=yes --tenant acme')).toEqual(expected);
  });

  it('leaves defaults to the schema', () => {
    expect(parse('verify-audit acme').input).toEqual({ tenant: 'acme' });
  });

  it('names missing required arguments in declared order', () => {
    expect(parse('suspend-tenant')).toMatchObject({ input: {}, missing: ['tenant', 'reason'], problems: [] });
  });

  it('turns a default off with --no-', () => {
    expect(parse('suspend-tenant acme --reason "card testing" --no-notify').input).toEqual({
      tenant: 'acme',
      reason: 'card testing',
      notify: false,
    });
  });

  it('shows help when nothing was typed', () => {
    expect(parse('  ').command).toBe('help');
  });

  it('takes the rest of the line without quotes, flags excepted', () => {
    expect(parse('incident declare Checkout is down — cards "declined" --severity SEV1').input).toEqual({
      title: 'Checkout is down — cards "declined"',
      severity: 'sev1',
    });
    expect(parse('incident declare "Checkout is down"').input).toEqual({ title: 'Checkout is down' });
  });

  it('reads mentions as ids', () => {
    expect(
      parse('incident declare Mail stuck --commander <@U0ADA|ada> --channel=<#C0OPS|ops>').input,
    ).toEqual({ title: 'Mail stuck', commander: 'U0ADA', channel: 'C0OPS' });
  });

  it('reads numbers, days and times in the types the schema takes', () => {
    expect(
      parse(
        'schedule 2026-12-01 --copies 3 --ratio .5 --starts-at 2026-12-01T10:30+01:00 --expiresMinutes=20',
      ).input,
    ).toEqual({
      day: '2026-12-01',
      copies: 3,
      ratio: 0.5,
      startsAt: '2026-12-01T09:30:00Z',
      expiresMinutes: 20,
    });
  });

  it('collects lists from commas, repeats and the words that are left', () => {
    expect(parse('schedule 2026-12-01 a,b "c d"').input.tags).toEqual(['a', 'b', 'c d']);
    expect(parse('schedule 2026-12-01 --tags a --tags b,c\\,d').input.tags).toEqual(['a', 'b', 'c,d']);
    expect(parse('schedule 2026-12-01 --watchers <@U0ADA|ada> --watchers U0LIN').input.watchers).toEqual([
      'U0ADA',
      'U0LIN',
    ]);
  });

  it.each([
    ['verify-audit acme --ful', undefined, 'There is no --ful. Did you mean --full?'],
    ['verify-audit acme --zzzz', undefined, 'There is no --zzzz. There is --tenant, --target, --full.'],
    [
      'incident close now',
      undefined,
      '"now" is one word too many. Put quotes around a value that has spaces in it, or leave this out.',
    ],
    ['verify-audit acme -full', undefined, '"-full" is one word too many. Did you mean --full?'],
    ['verify-audit acme --tenant globex', 'tenant', 'Tenant was given twice. Give it once.'],
    ['verify-audit acme --full --no-full', 'full', 'Full was given twice. Give it once.'],
    ['verify-audit acme --target', 'target', '--target needs a value after it.'],
    ['verify-audit acme --target --full', 'target', '--target needs a value after it.'],
    ['verify-audit acme --full=maybe', 'full', '"maybe" is neither yes nor no.'],
    [
      'verify-audit acme --no-target',
      'target',
      '--no-target only works for yes-or-no arguments. Use --target.',
    ],
    ['suspend-tenant acme --reason short', 'reason', 'Too short: give at least 10 characters.'],
    ['suspend-tenant "" --reason "card testing"', 'tenant', 'Name a tenant by its slug or id.'],
    [
      'incident declare Down --severity sev9',
      'severity',
      '"sev9" is not one of "sev1", "sev2" or "sev3". Did you mean "sev1"?',
    ],
    [
      'incident declare Down --commander ada',
      'commander',
      '"ada" is not a person. Mention one, for example @ada.',
    ],
    [
      'incident declare Down --channel <@U0ADA>',
      'channel',
      '"@U0ADA" is not a channel. Mention one, for example #ops.',
    ],
    [
      'schedule 2026-02-30',
      'day',
      '"2026-02-30" is not a day. Give one that exists as YYYY-MM-DD, for example 2026-12-01.',
    ],
    [
      'schedule tomorrow',
      'day',
      '"tomorrow" is not a day. Give one that exists as YYYY-MM-DD, for example 2026-12-01.',
    ],
    ['schedule 2026-12-01 --copies 2.5', 'copies', '"2.5" is not a whole number.'],
    [
      'schedule 2026-12-01 --copies 99999999999999999999',
      'copies',
      '"99999999999999999999" is not a whole number.',
    ],
    ['schedule 2026-12-01 --copies 0x10', 'copies', '"0x10" is not a number.'],
    ['schedule 2026-12-01 --copies 0', 'copies', 'Give 1 or more.'],
    ['schedule 2026-12-01 --ratio 0', 'ratio', 'Give more than 0.'],
    ['schedule 2026-12-01 --expires-minutes=–5', 'expiresMinutes', 'Give more than 0.'],
    ['schedule 2026-12-01 a,b,c,d,e,f', 'tags', 'Give at most 5.'],
    [
      'schedule 2026-12-01 --watchers U0ADA,nobody',
      'watchers',
      '"nobody" is not a person. Mention one, for example @ada.',
    ],
  ])('says what is wrong with %j', (text, argument, message) => {
    expect(problemsOf(text)).toEqual([{ argument, message }]);
  });

  it.each([
    '2026-12-01T09:30',
    '2026-12-01',
    '2026-13-01T09:30Z',
    '2026-12-01T24:00Z',
    '2026-12-01T09:30+15:00',
  ])('refuses %j as a time', (typed) => {
    expect(problemsOf(`schedule 2026-12-01 --starts-at ${typed}`)).toMatchObject([{ argument: 'startsAt' }]);
  });

  it('does not ask again for an argument that was given badly', () => {
    expect(parse('schedule tomorrow')).toMatchObject({ missing: [] });
  });

  it('reports a check that spans several arguments', () => {
    const range = z
      .object({ from: z.number(), to: z.number() })
      .refine(({ from, to }) => from < to, { path: ['to'], message: 'End after the start' });
    const commands = new Map([['range', { definition: { args: range } }]]);
    expect(parseInvocation('range --from 5 --to 3', commands).problems).toEqual([
      { argument: 'to', message: 'End after the start.' },
    ]);
  });

  it('leaves checks that must wait for something to the run', () => {
    const slow = new Map([
      ['slow', { definition: { args: z.object({ name: z.string().refine(async () => false) }) } }],
    ]);
    expect(parseInvocation('slow --name x', slow).problems).toEqual([]);
  });

  it.each([
    ['--full verify-audit', 'no_command'],
    ['"verify-audit" acme', 'no_command'],
    ['verfiy-audit acme', 'unknown_command'],
  ])('makes no command of %j', (text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('parseTokens of words a shell has split', () => {
  it('reads them as they are', () => {
    const words = ['suspend-tenant', 'acme', '--reason=it\'s "card testing" &amp; more', '--no-notify'];
    expect(parseTokens(argvTokens(words), catalog).input).toEqual({
      tenant: 'acme',
      reason: 'it\'s "card testing" &amp; more',
      notify: false,
    });
  });

  it('takes everything after -- as words', () => {
    expect(parseTokens(argvTokens(['incident', 'declare', '--', '--title', 'odd']), catalog).input).toEqual({
      title: '--title odd',
    });
  });
});
