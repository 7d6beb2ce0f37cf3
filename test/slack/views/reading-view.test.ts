import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOfView } from '../../../sandbox/slack/block-kit/validate.ts';
import { planView, problemView, readingView, resultView } from '../../../src/slack/views/reading-view.ts';
import { hostileLine, hostileText } from './hostile-text.ts';
import { nameOf, sampleCards } from './sample-cards.ts';

const asked = {
  command: 'suspend-tenant',
  invocation: 'suspend-tenant acme --reason "card testing"',
  target: 'pilot',
  environment: 'production',
};

const views = {
  reading: readingView(asked),
  plan: planView({
    ...asked,
    summary: ['Suspend acme (Acme GmbH)', ['12 users lose access; status ', { code: 'active → suspended' }]],
    warnings: ['3 emails are still queued'],
    confirmLabel: 'Suspend acme',
  }),
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

  it('can be confirmed only where there is a plan', () => {
    expect(
      Object.entries(views)
        .filter(([, view]) => view.submit)
        .map(([name]) => name),
    ).toEqual(['plan']);
  });

  it('shows every line of a long plan', () => {
    const summary = Array.from({ length: 8 }, (_, index) => `${index} ${'x'.repeat(590)}`);
    const text = JSON.stringify(planView({ ...asked, summary, confirmLabel: 'Suspend acme' }));
    for (const line of summary) expect(text).toContain(line);
  });

  it('stay inside what Slack takes for any text', () => {
    fc.assert(
      fc.property(hostileText, hostileLine, hostileText, (words, line, label) => {
        const hostile = { command: words, invocation: words, target: words, environment: words };
        for (const view of [
          readingView(hostile),
          planView({ ...hostile, summary: [line, line], warnings: [line], confirmLabel: label }),
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
