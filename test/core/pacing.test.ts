import { describe, expect, it } from 'vitest';
import type { Urgency } from '../../src/core/message.ts';
import { bucketsFor, type PacedCall, type PacingSettings } from '../../src/core/pacing.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';
import fc from '../support/properties.ts';

const settings: PacingSettings = {
  updatesPerMinute: 40,
  updatesBurst: 8,
  postsPerSecondPerChannel: 1,
  postsBurst: 4,
  progressEverySeconds: 3,
};
const edit = (urgency: Urgency, messageId = 'm1'): PacedCall => ({
  method: 'chat.update',
  urgency,
  messageId,
});
const post = (channelId: string): PacedCall => ({
  method: 'chat.postMessage',
  urgency: 'decision',
  channelId,
});

function start(overrides: Partial<PacingSettings> = {}) {
  let now = 1_000_000;
  const pacing = createMemoryPacing({ settings: () => ({ ...settings, ...overrides }), clock: () => now });
  const ask = (call: PacedCall) => pacing.waitMilliseconds(call);
  /** How many of `call` go through at once. */
  const sendAll = async (call: (index: number) => PacedCall): Promise<number> => {
    for (let sent = 0; sent < 1_000; sent++) if ((await ask(call(sent))) > 0) return sent;
    throw new Error('nothing ever stopped it');
  };
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { pacing, ask, sendAll, pass };
}

describe('pacing', () => {
  it('lets less urgent edits use only the top of the budget', async () => {
    const { sendAll } = start();
    expect(await sendAll((index) => edit('progress', `m${index}`))).toBe(3);
    expect(await sendAll(() => edit('other'))).toBe(2);
    expect(await sendAll(() => edit('critical'))).toBe(2);
    expect(await sendAll(() => edit('decision'))).toBe(1);
  });

  it('says exactly how long to wait', async () => {
    const { ask, sendAll, pass } = start();
    await sendAll(() => edit('decision'));
    expect(await ask(edit('decision'))).toBe(1_500);
    pass(1_499);
    expect(await ask(edit('decision'))).toBe(1);
    pass(1);
    expect(await ask(edit('decision'))).toBe(0);
  });

  it('edits one message for progress every 3 s and takes nothing for a refused one', async () => {
    const { ask, sendAll, pass } = start();
    expect(await ask(edit('progress', 'a'))).toBe(0);
    for (let refused = 0; refused < 20; refused++) expect(await ask(edit('progress', 'a'))).toBe(3_000);
    expect(await sendAll(() => edit('decision'))).toBe(7);
    pass(60_000);
    expect(await ask(edit('progress', 'a'))).toBe(0);
    pass(2_000);
    expect(await ask(edit('progress', 'a'))).toBe(1_000);
    expect(await ask(edit('other', 'a'))).toBe(0);
  });

  it('keeps one new message of a channel for whoever is more urgent', async () => {
    const { ask, sendAll, pass } = start();
    const card = (urgency: Urgency): PacedCall => ({ ...post('C0A'), urgency });
    expect(await sendAll(() => card('other'))).toBe(3);
    expect(await ask(card('critical'))).toBe(0);
    pass(1_000);
    expect(await ask(card('other'))).toBe(1_000);
    expect(await ask(card('critical'))).toBe(0);
  });

  it('paces new messages by channel', async () => {
    const { ask, sendAll, pass } = start();
    expect(await sendAll(() => post('C0A'))).toBe(4);
    expect(await ask(post('C0A'))).toBe(1_000);
    expect(await ask(post('C0B'))).toBe(0);
    pass(1_000);
    expect(await ask(post('C0A'))).toBe(0);
  });

  it('leaves methods without a budget alone until Slack pauses them', async () => {
    const { pacing, ask, pass } = start();
    const open: PacedCall = { method: 'views.open', urgency: 'decision' };
    expect(await ask(open)).toBe(0);
    await pacing.pause('views.open', 30_000);
    await pacing.pause('views.open', 1_000);
    expect(await ask(open)).toBe(30_000);
    expect(await ask(edit('decision'))).toBe(0);
    pass(30_000);
    expect(await ask(open)).toBe(0);
  });

  it('leaves every class able to send, however small the burst', () => {
    for (const updatesBurst of [1, 2, 3]) {
      for (const urgency of ['decision', 'critical', 'other', 'progress'] as const) {
        for (const bucket of bucketsFor(edit(urgency), { ...settings, updatesBurst })) {
          expect(bucket.leave).toBeLessThan(bucket.capacity);
        }
      }
    }
  });

  it('gives no tokens for time a clock repeats', async () => {
    const { ask, sendAll, pass } = start();
    await sendAll(() => edit('decision'));
    pass(-60_000);
    expect(await ask(edit('decision'))).toBe(1_500);
    // And goes on counting by the new time.
    pass(1_500);
    expect(await ask(edit('decision'))).toBe(0);
  });
});

describe('any schedule', () => {
  const aCall = fc.record({
    gap: fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(70_000)),
    kind: fc.constantFrom<(id: string) => PacedCall>(
      (id) => edit('decision', id),
      (id) => edit('critical', id),
      (id) => edit('other', id),
      (id) => edit('progress', id),
      (id) => post(id),
    ),
    id: fc.constantFrom('a', 'b'),
  });

  it('never exceeds rate and burst in any window', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aCall, { maxLength: 200, size: 'max' }), async (calls) => {
        const { ask, pass } = start();
        const sent = new Map<string, number[]>();
        let now = 0;
        for (const { gap, kind, id } of calls) {
          pass(gap);
          now += gap;
          const call = kind(id);
          if ((await ask(call)) > 0) continue;
          const names = call.method === 'chat.update' ? ['updates'] : [`posts ${id}`];
          if (call.urgency === 'progress') names.push(`progress ${id}`);
          for (const name of names) sent.set(name, [...(sent.get(name) ?? []), now]);
        }
        for (const [name, times] of sent) {
          const [rate, burst] =
            name === 'updates'
              ? [40 / 60_000, 8]
              : name.startsWith('posts')
                ? [1 / 1_000, 4]
                : [1 / 3_000, 1];
          times.forEach((from, first) => {
            times.slice(first).forEach((to, index) => {
              expect(index + 1, name).toBeLessThanOrEqual(burst + (to - from) * rate + 1e-3);
            });
          });
        }
      }),
    );
  });

  it('lets whoever waited as told go ahead', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aCall, { minLength: 1, maxLength: 60 }), async (calls) => {
        const { ask, pass } = start();
        for (const { gap, kind, id } of calls) {
          pass(gap / 10);
          const wait = await ask(kind(id));
          if (wait === 0) continue;
          pass(wait);
          expect(await ask(kind(id))).toBe(0);
        }
      }),
    );
  });
});
