import { describe, expect, it } from 'vitest';
import { problemsOfView } from '../../../sandbox/slack/block-kit/validate.ts';
import { problemView, readingView, resultView } from '../../../src/slack/views/reading-view.ts';
import fc from '../../support/properties.ts';
import { hostileText } from './hostile-text.ts';
import { nameOf, sampleCards } from './sample-cards.ts';

const asked = {
  command: 'suspend-tenant',
  invocation: 'suspend-tenant acme --reason "card testing"',
  target: 'pilot',
  environment: 'production',
};

const views = {
  reading: readingView(asked),
  problem: problemView({
    ...asked,
    problem: 'There is no tenant "acmee". Did you mean "acme"?',
    usage: 'suspend-tenant <tenant> --reason REASON [--no-notify]',
  }),
  result: resultView('verify-audit', sampleCards.broken!, nameOf),
};

describe('views after a submission', () => {
  it.each(Object.entries(views))('show the %s', async (name, view) => {
    expect(problemsOfView(view, 'modal')).toEqual([]);
    await expect(`${JSON.stringify(view, null, 2)}\n`).toMatchFileSnapshot(`../../golden/view-${name}.json`);
  });

  it('stay inside what Slack takes for any text', () => {
    fc.assert(
      fc.property(hostileText, (words) => {
        const hostile = { command: words, invocation: words, target: words, environment: words };
        for (const view of [
          readingView(hostile),
          problemView({ ...hostile, problem: words, usage: words }),
          resultView(words, { ...sampleCards.broken!, invocation: words }),
        ]) {
          expect(problemsOfView(view, 'modal')).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
