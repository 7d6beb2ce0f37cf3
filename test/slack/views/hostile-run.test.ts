import type { KnownBlock } from '@slack/types';
import { describe, expect, it } from 'vitest';
import {
  isTooLongTogether,
  problemsOfBlocks,
  problemsOfView,
  viewBytes,
} from '../../../sandbox/slack/block-kit/validate.ts';
import type { Effect, JsonObject, Report } from '../../../src/command.ts';
import { mostCardLines } from '../../../src/core/cards/run-card.ts';
import type { RunView } from '../../../src/core/cards/run-view.ts';
import { runStates, type StoredPlan } from '../../../src/core/run.ts';
import { glassBreakMessage, reviewMessage } from '../../../src/slack/views/break-glass-message.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { requesterMessage, signerMessage } from '../../../src/slack/views/decision-dm.ts';
import { maybeDecision } from '../../../src/slack/views/decision-ids.ts';
import { detailsView } from '../../../src/slack/views/details-view.ts';
import { approvalMessage, askedMessage, copyMessage } from '../../../src/slack/views/guarded-message.ts';
import { lockdownMessage } from '../../../src/slack/views/lockdown-message.ts';
import { planPreview } from '../../../src/slack/views/plan-preview.ts';
import { breakGlassView, denyView } from '../../../src/slack/views/reason-view.ts';
import { detailMessages } from '../../../src/slack/views/report-card.ts';
import {
  countPages,
  maybeRunPart,
  peopleInView,
  runCard,
  viewCard,
} from '../../../src/slack/views/run-message.ts';
import { whoCanSignView } from '../../../src/slack/views/who-can-sign.ts';
import fc from '../../support/properties.ts';
import { hostileLine, hostileText, stringsIn } from './hostile-text.ts';
import { askedCards, digest, later, now, resendEffects, viewOf } from './sample-views.ts';

const anyId = fc.oneof(fc.constantFrom('U0ADA', 'U0GRACE', 'U0LIN', 'cli:root'), hostileText);
const anyEffect: fc.Arbitrary<Effect> = fc.record({
  step: hostileText,
  summary: hostileText,
  call: fc.oneof(
    fc.record({ method: fc.constant('PATCH'), path: hostileText }),
    fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
  ) as fc.Arbitrary<JsonObject>,
});
const anyEffects = fc.oneof(
  fc.array(anyEffect, { maxLength: 6 }),
  fc.constant(resendEffects(1000)),
  fc.constant(
    Array.from({ length: 1000 }, (_, index) => ({
      step: `${index}`,
      summary: 'x'.repeat(500),
      call: { index },
    })),
  ),
);
const anyPlan: fc.Arbitrary<StoredPlan> = fc.record({
  args: fc.dictionary(
    hostileText,
    fc.oneof(hostileText, fc.record({ id: hostileText, slug: hostileText, name: hostileText })),
    {
      maxKeys: 3,
    },
  ) as fc.Arbitrary<JsonObject>,
  data: fc.dictionary(hostileText, fc.oneof(hostileText, fc.array(hostileText, { maxLength: 5 })), {
    maxKeys: 4,
  }) as fc.Arbitrary<JsonObject>,
  effects: anyEffects,
  context: fc.dictionary(hostileText, fc.integer(), { maxKeys: 3 }),
  summary: fc.array(hostileLine, { maxLength: 9 }),
  warnings: fc.array(hostileLine, { maxLength: 4 }),
  action: hostileText,
});
const anyReport = fc.record(
  {
    status: fc.constantFrom<Report['status'][]>('ok', 'warning', 'bad', 'unknown', 'info'),
    headline: hostileText,
    lines: fc.array(hostileLine, { maxLength: 10 }),
    details: fc.array(hostileLine, { maxLength: 5 }),
    next: hostileLine,
  },
  { requiredKeys: ['status', 'headline'] },
) as fc.Arbitrary<Report>;
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const anyView: fc.Arbitrary<RunView> = fc
  .record({
    run: fc.record({
      state: fc.constantFrom(...runStates),
      risk: fc.constantFrom('change', 'dangerous'),
      command: hostileText,
      invocation: hostileText,
      requester: anyId,
      target: maybe(hostileText),
      environment: maybe(hostileText),
      plan: anyPlan,
      performed: maybe(anyPlan),
      digest: maybe(fc.constant(digest)),
      input: fc.record({ reason: hostileText }),
      terms: maybe(
        fc.record({
          rulePosition: fc.nat(9),
          approvalsNeeded: fc.nat(4),
          approvers: fc.array(
            fc.record({
              role: hostileText,
              users: fc.array(anyId, { maxLength: 40 }),
              unreadableGroups: fc.array(hostileText, { maxLength: 2 }),
            }),
            { maxLength: 3 },
          ),
          expiresMinutes: fc.nat(60),
          breakGlass: fc.constant(undefined),
          conditions: fc.constant({}),
        }),
      ),
      problem: maybe(hostileText),
      report: maybe(anyReport),
      progress: maybe(hostileLine),
      endedBy: maybe(anyId),
      cancelRequestedBy: maybe(anyId),
      undoOf: maybe(fc.constant('r-22222222')),
      isRetryable: fc.boolean(),
      expiresAt: maybe(fc.constant(later(5))),
    }),
    receipt: maybe(fc.constant('#1234 · 9f3ab2')),
    approvals: fc.array(
      fc.record({
        signer: anyId,
        decision: fc.constantFrom('approved' as const, 'denied' as const, 'broke_glass' as const),
        digest: fc.constantFrom(digest, 'a'.repeat(64)),
        decidedAt: fc.constant(now),
      }),
      { maxLength: 5 },
    ),
    steps: fc.array(
      fc.record({
        name: hostileText,
        state: fc.constantFrom('begun' as const, 'succeeded' as const, 'failed' as const, 'unknown' as const),
        isRepeatable: fc.boolean(),
        problem: maybe(hostileText),
      }),
      { maxLength: 7 },
    ),
    signersNow: fc.array(anyId, { maxLength: 60 }),
    unreadableGroups: fc.array(hostileText, { maxLength: 5 }),
    signaturesHolding: fc.nat(4),
    waitsFor: maybe(fc.record({ runId: hostileText, requester: anyId, invocation: hostileText })),
    undo: maybe(fc.record({ command: hostileText, until: fc.constant(later(5)) })),
    approvalLink: maybe(fc.oneof(fc.webUrl(), hostileText)),
  })
  .map((changes) => viewOf(changes as Parameters<typeof viewOf>[0]));

const anyShown = fc.record({
  now: fc.constant(now),
  nameOf: hostileText.map((name) => (id: string) => (id === 'U0ADA' ? name : undefined)),
});

function lineCount(blocks: readonly KnownBlock[]): number {
  const newLines = stringsIn(blocks.filter(({ type }) => type === 'rich_text')).filter(
    (text) => text === '\n',
  );
  return newLines.length + 1 + blocks.filter(({ type }) => type === 'context').length;
}

function expectSound({ text, blocks }: MessageContent): void {
  expect(problemsOfBlocks(blocks)).toEqual([]);
  expect(isTooLongTogether(blocks)).toBe(false);
  expect(text.length).toBeLessThanOrEqual(90);
  expect(text).not.toMatch(/[<>]/);
  expect(lineCount(blocks)).toBeLessThanOrEqual(mostCardLines);
  expect(JSON.stringify(blocks)).not.toMatch(/"type":"(usergroup|broadcast|mrkdwn)"/);
  for (const block of blocks) {
    if (block.type !== 'actions') continue;
    const buttons = block.elements.filter(({ type }) => type === 'button');
    const menus = block.elements.filter(({ type }) => type === 'overflow');
    expect(buttons.length).toBeLessThanOrEqual(3);
    expect(buttons.length + menus.length).toBe(block.elements.length);
    expect(menus.length).toBeLessThanOrEqual(1);
    for (const element of block.elements) {
      if (element.type === 'button') {
        expect(element.text.text.length).toBeLessThan(24);
        if (!/^(retry|run_suggestion|lift_lockdown)/.test(String(element.action_id)))
          expect(maybeDecision(String(element.action_id), element.value)).toBeDefined();
      }
      if (element.type !== 'overflow') continue;
      for (const { value } of element.options) expect(maybeDecision('run_menu', value)).toBeDefined();
    }
  }
}

describe('everything shown of a run', () => {
  it('stays inside what Slack takes and within eight lines, whatever the run says', () => {
    fc.assert(
      fc.property(anyView, anyShown, hostileText, (view, shown, words) => {
        const glassBreak = { reason: words, links: [{ label: words, url: words }] };
        const lockdown = { id: 1, begunBy: words, reason: words, begunAt: now, lifts: [words] };
        for (const message of [
          askedMessage(view, shown),
          askedMessage(view, shown, { isSignedHere: true }),
          approvalMessage(view, shown),
          copyMessage(view, shown),
          signerMessage(view, { signerId: 'U0LIN' }, shown),
          signerMessage(view, { signerId: 'U0LIN', isReminder: true }, shown),
          requesterMessage(view, { notice: 'approved', by: words }, shown),
          requesterMessage(view, { notice: 'waiting_for_lock' }, shown),
          requesterMessage(view, { notice: 'expired' }, shown),
          requesterMessage(view, { notice: 'signatures_void' }, shown),
          glassBreakMessage(view, glassBreak, shown),
          reviewMessage(view, { ...glassBreak, brokenAt: now, reviewedBy: undefined }, shown),
          lockdownMessage(lockdown, undefined, shown),
        ])
          expectSound(message);
        for (const modal of [
          planPreview(view, shown),
          detailsView(view, { maySign: true, nameOf: shown.nameOf }),
          denyView(view, shown),
          breakGlassView(view, shown),
          whoCanSignView(view, shown),
        ]) {
          expect(problemsOfView(modal, 'modal')).toEqual([]);
          expect(Buffer.byteLength(JSON.stringify(modal))).toBeLessThan(viewBytes);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has as many thread messages for every reader as were counted from the run alone', () => {
    fc.assert(
      fc.property(anyView, anyShown, (view, { nameOf }) => {
        expect(detailMessages(viewCard(view, nameOf), nameOf)).toHaveLength(countPages(view.run));
      }),
      { numRuns: 100 },
    );
  });
});

describe('peopleInView', () => {
  it('is everyone a card or modal may name', () => {
    const view = viewOf({
      ...askedCards['waiting-for-lock']!,
      run: { ...askedCards['waiting-for-lock']!.run, endedBy: 'U0SAM', cancelRequestedBy: 'U0PAT' },
      signersNow: ['U0KIM', 'cli:root'],
    });
    expect(peopleInView(view).sort()).toEqual(['U0ADA', 'U0GRACE', 'U0KIM', 'U0LIN', 'U0PAT', 'U0SAM']);
  });
});

describe('runCard', () => {
  it('claims nothing about signatures that it has not seen', () => {
    for (const view of Object.values(askedCards)) {
      const text = JSON.stringify(runCard(view.run, view.receipt));
      expect(text).not.toMatch(/of 1 sign|Nothing had begun/);
    }
  });
});

describe('maybeRunPart', () => {
  it.each([
    ['run:r-1:approval', { runId: 'r-1', part: 'approval', page: 0 }],
    ['run:r-1:ask:U0GRACE', { runId: 'r-1', part: 'ask', page: 0, about: 'U0GRACE' }],
    ['run:r-1:remind:U0GRACE', { runId: 'r-1', part: 'remind', page: 0, about: 'U0GRACE' }],
    ['run:r-1:told:lock_is_free', { runId: 'r-1', part: 'told', page: 0, about: 'lock_is_free' }],
    ['run:r-1:copy:r-2', { runId: 'r-1', part: 'copy', page: 0, about: 'r-2' }],
    ['run:r-1:broke_glass:C0LEDGER', { runId: 'r-1', part: 'broke_glass', page: 0, about: 'C0LEDGER' }],
    ['run:r-1:incident', { runId: 'r-1', part: 'incident', page: 0 }],
    ['run:r-1:review', { runId: 'r-1', part: 'review', page: 0 }],
    ['run:r-1:details:2', { runId: 'r-1', part: 'details', page: 2 }],
    ['run:r-1:nothing', undefined],
    ['run:r-1:ask:', undefined],
    ['run:r-1', undefined],
  ])('%s is %j', (id, part) => {
    expect(maybeRunPart(id)).toEqual(part);
  });
});
