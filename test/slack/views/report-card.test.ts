import { describe, expect, it } from 'vitest';
import { isTooLongTogether, problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { Report } from '../../../src/command.ts';
import { reportText } from '../../../src/core/cards/report-text.ts';
import { cardLines, mostCardLines, type RunCard } from '../../../src/core/cards/run-card.ts';
import { runStates } from '../../../src/core/run.ts';
import { buttonLabel } from '../../../src/slack/views/button.ts';
import { detailMessages, reportCard } from '../../../src/slack/views/report-card.ts';
import fc from '../../support/properties.ts';
import { hostileLine, hostileText, stringsIn } from './hostile-text.ts';
import { nameOf, sampleCards } from './sample-cards.ts';

const anyReport = fc.record(
  {
    status: fc.constantFrom<Report['status'][]>('ok', 'warning', 'bad', 'unknown', 'info'),
    headline: hostileText,
    lines: fc.array(hostileLine, { maxLength: 12 }),
    details: fc.array(hostileLine, { maxLength: 60 }),
    next: hostileLine,
    suggestions: fc.array(fc.record({ label: hostileText, invocation: hostileText }), { maxLength: 5 }),
  },
  { requiredKeys: ['status', 'headline'] },
) as fc.Arbitrary<Report>;

const anyCard: fc.Arbitrary<RunCard> = fc.record(
  {
    runId: fc.constant('r-7k2m9q4x'),
    invocation: hostileText,
    requesterId: fc.oneof(fc.constant('U0ADA'), hostileText),
    state: fc.constantFrom(...runStates),
    target: hostileText,
    environment: hostileText,
    report: anyReport,
    problem: hostileText,
    progress: hostileLine,
    receipt: fc.constant('#1234 · 9f3ab2'),
    isRetryOffered: fc.boolean(),
  },
  { requiredKeys: ['runId', 'invocation', 'requesterId', 'state'] },
) as fc.Arbitrary<RunCard>;

const shownLines = (card: RunCard) => 2 + cardLines(card).body.length;

describe('reportCard', () => {
  it.each(Object.entries(sampleCards))('shows a run that is %s as people read it', async (name, card) => {
    await expect(`${JSON.stringify(reportCard(card, nameOf), null, 2)}\n`).toMatchFileSnapshot(
      `../../golden/card-${name}.json`,
    );
    await expect(`${reportText(card, nameOf)}\n`).toMatchFileSnapshot(`../../golden/card-${name}.txt`);
  });

  it.each(runStates)('says in words that a run is %s', (state) => {
    const { text } = reportCard({ runId: 'r-1', invocation: 'help', requesterId: 'U0ADA', state });
    expect(text).toMatch(/^[…●✓✗?⛔○] [a-z]+/);
  });

  it.each([
    ['ok', '✓'],
    ['warning', '▲'],
    ['bad', '✗'],
    ['unknown', '?'],
    ['info', '○'],
  ] as const)('marks a report that is %s', (status, mark) => {
    const report: Report = { status, headline: 'words' };
    expect(reportCard({ ...sampleCards.intact!, report }).text).toBe(`${mark} words`);
  });

  it('mentions nobody', () => {
    for (const card of Object.values(sampleCards)) {
      expect(JSON.stringify(reportCard(card))).not.toMatch(/"type":"(user|usergroup|broadcast|mrkdwn)"/);
    }
  });

  it('puts ids only behind its buttons, and names them after the card action', () => {
    const actions = reportCard(sampleCards.broken!).blocks.find((block) => block.type === 'actions');
    expect(actions?.type === 'actions' && actions.elements).toMatchObject([
      { action_id: 'run_suggestion:0', value: '{"run":"r-7k2m9q4x","suggestion":0}' },
      { action_id: 'run_suggestion:1' },
      { action_id: 'run_suggestion:2' },
    ]);
  });

  it('keeps to three buttons when a retry is offered beside suggestions', () => {
    const actions = reportCard({ ...sampleCards.broken!, isRetryOffered: true }).blocks.at(-1);
    expect(actions?.type === 'actions' && actions.elements.map((element) => element.action_id)).toEqual([
      'retry',
      'run_suggestion:0',
      'run_suggestion:1',
    ]);
  });

  it('offers no button while the run goes on', () => {
    const running: RunCard = { ...sampleCards.broken!, state: 'executing', isRetryOffered: true };
    expect(reportCard(running).blocks.some((block) => block.type === 'actions')).toBe(false);
  });

  it('sends what does not fit to the thread, in order and without loss', () => {
    const { body, thread } = cardLines(sampleCards.broken!);
    expect(body.at(-2)).toBe('… 3 more in the thread');
    expect(thread.slice(0, 4)).toEqual(['one', 'two', 'three', 'problem 1: altered']);
  });

  it('keeps a problem too long for a headline whole in the thread', () => {
    const problem = `cannot reach the database: ${'because '.repeat(40)}`;
    const { thread } = cardLines({ ...sampleCards.failed!, problem });
    expect(thread).toEqual([problem]);
  });

  it('stays inside what Slack takes and within eight lines for any report', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const { text, blocks } = reportCard(card);
        expect(problemsOfBlocks(blocks)).toEqual([]);
        expect(isTooLongTogether(blocks)).toBe(false);
        expect(text.length).toBeLessThanOrEqual(90);
        expect(text).not.toMatch(/[<>]/);
        expect(shownLines(card)).toBeLessThanOrEqual(mostCardLines);
        for (const words of stringsIn(blocks)) expect(words.isWellFormed()).toBe(true);
        for (const block of blocks) {
          if (block.type !== 'actions') continue;
          expect(block.elements.length).toBeLessThanOrEqual(3);
          for (const element of block.elements) {
            const label = element.type === 'button' ? element.text.text : '';
            expect(label.length).toBeGreaterThan(0);
            expect(label.length).toBeLessThan(24);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('detailMessages', () => {
  it('splits into numbered messages that keep every line', () => {
    const messages = detailMessages(sampleCards.broken!);
    expect(messages.map((message) => message.text)).toEqual([
      'Details 1 of 2: verify-audit initech',
      'Details 2 of 2: verify-audit initech',
    ]);
    expect(
      stringsIn(messages.map((message) => message.blocks)).filter((text) => text.startsWith('problem')),
    ).toHaveLength(35);
  });

  it('is empty when the card says everything', () => {
    expect(detailMessages(sampleCards.intact!)).toEqual([]);
  });

  it('stops after 20 messages and says how many lines are left', () => {
    const details = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const messages = detailMessages({
      ...sampleCards.intact!,
      report: { status: 'info', headline: 'x', details },
    });
    expect(messages).toHaveLength(20);
    expect(stringsIn(messages.at(-1)).filter((text) => text.includes('not shown'))).toEqual([
      '… 401 more lines are not shown here.',
    ]);
  });

  it('stays inside what Slack takes for any report', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        for (const { text, blocks } of detailMessages(card)) {
          expect(problemsOfBlocks(blocks)).toEqual([]);
          expect(isTooLongTogether(blocks)).toBe(false);
          expect(text.length).toBeLessThanOrEqual(90);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('buttonLabel', () => {
  it.each([
    ['Resend 240 emails', 'Resend 240 emails'],
    ['Verify all of initech again', 'Verify all of initech…'],
    ['x'.repeat(40), `${'x'.repeat(22)}…`],
    ['exactly twenty-three ch', 'exactly twenty-three ch'],
  ])('cuts %j to %j', (label, cut) => {
    expect(buttonLabel(label)).toBe(cut);
  });
});

describe('reportText', () => {
  it('lets nothing through that drives a terminal', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        expect(reportText(card)).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
      }),
      { numRuns: 100 },
    );
  });

  it('shows addresses, where there is nothing to click', () => {
    const report: Report = {
      status: 'info',
      headline: 'x',
      lines: [[{ link: 'https://x.example', label: 'page' }]],
    };
    expect(reportText({ ...sampleCards.intact!, report })).toContain('page (https://x.example)');
  });
});
