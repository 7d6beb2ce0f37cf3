import { describe, expect, it } from 'vitest';
import { goodOutcomes, type RunbookInstance, stepOutcomes } from '../../src/core/runbooks/instance.ts';
import type { RunbookStep } from '../../src/core/runbooks/runbook.ts';
import { maybeRunbookClick, runbookButtons } from '../../src/slack/views/runbook-ids.ts';
import { runbookMessage } from '../../src/slack/views/runbook-message.ts';
import fc from '../support/properties.ts';
import { judgeMessage } from './judge-message.ts';
import { hostileLine, hostileText } from './views/hostile-text.ts';
import { instanceOf, record, runbookOf } from './views/sample-runbooks.ts';
import { later } from './views/sample-views.ts';

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const moment = fc.nat(100_000).map(later);
const person = fc.oneof(fc.constantFrom('U0ADA', 'cli:root'), hostileText);
const address = fc.oneof(
  hostileText,
  fc.constantFrom(
    'https://docs.example.com/x',
    'https://docs.example.com/{{a}}',
    'https://user:secret@evil.example/',
    'javascript:alert(1)',
    'https://',
  ),
);
const words = fc.oneof(
  hostileText,
  fc.tuple(hostileText, address, hostileText).map((parts) => parts.join(' ')),
  fc.constantFrom('{{a}}', '{{a}} {{missing}} {{a', `${'https://x.example/ '.repeat(10_000)}`),
);

const kind = fc.oneof(
  fc.record({ kind: fc.constant('do'), evidence: fc.constantFrom('optional', 'required') }),
  fc.record({ kind: fc.constantFrom('check', 'run'), command: words }),
  fc.record({
    kind: fc.constant('wait'),
    minutes: fc.nat(100_000),
    until: maybe(fc.record({ command: words, everyMinutes: fc.constant(1) })),
  }),
  fc.record({
    kind: fc.constant('message'),
    template: fc.constant('t'),
    to: fc.constantFrom('thread', 'ops', 'C0SUPPORT', '#a'),
  }),
);
const step = fc
  .tuple(kind, fc.record({ title: words, text: maybe(words), role: maybe(hostileText) }), fc.boolean())
  .map(([own, said, isGuarded]) => ({ ...own, ...said, isGuarded }));
const standing = fc.record({
  state: fc.constantFrom('open', 'under_way', 'done'),
  outcome: maybe(fc.constantFrom(...stepOutcomes)),
  by: maybe(person),
  at: maybe(moment),
  runState: maybe(hostileText),
  finding: fc.array(hostileLine, { maxLength: 4 }),
  note: maybe(hostileText),
  assignee: maybe(person),
  dueAt: maybe(moment),
  overriddenBy: maybe(person),
});

const instance: fc.Arbitrary<RunbookInstance> = fc
  .record({
    steps: fc.array(fc.tuple(step, standing), { minLength: 1, maxLength: 12 }),
    title: words,
    canonical: maybe(address),
    inputs: fc.record({ a: hostileText }, { requiredKeys: [] }),
    person,
    owners: fc.array(person, { maxLength: 6 }),
    state: fc.constantFrom('active', 'finished', 'stopped'),
    stopReason: maybe(hostileText),
    at: moment,
  })
  .map((drawn) => {
    const steps = drawn.steps.map(([{ isGuarded, ...own }], index) => ({
      id: `step-${index}`,
      line: index,
      requires: isGuarded && index > 0 ? [`step-${index - 1}`] : [],
      ...own,
    })) as unknown as [RunbookStep, ...RunbookStep[]];
    return instanceOf(
      {},
      {},
      {
        runbook: runbookOf({}, { title: drawn.title, canonical: drawn.canonical, steps }),
        inputs: drawn.inputs,
        startedBy: drawn.person,
        startedAt: drawn.at,
        owners: drawn.owners,
        state: drawn.state,
        endedBy: drawn.person,
        endedAt: drawn.at,
        stopReason: drawn.stopReason,
        steps: drawn.steps.map(([, changes], index) => record(`step-${index}`, changes as never)),
      },
    );
  });

describe('whatever a runbook, its inputs and its checks say', () => {
  it('its card calls nobody, stays within Slack’s limits and has buttons that are read back', () => {
    fc.assert(
      fc.property(instance, maybe(words), maybe(hostileText), (drawn, previewText, name) => {
        const message = runbookMessage(drawn, {
          nameOf: () => name,
          previewText,
          isIncidentResolved: true,
          receipt: '#1 · 9f3ab2',
        });
        const judged = judgeMessage(JSON.stringify(message));
        expect(judged.problems).toEqual([]);
        // What is filled in never becomes a link; a report's own link and the author's may be one.
        expect(judged.links.filter((url) => !/^https?:\/\//.test(url))).toEqual([]);
        expect(judged.mentions.filter((id) => /^(?:U|W|S|!)/.test(id))).toEqual([]);
        expect(judged.lines).toBeLessThanOrEqual(32);
        for (const block of message.blocks) {
          if (block.type !== 'actions') continue;
          expect(drawn.state).toBe('active');
          for (const element of block.elements) {
            if (element.type !== 'button' || element.action_id?.startsWith('open_modal')) continue;
            expect(Object.values(runbookButtons)).toContain(element.action_id);
            expect(maybeRunbookClick(element.action_id!, element.value)).toMatchObject({
              instanceId: drawn.id,
            });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never shows a step that did not come out well as one that did', () => {
    fc.assert(
      fc.property(fc.constantFrom(...stepOutcomes), (outcome) => {
        const one = { kind: 'check', command: 'check-health', title: 'Look' } as const;
        const drawn = instanceOf({ a: one, b: one }, { a: { state: 'done', outcome } });
        const text = JSON.stringify(runbookMessage(drawn, { isIncidentResolved: false }));
        expect(text.includes('✓ Look')).toBe(goodOutcomes.includes(outcome));
      }),
    );
  });
});
