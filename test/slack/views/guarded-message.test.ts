import type { Button, KnownBlock, Overflow } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfBlocks } from '../../../sandbox/slack/block-kit/validate.ts';
import type { RunView } from '../../../src/core/cards/run-view.ts';
import type { MessageContent } from '../../../src/slack/views/card-message.ts';
import { approvalMessage, askedMessage, copyMessage } from '../../../src/slack/views/guarded-message.ts';
import {
  approvalCards,
  askedCards,
  digest,
  later,
  now,
  resendEffects,
  resendView,
  shown,
  signed,
  suspendPlan,
  terms,
  viewOf,
} from './sample-views.ts';
import { seenText } from './seen-text.ts';

function elementsOf({ blocks }: { blocks: readonly KnownBlock[] }) {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
}

const buttonsOf = (message: MessageContent) =>
  elementsOf(message).filter((element): element is Button => element.type === 'button');
const labelsOf = (message: MessageContent) => buttonsOf(message).map(({ text }) => text.text);
const menuOf = (message: MessageContent) =>
  elementsOf(message)
    .filter((element): element is Overflow => element.type === 'overflow')
    .flatMap(({ options }) => options.map(({ text }) => text.text));

async function expectGolden(name: string, message: MessageContent): Promise<void> {
  expect(problemsOfBlocks(message.blocks)).toEqual([]);
  await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(`../../golden/${name}.json`);
  await expect(seenText(message)).toMatchFileSnapshot(`../../golden/${name}.txt`);
}

describe('approvalMessage', () => {
  it.each(Object.entries(approvalCards))('asks for signatures: %s', async (name, view) => {
    await expectGolden(`approval-${name}`, approvalMessage(view, shown));
  });

  it('offers Approve, Deny and the rest in a menu', () => {
    const message = approvalMessage(viewOf(), shown);
    expect(labelsOf(message)).toEqual(['Approve', 'Deny…']);
    expect(menuOf(message)).toEqual(['Details', 'Cancel', 'Who can sign', 'Break glass…']);
  });

  it('confirms what is dangerous with tenant, target and environment, and nothing else', () => {
    const [approve] = buttonsOf(approvalMessage(viewOf(), shown));
    expect(approve?.style).toBe('danger');
    expect(approve?.confirm?.title?.text).toBe('Suspend acme on rms (production)?');
    expect(approve?.confirm?.text.text).toMatch(/Acme GmbH \(acme, 8d2f.*rms.*production.*ada/);
    const [plain] = buttonsOf(approvalMessage(viewOf({ run: { risk: 'change' } }), shown));
    expect(plain?.style).toBe('primary');
    expect(plain?.confirm).toBeUndefined();
  });

  it('has no Approve where what would happen does not fit, and says so', () => {
    const message = approvalMessage(approvalCards['does-not-fit']!, shown);
    expect(labelsOf(message)).toEqual(['Details…', 'Deny…']);
    expect(menuOf(message)).toEqual(['Cancel', 'Who can sign', 'Break glass…']);
    expect(seenText(message)).toContain('not fit here: read Details before you decide');
  });

  it.each([
    ['a long line', { summary: [...suspendPlan.summary, 'x'.repeat(201)] }],
    ['a long title', { summary: ['x'.repeat(190)] }],
    ['a long warning', { warnings: ['x'.repeat(199)] }],
    ['a long call', { effects: [{ ...suspendPlan.effects[0]!, summary: 'x'.repeat(200) }] }],
    [
      'too many different calls',
      {
        effects: Array.from({ length: 1000 }, (_, index) => ({
          step: `${index}`,
          summary: `POST /api/things/thing${index} on rms (production)`,
          call: { method: 'POST', path: `/api/things/thing${index}`, body: { amount: index } },
        })),
      },
    ],
  ])('has no Approve with %s', (_name, changes) => {
    const message = approvalMessage(viewOf({ run: { plan: { ...suspendPlan, ...changes } } }), shown);
    expect(labelsOf(message)).toEqual(['Details…', 'Deny…']);
  });

  it('never counts calls that differ in more than the object they are on', () => {
    const text = (call: (index: number) => object) => {
      const effects = resendEffects(5).map((effect, index) => ({
        ...effect,
        call: call(index) as (typeof effect)['call'],
      }));
      return seenText(approvalMessage(viewOf({ run: { plan: { ...suspendPlan, effects } } }), shown));
    };
    expect(text((index) => ({ method: 'PATCH', path: `/api/n/${index}/resend` }))).toContain('5 × PATCH');
    expect(text((index) => ({ method: 'PATCH', path: `/api/n/${index}`, body: { index } }))).not.toContain(
      '×',
    );
    expect(text((index) => ({ method: 'PATCH', path: `/api/n/1/${'abcde'[index]}` }))).not.toContain('×');
  });

  it('cannot be signed without a digest', () => {
    const message = approvalMessage(viewOf({ run: { digest: undefined } }), shown);
    expect(labelsOf(message)).toEqual(['Details…']);
    expect(menuOf(message)).not.toContain('Break glass…');
  });

  it('says when nobody can sign, and which group could not be read', () => {
    const { text } = approvalMessage(approvalCards['nobody-now']!, shown);
    expect(text).toMatch(/^▲ /);
    const seen = seenText(approvalMessage(approvalCards['nobody-now']!, shown));
    expect(seen).toContain('nobody can sign now');
    expect(seen).toContain('The user group S0ONCALL cannot be read now and counts as empty');
  });

  it('says that a signature no longer holds', () => {
    expect(seenText(approvalMessage(approvalCards['asked-again']!, shown))).toContain(
      '0 of 1 signed (grace; not all hold now)',
    );
  });

  it('does not count a signature on an earlier plan', () => {
    const view = viewOf({ approvals: [{ ...signed('U0GRACE'), digest: 'a'.repeat(64) }] });
    expect(seenText(approvalMessage(view, shown))).not.toContain('signed (grace');
  });

  it.each(Object.entries(askedCards).filter(([, { run }]) => run.state !== 'awaiting_approval'))(
    'takes nobody’s signature any more when the run is %s',
    (_name, view) => {
      const labels = labelsOf(approvalMessage(view, shown));
      expect(labels).not.toContain('Approve');
      expect(labels).not.toContain('Deny…');
    },
  );
});

describe('askedMessage', () => {
  it.each(Object.entries(askedCards))('shows a run that is %s', async (name, view) => {
    await expectGolden(`guarded-${name}`, askedMessage(view, shown));
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['preview', ['Resend 240 emails', 'Cancel'], ['Details']],
    ['waiting-elsewhere', [], ['Cancel']],
    ['waiting-for-lock', [], ['Details', 'Cancel']],
    ['executing', [], ['Details', 'Cancel between steps']],
    ['stopping', [], ['Details']],
    ['succeeded', ['Undo…'], []],
    ['succeeded-with-less', ['Resend the 1 left'], []],
    ['denied', [], []],
    ['expired', ['Ask again'], []],
    ['cancelled', [], []],
    ['refused-changed', [], []],
    ['failed-halfway', [], []],
    ['unknown', ['It happened', 'It did not', 'Look again'], ['Details']],
    ['settled', [], []],
  ])('offers on a run that is %s: %j and in its menu %j', (name, labels, menu) => {
    const message = askedMessage(askedCards[name]!, shown);
    expect(labelsOf(message)).toEqual(labels);
    expect(menuOf(message)).toEqual(menu);
  });

  it('is the approval card where signatures are given in the same channel', () => {
    expect(askedMessage(viewOf(), shown, { isSignedHere: true })).toEqual(approvalMessage(viewOf(), shown));
    expect(labelsOf(askedMessage(viewOf(), shown))).toEqual([]);
  });

  it('asks for signatures where the policy wants some after the preview', () => {
    const view = viewOf({ run: { state: 'planned', terms: { ...terms, approvalsNeeded: 2 } } });
    expect(labelsOf(askedMessage(view, shown))).toEqual(['Ask for 2 signatures', 'Cancel']);
  });

  it('stops offering to undo when its time is over', () => {
    const view = askedCards.succeeded!;
    const at = (moment: Date) => labelsOf(askedMessage(view, { ...shown, now: moment }));
    expect(at(later(29))).toContain('Undo…');
    expect(at(later(30))).not.toContain('Undo…');
    expect(at(now)).toContain('Undo…');
  });

  it('says what was done and what was not', () => {
    expect(seenText(askedMessage(askedCards['failed-halfway']!, shown))).toContain(
      'Steps: ✓ activate · ✗ resume-counters · – notify (not begun)',
    );
    expect(seenText(askedMessage(askedCards['cancelled-halfway']!, shown))).toContain(
      'Steps: ✓ 117 done · – 123 not begun',
    );
    expect(seenText(askedMessage(askedCards.cancelled!, shown))).toContain('no step was taken');
  });

  it('says that less was done than signed, also when one call carried fewer', () => {
    expect(seenText(askedMessage(askedCards['succeeded-with-less']!, shown))).toContain(
      'Less than signed: 2 of the 240 calls no longer applied and were left out',
    );
    const bulk = { ...suspendPlan, data: { ids: ['a', 'b', 'c'] } };
    const view = viewOf({
      run: { state: 'executing', plan: bulk, performed: { ...bulk, data: { ids: ['a', 'c'] } } },
    });
    expect(seenText(askedMessage(view, shown))).toContain(
      '1 of the 3 ids no longer applied and was left out',
    );
    expect(seenText(askedMessage(askedCards.succeeded!, shown))).not.toContain('Less than signed');
  });

  it('names what to look at when the outcome is unknown', () => {
    const seen = seenText(askedMessage(askedCards.unknown!, shown));
    expect(seen).toContain('rms did not answer within 30 s');
    expect(seen).toContain('Step suspend: PATCH /api/tenants/8d2f6c1e…/suspend on rms (production)');
  });

  it('carries ids only, with the digest where it is decided on', () => {
    const [approve, , menu] = elementsOf(approvalMessage(viewOf(), shown));
    expect(approve).toMatchObject({
      action_id: 'approve',
      value: `{"run":"r-7k2m9q4x","digest":"${digest.slice(0, 16)}"}`,
    });
    expect(menu).toMatchObject({
      action_id: 'run_menu',
      options: [
        { value: `details r-7k2m9q4x ${digest.slice(0, 16)}` },
        { value: `cancel_run r-7k2m9q4x ${digest.slice(0, 16)}` },
        { value: `who_can_sign r-7k2m9q4x ${digest.slice(0, 16)}` },
        { value: `break_glass r-7k2m9q4x ${digest.slice(0, 16)}` },
      ],
    });
  });

  it('notifies nobody', () => {
    const all: RunView[] = [...Object.values(askedCards), ...Object.values(approvalCards), resendView(5)];
    for (const view of all) {
      const blocks = JSON.stringify([askedMessage(view, shown), approvalMessage(view, shown)]);
      expect(blocks).not.toMatch(/"type":"(user|usergroup|broadcast|mrkdwn)"/);
    }
  });
});

describe('copyMessage', () => {
  it('is the card without anything to decide on', () => {
    const copy = copyMessage(viewOf({ approvalLink: 'https://demo.slack.example/x' }), shown);
    expect(elementsOf(copy)).toEqual([]);
    expect(copy.text).toBe(askedMessage(viewOf(), shown).text);
  });
});
