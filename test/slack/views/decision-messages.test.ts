import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { RunView } from '../../../src/core/cards/run-view.ts';
import type { Notice } from '../../../src/core/change/speak-change.ts';
import type { Lockdown } from '../../../src/core/store.ts';
import { glassBreakMessage, reviewMessage } from '../../../src/slack/views/break-glass-message.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { requesterMessage, signerMessage } from '../../../src/slack/views/decision-dm.ts';
import { lockdownMessage } from '../../../src/slack/views/lockdown-message.ts';
import { askedCards, later, links, shown, signed, suspendPlan, terms, viewOf } from './sample-views.ts';
import { seenText } from './seen-text.ts';

async function expectGolden(name: string, message: MessageContent): Promise<void> {
  expect(problemsOfBlocks(message.blocks)).toEqual([]);
  await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(`../../golden/${name}.json`);
  await expect(seenText(message)).toMatchFileSnapshot(`../../golden/${name}.txt`);
}

const hasButtons = ({ blocks }: MessageContent) => blocks.some(({ type }) => type === 'actions');
const waiting = viewOf({ approvalLink: links[0]!.url });
const grace = { signerId: 'U0GRACE' };

describe('signerMessage', () => {
  it('asks one signer, with what, who, where and how long', async () => {
    const message = signerMessage(waiting, grace, shown);
    expect(message.text).toMatch(/^● ada asks you to sign: Suspend acme \(production\), 15 min left: /);
    await expectGolden('ask', message);
  });

  it('reminds at half-time with the minutes that are left by then', async () => {
    const message = signerMessage(waiting, { ...grace, isReminder: true }, { ...shown, now: later(7.5) });
    expect(message.text).toContain('8 min left');
    await expectGolden('ask-reminder', message);
  });

  it('keeps Approve away from a plan that does not fit', () => {
    const view = viewOf({ run: { plan: { ...suspendPlan, summary: ['x'.repeat(300)] } } });
    const seen = seenText(signerMessage(view, grace, shown));
    expect(seen).toContain('[Details…]');
    expect(seen).not.toContain('[Approve]');
  });

  it('takes the buttons away from who has signed while others are still needed', async () => {
    const view = viewOf({
      run: { terms: { ...terms, approvalsNeeded: 2 } },
      approvals: [signed('U0GRACE')],
      signaturesHolding: 1,
      signersNow: ['U0LIN'],
    });
    expect(hasButtons(signerMessage(view, { signerId: 'U0LIN' }, shown))).toBe(true);
    const message = signerMessage(view, grace, shown);
    expect(hasButtons(message)).toBe(false);
    await expectGolden('ask-signed', message);
  });

  it.each(Object.entries(askedCards).filter(([, { run }]) => run.state !== 'awaiting_approval'))(
    'says what became of it and has no buttons when the run is %s',
    (_name, view) => {
      const message = signerMessage(view, grace, shown);
      expect(hasButtons(message)).toBe(false);
      expect(message.text).toMatch(/^[…●○✓▲✗⛔?] /);
      expect(seenText(message)).toContain(view.run.invocation);
    },
  );

  it('names who decided', async () => {
    const message = signerMessage(askedCards.denied!, { signerId: 'U0LIN' }, shown);
    expect(message.text).toBe('⛔ denied by grace: Suspend acme (production)');
    await expectGolden('ask-settled', message);
  });
});

describe('requesterMessage', () => {
  const bySigned = { approvals: [signed('U0GRACE')], signaturesHolding: 1, signersNow: [] };
  const told: readonly [Notice, string | undefined, RunView][] = [
    ['approved', 'U0GRACE', viewOf({ ...bySigned, run: { state: 'executing' } })],
    ['denied', 'U0GRACE', askedCards.denied!],
    ['cancelled', 'U0LIN', viewOf({ run: { state: 'cancelled', endedBy: 'U0LIN' } })],
    ['expired', undefined, askedCards.expired!],
    [
      'signatures_void',
      undefined,
      viewOf({
        approvals: [signed('U0GRACE')],
        run: { problem: 'grace is no longer in the role approver.' },
      }),
    ],
    ['waiting_for_lock', undefined, askedCards['waiting-for-lock']!],
    ['lock_is_free', undefined, viewOf({ ...bySigned, run: { state: 'executing' } })],
    [
      'broke_glass',
      'U0LIN',
      viewOf({ approvals: [signed('U0LIN', 'broke_glass')], run: { state: 'approved' } }),
    ],
    ['settled', 'U0LIN', askedCards.settled!],
  ];

  it.each(told)('tells the one who asked: %s by %s', async (notice, by, view) => {
    const message = requesterMessage(view, { notice, by }, shown);
    expect(message.text).toContain('Suspend acme (production)');
    await expectGolden(`told-${notice.replaceAll('_', '-')}`, message);
  });

  it('offers to ask again only when nobody signed in time', () => {
    for (const [notice, by, view] of told) {
      const isOffered = seenText(requesterMessage(view, { notice, by }, shown)).includes('[Ask again]');
      expect([notice, isOffered]).toEqual([notice, notice === 'expired']);
    }
  });
});

describe('glassBreakMessage', () => {
  const broken = viewOf({ approvals: [signed('U0ADA', 'broke_glass')], run: { state: 'executing' } });
  const glassBreak = { reason: 'cards are being tested every second, nobody on call answers', links };

  it('says in public who went ahead, with what and why', async () => {
    const message = glassBreakMessage(broken, glassBreak, shown);
    expect(message.text).toBe('▲ glass broken by ada: Suspend acme (production)');
    await expectGolden('glass-broken', message);
  });

  it('is a task to review the day after, and says when it was', async () => {
    const done = { ...broken, run: { ...askedCards['succeeded-unsigned']!.run } };
    const open = { ...glassBreak, brokenAt: later(4), reviewedBy: undefined };
    await expectGolden('review-due', reviewMessage(done, open, shown));
    const reviewed = reviewMessage(done, { ...open, reviewedBy: 'U0GRACE' }, shown);
    expect(hasButtons(reviewed)).toBe(false);
    await expectGolden('review-done', reviewed);
  });
});

describe('lockdownMessage', () => {
  const lockdown: Lockdown = {
    id: 7,
    begunBy: 'U0GRACE',
    reason: 'somebody has the deploy key',
    begunAt: later(2),
    lifts: [],
  };

  it('stops everything with one person and needs two to go on', async () => {
    await expectGolden(
      'lockdown',
      lockdownMessage({ ...lockdown, lifts: ['U0LIN'] }, '#1250 · b1cc55', shown),
    );
    expect(hasButtons(lockdownMessage({ ...lockdown, lifts: ['U0LIN'] }, undefined, shown))).toBe(true);
    const lifted = lockdownMessage({ ...lockdown, lifts: ['U0LIN', 'U0KIM'] }, '#1252 · c2dd66', shown);
    expect(hasButtons(lifted)).toBe(false);
    await expectGolden('lockdown-lifted', lifted);
  });
});
