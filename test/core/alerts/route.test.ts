import { describe, expect, it } from 'vitest';
import type { AlertMatch } from '../../../src/core/alerts/alert-settings.ts';
import { matches, type Routable, routingOf, suggestionFor } from '../../../src/core/alerts/route.ts';
import { tokenize } from '../../../src/core/parse/tokenize.ts';
import fc from '../../support/properties.ts';

const alert = (changes: Partial<Routable> = {}): Routable => ({
  source: 'alertmanager',
  severity: 'high',
  title: 'Checkout errors',
  service: 'Payments-API',
  labels: { pod: 'api-1', team: 'core' },
  ...changes,
});

describe('what a route matches', () => {
  it.each<[AlertMatch, boolean]>([
    [{}, true],
    [{ source: ['kuma', 'alert*'] }, true],
    [{ source: ['alert'] }, false],
    [{ severity: ['critical'] }, false],
    [{ severity: ['critical', 'high'] }, true],
    [{ service: ['payments-*'] }, true],
    [{ service: ['*-api'] }, true],
    [{ service: ['*ments*'] }, true],
    [{ service: ['pay*pi*api'] }, false],
    [{ service: ['p*-*-api'] }, false],
    [{ service: ['payments-api*api'] }, false],
    [{ title: ['checkout*', 'x'] }, true],
    [{ tenant: ['*'] }, true],
    [{ tenant: ['acme'] }, false],
    [{ labels: { pod: ['api-*'], team: ['core'] } }, true],
    [{ labels: { pod: ['api-*'], team: ['edge'] } }, false],
    [{ labels: { constructor: ['*object*'] } }, false],
    [{ service: ['payments-*'], severity: ['info'] }, false],
    [{ service: [] }, false],
    [{ service: undefined, source: ['ALERTMANAGER'] }, true],
  ])('%j: %s', (match, isMatch) => {
    expect(matches(match, alert())).toBe(isMatch);
  });

  it('reads nothing but * in a glob', () => {
    expect(matches({ title: ['a.c'] }, alert({ title: 'abc' }))).toBe(false);
    expect(matches({ title: ['[ab](c'] }, alert({ title: '[AB](C' }))).toBe(true);
  });

  it('is as a plain reading of the glob says', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    fc.assert(
      fc.property(glob, text, (pattern, title) => {
        expect(matches({ title: [pattern] }, alert({ title }))).toBe(
          new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(title),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('where an alert goes', () => {
  it('is decided by the first route that says so, thing by thing', () => {
    const routing = routingOf(alert(), [
      { match: { severity: ['info'] }, channel: 'C0INFO' },
      { match: { severity: ['high'] }, channel: 'C0HIGH', silence: false },
      {
        match: {},
        channel: 'C0ALL',
        notify: ['on-call'],
        runbook: 'https://r',
        silence: true,
        severity: 'info',
      },
    ]);
    expect(routing).toEqual({
      channel: 'C0HIGH',
      notify: ['on-call'],
      severity: 'info',
      runbook: 'https://r',
      isMuted: false,
      suggest: undefined,
    });
  });

  it('is nowhere in particular without a route', () => {
    expect(routingOf(alert(), [])).toMatchObject({ channel: undefined, notify: [], isMuted: false });
  });
});

describe('what a route suggests', () => {
  const suggest = {
    command: 'resend {labels.channel} --tenant {tenant} --limit {firing}',
    label: 'Resend {firing}',
  };

  it('names what the alert is about', () => {
    const about = { ...alert({ tenant: 'acme', labels: { channel: 'email' } }), firing: 240 };
    expect(suggestionFor(suggest, about)).toEqual({
      label: 'Resend 240',
      invocation: 'resend "email" --tenant "acme" --limit "240"',
    });
    expect(suggestionFor({ command: 'health' }, about)).toEqual({ label: 'health', invocation: 'health' });
  });

  it.each([
    { tenant: undefined, labels: { channel: 'email' } },
    { tenant: ' ', labels: { channel: 'email' } },
    { tenant: 'acme', labels: {} },
  ])('is nothing for a group that lacks a word of it (%j)', (changes) => {
    expect(suggestionFor(suggest, { ...alert(changes), firing: 1 })).toBeUndefined();
  });

  it('never lets what an alert says be an option or another word', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '--force',
        '-x',
        'a b',
        '"',
        '\\',
        '" --force "',
        '\\" --force',
        '”--force',
        'a\n--force',
        "'",
        '`x`',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc
        .array(fc.constantFrom('"', '\\', ' ', '-', '“', '”', '‘', '’', "'", '=', '<', '>', '@', 'a', '\n'), {
          maxLength: 12,
        })
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(hostile, (tenant) => {
        const found = suggestionFor(
          { command: 'suspend {tenant} --reason spam' },
          { ...alert({ tenant }), firing: 1 },
        );
        if (tenant.trim() === '') {
          expect(found).toBeUndefined();
          return;
        }
        expect(tokenize(found!.invocation)).toMatchObject([
          { kind: 'word', text: 'suspend' },
          { kind: 'word', isQuoted: true, entity: undefined },
          { kind: 'flag', name: 'reason' },
          { kind: 'word', text: 'spam' },
        ]);
      }),
      { numRuns: 1_000 },
    );
  });
});
