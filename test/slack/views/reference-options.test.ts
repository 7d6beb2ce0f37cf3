import { describe, expect, it } from 'vitest';
import { suggestionAnswer } from '../../../sandbox/slack/block-kit/text-objects.ts';
import { referenceOptions } from '../../../src/slack/views/reference-options.ts';
import fc from '../../support/properties.ts';
import { hostileText } from './hostile-text.ts';

describe('referenceOptions', () => {
  it('offers what was found by slug, with the name beside it', () => {
    expect(referenceOptions([{ id: '8d', slug: 'acme', name: 'Acme GmbH' }], 'ac').options).toEqual([
      { text: { type: 'plain_text', text: 'acme · Acme GmbH', emoji: false }, value: 'acme' },
    ]);
  });

  it('offers the typed text when nothing was found', () => {
    expect(referenceOptions([], ' acme ').options).toMatchObject([{ value: 'acme' }]);
    expect(referenceOptions([], ' ').options).toEqual([]);
  });

  it('gives what Slack takes, at most 100 options', () => {
    const offers = fc.array(fc.record({ id: hostileText, slug: hostileText, name: hostileText }), {
      maxLength: 130,
    });
    fc.assert(
      fc.property(offers, hostileText, (found, typed) => {
        const answer = referenceOptions(found, typed);
        const problems: string[] = [];
        if (answer.options.length > 0) {
          suggestionAnswer(answer, '', (message, pointer) => problems.push(`${message} ${pointer}`));
        }
        expect(problems).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
