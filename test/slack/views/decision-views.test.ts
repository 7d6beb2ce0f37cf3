import type { KnownBlock, ModalView, RichTextElement } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfView, viewBytes } from '../../../sandbox/slack/block-kit/validate.ts';
import { maybeDecisionContext } from '../../../src/slack/views/decision-context.ts';
import { detailsView } from '../../../src/slack/views/details-view.ts';
import { planPreview } from '../../../src/slack/views/plan-preview.ts';
import { breakGlassView, denyView, readReason } from '../../../src/slack/views/reason-view.ts';
import { runModal } from '../../../src/slack/views/run-message.ts';
import { whoCanSignView } from '../../../src/slack/views/who-can-sign.ts';
import { stringsIn } from './hostile-text.ts';
import {
  approvalCards,
  askedCards,
  digest,
  nameOf,
  resendPlan,
  resendView,
  shown,
  suspendPlan,
  terms,
  viewOf,
} from './sample-views.ts';
import { seenView } from './seen-text.ts';

/** What stands in a modal as code. */
function codesIn(view: ModalView): string[] {
  const blocks = view.blocks as KnownBlock[];
  const sections = blocks.flatMap((block) => (block.type === 'rich_text' ? block.elements : []));
  const elements = sections.flatMap((section) => section.elements as RichTextElement[]);
  return elements.flatMap((element) =>
    element.type === 'text' && element.style?.code === true ? [element.text] : [],
  );
}

const from = { channelId: 'C0OPS', threadTs: '1795197600.000100' };
const planned = viewOf({ run: { state: 'planned' } });

const views: Readonly<Record<string, ModalView>> = {
  preview: planPreview(resendView(240), shown, from),
  'preview-signatures': planPreview(planned, shown, from),
  details: detailsView(viewOf(), { maySign: true, nameOf }, from),
  'details-resend': detailsView(resendView(240), { maySign: false, nameOf }, from),
  'details-settled': detailsView(askedCards['failed-halfway']!, { maySign: true, nameOf }, from),
  deny: denyView(viewOf(), shown, from),
  'break-glass': breakGlassView(viewOf(), shown, from),
  'who-can-sign': whoCanSignView(
    viewOf({ ...approvalCards['one-of-two']!, unreadableGroups: ['S0ONCALL'] }),
    shown,
    from,
  ),
};

describe('modals about a run', () => {
  it.each(Object.entries(views))('show: %s', async (name, view) => {
    expect(problemsOfView(view, 'modal')).toEqual([]);
    await expect(`${JSON.stringify(view, null, 2)}\n`).toMatchFileSnapshot(`../../golden/modal-${name}.json`);
    await expect(seenView(view)).toMatchFileSnapshot(`../../golden/modal-${name}.txt`);
  });

  it.each(Object.entries(views))('carry which run, which plan and where: %s', (_name, view) => {
    expect(maybeDecisionContext(view.private_metadata ?? '')).toEqual({
      runId: 'r-7k2m9q4x',
      digest: digest.slice(0, 16),
      channelId: 'C0OPS',
      threadTs: '1795197600.000100',
    });
  });

  it('can be submitted only where something can be decided', () => {
    const submits = Object.entries(views).map(([name, view]) => [name, view.submit?.text]);
    expect(Object.fromEntries(submits)).toEqual({
      preview: 'Resend 240 emails',
      'preview-signatures': 'Ask for 1 signature',
      details: 'Approve',
      'details-resend': undefined,
      'details-settled': undefined,
      deny: 'Deny',
      'break-glass': 'Break glass and run',
      'who-can-sign': undefined,
    });
  });
});

describe('planPreview', () => {
  it('shows every line of a long plan', () => {
    const summary = Array.from({ length: 8 }, (_, index) => `${index} ${'x'.repeat(590)}`);
    const view = planPreview(viewOf({ run: { state: 'planned', plan: { ...suspendPlan, summary } } }), shown);
    for (const line of summary) expect(JSON.stringify(view)).toContain(line);
  });

  it('is what the form becomes while it waits to be begun, and the card afterwards', () => {
    expect(runModal(planned, shown).callback_id).toBe('plan_preview');
    const after = runModal(viewOf(), shown);
    expect(after.callback_id).toBe('result');
    expect(seenView(after as never)).toContain('● waiting for 1 signature');
  });
});

describe('detailsView', () => {
  it('has Approve only for who may come to sign, and only while it waits', () => {
    const submit = (maySign: boolean, view = viewOf()) => detailsView(view, { maySign, nameOf }).submit?.text;
    expect(submit(true)).toBe('Approve');
    expect(submit(false)).toBeUndefined();
    expect(submit(true, askedCards.succeeded)).toBeUndefined();
    expect(submit(true, viewOf({ run: { digest: undefined } }))).toBeUndefined();
  });

  it('names every object of a thousand alike calls', () => {
    const view = detailsView(resendView(1000), { maySign: true, nameOf });
    const text = stringsIn(view.blocks).join('');
    for (let index = 1; index <= 1000; index++) {
      expect(text).toContain(`ntf-${String(index).padStart(4, '0')}`);
    }
    expect(text).not.toContain('more line');
  });

  it('shows the whole of a call, however long it is', () => {
    const words = Array.from({ length: 300 }, (_, index) => `word${index}`);
    const call = { method: 'POST', path: '/api/notes', body: { note: words.join(' ') } };
    const plan = { ...suspendPlan, effects: [{ step: 'a', summary: 'POST /api/notes', call }] };
    const view = detailsView(viewOf({ run: { plan } }), { maySign: true, nameOf });
    expect(codesIn(view).join('')).toContain(`"note":"${words.join(' ')}"`);
  });

  it('says how much it left out where even a modal has no room, and stays inside 250 KB', () => {
    const effects = Array.from({ length: 1000 }, (_, index) => ({
      step: `${index}`,
      summary: `POST /api/notes on rms (production)`,
      call: { method: 'POST', path: '/api/notes', body: { note: `${index} ${'語'.repeat(300)}` } },
    }));
    const view = detailsView(viewOf({ run: { plan: { ...suspendPlan, effects } } }), {
      maySign: true,
      nameOf,
    });
    expect(problemsOfView(view, 'modal')).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(viewBytes);
    expect(stringsIn(view.blocks).filter((text) => /^\n… \d+ more lines$/.test(text))).toHaveLength(1);
  });

  it('tells what is signed from what is only shown', () => {
    const seen = seenView(views.details!);
    expect(seen.indexOf('Signed')).toBeLessThan(seen.indexOf('Seen while planning, not signed'));
    expect(seen.slice(seen.indexOf('Seen while planning'))).toContain('activeUsers: 12');
  });
});

describe('readReason', () => {
  const read = (kind: 'deny' | 'break_glass', value: unknown) =>
    readReason(kind, { reason: { value: { value } } });

  it('takes a reason without the space around it', () => {
    expect(read('deny', '  not during the sale \n')).toEqual({ reason: 'not during the sale' });
    expect(read('break_glass', 'cards are being tested')).toEqual({ reason: 'cards are being tested' });
  });

  it.each<['deny' | 'break_glass', unknown, RegExp]>([
    ['deny', '     ', /needed/],
    ['deny', '\u200b\u200b\u200b\u200b', /needed/],
    ['deny', null, /needed/],
    ['deny', undefined, /needed/],
    ['deny', 5, /needed/],
    ['deny', ' no ', /at least 3/],
    ['deny', 'x'.repeat(501), /at most 500/],
    ['break_glass', 'it burns', /at least 10/],
    ['break_glass', `a${' '.repeat(50)}`, /at least 10/],
  ])('objects beside the field: %s with %j', (kind, value, message) => {
    expect(read(kind, value)).toEqual({ errors: { reason: expect.stringMatching(message) } });
  });

  it.each([undefined, null, 'x', [], {}, { reason: null }, { reason: { other: { value: 'long enough' } } }])(
    'takes state that is not Slack’s (%j) for an empty field',
    (values) => {
      expect(readReason('deny', values)).toEqual({ errors: { reason: expect.stringMatching(/needed/) } });
    },
  );
});

describe('whoCanSignView', () => {
  it('says when nobody can', () => {
    const view = whoCanSignView(viewOf({ signersNow: [], run: { plan: resendPlan(3), terms } }), shown);
    expect(seenView(view)).toContain('Nobody can sign now');
  });
});
