import { beforeEach, describe, expect, it } from 'vitest';
import type { FaultName } from '../../sandbox/targets/rms/faults.ts';
import { sampleNotifications } from '../../sandbox/targets/rms/sample-notifications.ts';
import { sampleTenants } from '../../sandbox/targets/rms/sample-tenants.ts';
import { buttons, cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { startSigningBot } from './signing-bot.ts';

interface Told {
  readonly fault: FaultName;
  readonly times?: number;
  /** What the card says. */
  readonly card: RegExp;
  readonly state: 'succeeded' | 'failed' | 'unknown';
  /** What really happened. */
  readonly effects: number;
}

/** rms honours the idempotency key here, so the call is repeated with the same one. */
const suspensions: readonly Told[] = [
  {
    fault: 'slow',
    times: 1,
    card: /✓ wayne is suspended; audit entry and notification seen/,
    state: 'succeeded',
    effects: 1,
  },
  { fault: 'error_before', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  { fault: 'error_after', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  { fault: 'cut_before', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  { fault: 'cut_after', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  { fault: 'hang', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  { fault: 'wrong_shape', times: 1, card: /✓ wayne is suspended/, state: 'succeeded', effects: 1 },
  {
    fault: 'conflict',
    card: /✗ failed, Suspend wayne \(production\): rms answered 409/,
    state: 'failed',
    effects: 0,
  },
  {
    fault: 'error_before',
    card: /\? outcome unknown, Suspend wayne \(production\): rms answered 500/,
    state: 'unknown',
    effects: 0,
  },
  {
    fault: 'error_after',
    card: /\? outcome unknown, Suspend wayne \(production\): rms answered 500/,
    state: 'unknown',
    effects: 1,
  },
  { fault: 'wrong_shape', card: /\? outcome unknown.*unexpected shape/, state: 'unknown', effects: 1 },
  { fault: 'cut_before', card: /\? outcome unknown/, state: 'unknown', effects: 0 },
  { fault: 'cut_after', card: /\? outcome unknown/, state: 'unknown', effects: 1 },
];

/** rms ignores the key here: nothing is sent twice, and what nobody saw is unknown. */
const resends: readonly Told[] = [
  { fault: 'slow', card: /✓ acme: 3 of 3 emails resent/, state: 'succeeded', effects: 3 },
  { fault: 'error_before', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 2 },
  { fault: 'error_after', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 3 },
  { fault: 'cut_before', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 2 },
  { fault: 'cut_after', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 3 },
  { fault: 'hang', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 2 },
  { fault: 'wrong_shape', card: /\? outcome unknown, Resend 3 emails/, state: 'unknown', effects: 3 },
  { fault: 'conflict', card: /▲ acme: 1 failed; 2 of 3 emails resent/, state: 'succeeded', effects: 2 },
];

/** Those of acme that the provider takes at once. */
const deliverable = new Set(
  sampleNotifications(sampleTenants().find(({ slug }) => slug === 'acme')!, new Date()).flatMap(
    ({ id, channel, onResend }) => (channel === 'email' && onResend === 'sent' ? [id] : []),
  ),
);

describe.each([
  ['once', suspensions.filter(({ times }) => times === 1)],
  ['every time', suspensions.filter(({ times }) => times === undefined)],
])('a suspension whose call goes wrong %s', async (_, table) => {
  const bot = await startSigningBot({ mode: 'socket', rmsTimeoutSeconds: 1 });
  beforeEach(() => bot.quiet());

  it.each(table)('is honest about $fault: $state, and $effects really happened', async (told) => {
    await bot.reset('wayne');
    const from = new Date();
    const { card, run } = await bot.asksToSign(
      'ada',
      `suspend-tenant wayne --reason "while it is ${told.fault}"`,
    );
    bot.rms.faults.set({
      endpoint: 'suspend',
      fault: told.fault,
      delayMilliseconds: 200,
      ...(told.times === undefined ? {} : { times: told.times }),
    });
    await bot.click('grace', card, 'Approve');
    const settled = await bot.becomes(card, told.card);
    expect((await bot.run(run.id)).state).toBe(told.state);
    expect(cardText(settled)).toContain('Signed by grace');
    bot.rms.faults.clear();
    const effects = await bot.effects('wayne', 'suspend', from);
    expect(effects).toHaveLength(told.effects);
    const keys = new Set(
      bot.rms
        .requests({ sinceMilliseconds: from.getTime() })
        .flatMap(({ endpoint, idempotencyKey }) => (endpoint === 'suspend' ? [idempotencyKey] : [])),
    );
    expect(keys.size).toBe(1);
    expect((await bot.ledger(run.id)).at(-1)!.kind).toBe(`run.${told.state}`);
    if (told.state !== 'unknown') return;
    expect(cardText(settled)).toMatch(/Step suspend: PATCH/);
    expect(cardText(settled)).toMatch(/Look in rms whether it happened/);
    expect(buttons(settled).flatMap(({ label }) => label || [])).toEqual([
      'It happened',
      'It did not',
      'Look again',
    ]);
    await bot.click('ada', settled, 'Look again');
    // The bot has looked by itself as well, and may have seen the same.
    await until(async () => (await bot.kinds(run.id)).at(-1) === 'run.looked_again', {
      waitingFor: "ada's look to be recorded",
    });
    const looked = await bot.becomes(
      card,
      told.effects === 1 ? /it looks as if it happened/ : /it cannot be told|did not happen/,
    );
    expect(cardText(looked)).toMatch(
      told.effects === 1 ? /Status on rms: suspended/ : /Status on rms: active/,
    );
    expect((await bot.run(run.id)).state).toBe('unknown');
    const at = bot.now();
    await bot.click('mallory', looked, 'It happened');
    await bot.told('mallory', /settle/, at);
    await bot.click('grace', looked, told.effects === 1 ? 'It happened' : 'It did not');
    const final = await bot.becomes(
      card,
      told.effects === 1 ? /grace looked: it happened/ : /grace looked: it did not happen/,
    );
    expect((await bot.run(run.id)).state).toBe(told.effects === 1 ? 'succeeded' : 'failed');
    expect(buttons(final).map(({ label }) => label)).not.toContain('It happened');
    await bot.seesDm('ada', /settled by grace/, at);
    expect(await bot.effects('wayne', 'suspend', from)).toHaveLength(told.effects);
    expect((await bot.ledger(run.id)).slice(-2).map(({ kind }) => kind)).toEqual([
      'run.looked_again',
      'run.settled',
    ]);
  });
});

describe('a resend of which one call goes wrong', async () => {
  const bot = await startSigningBot({ mode: 'http', rmsTimeoutSeconds: 1 });
  beforeEach(() => bot.quiet());

  it.each(resends)('is honest about $fault: $state, and $effects really happened', async (told) => {
    bot.rms.faults.clear();
    const from = new Date();
    const failed = await bot.failedIds('acme');
    const ids = failed.filter((id) => deliverable.has(id));
    const { card, run } = await bot.asksToConfirm(
      'ada',
      `resend-notifications acme ${ids
        .slice(0, 3)
        .map((id) => `--id ${id}`)
        .join(' ')}`,
    );
    bot.rms.faults.set({ endpoint: 'resend', fault: told.fault, times: 1, delayMilliseconds: 200 });
    await bot.click('ada', card, 'Resend 3 emails');
    const settled = await bot.becomes(card, told.card);
    expect((await bot.run(run.id)).state).toBe(told.state);
    bot.rms.faults.clear();
    const requests = bot.rms
      .requests({ sinceMilliseconds: from.getTime() })
      .filter(({ endpoint }) => endpoint === 'resend');
    expect(requests).toHaveLength(3);
    const effects = (await bot.rms.effects({ since: from })).filter(({ endpoint }) => endpoint === 'resend');
    expect(new Set(effects.map(({ entityId }) => entityId)).size).toBe(effects.length);
    // Where the card has no room for it, in its thread.
    const counts = await bot.sees('grace', {
      since: String(Number(card.ts) - 0.000001),
      matching: /already delivered/,
    });
    const said = cardText(counts);
    const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(said)?.[1] ?? 0);
    expect(effects).toHaveLength(told.effects);
    const isLost = told.state === 'unknown';
    expect([count('sent'), count('failed'), count('unknown')]).toEqual(
      isLost ? [2, 0, 1] : told.fault === 'conflict' ? [2, 1, 0] : [3, 0, 0],
    );
    expect((await bot.ledger(run.id)).at(-1)!.kind).toBe(`run.${told.state}`);
    if (told.state !== 'unknown') return;
    expect(buttons(settled).flatMap(({ label }) => label || [])).toEqual([
      'It happened',
      'It did not',
      'Look again',
    ]);
    expect(said).toMatch(/Unknown: ntf_/);
    await bot.click('ada', card, 'It did not');
    await bot.becomes(card, /ada looked: it did not happen/);
    expect((await bot.run(run.id)).state).toBe('failed');
  });

  it('stops when nothing is answered any more, and leaves the rest untried', async () => {
    const from = new Date();
    const { card, run } = await bot.asksToConfirm('ada', 'resend-notifications acme --limit 20');
    bot.rms.faults.set({ endpoint: 'resend', fault: 'cut_before' });
    await bot.click('ada', card, 'Resend 20 emails');
    const settled = await bot.becomes(card, /\? outcome unknown/);
    await bot.sees('grace', { since: card.ts, matching: /Not tried, from/ });
    // On the card, or where there is room for it after the look that follows.
    const counts = /0 sent · 0 already delivered · 5 unknown · 15 not tried/;
    await until(() => bot.screen('grace').some((message) => counts.test(cardText(message))));
    expect(buttons(settled).map(({ label }) => label)).toContain('Look again');
    expect((await bot.run(run.id)).state).toBe('unknown');
    bot.rms.faults.clear();
    expect((await bot.rms.effects({ since: from })).filter(({ endpoint }) => endpoint === 'resend')).toEqual(
      [],
    );
  });
});

describe('a plan whose readings go wrong', async () => {
  const bot = await startSigningBot({ mode: 'http', rmsTimeoutSeconds: 1 });
  beforeEach(async () => {
    bot.rms.faults.clear();
    await bot.quiet();
  });

  it.each([
    ['error_before', /rms answered 500/],
    ['wrong_shape', /unexpected shape/],
    ['cut_before', /rms/],
  ] as const)('by %s sends nothing and says so', async (fault, why) => {
    const from = new Date();
    bot.rms.faults.set({ endpoint: 'tenant', fault });
    const answer = await bot.ask('ada', 'suspend-tenant wayne --reason "cannot be read now"', {
      matching: /failed|refused/,
    });
    expect(cardText(answer)).toMatch(why);
    expect(cardText(answer)).toContain('suspend-tenant wayne');
    expect((await bot.lastRun('U0ADA'))!.state).toBe('failed');
    expect(await bot.rms.effects({ since: from })).toEqual([]);
  });

  it('after it was signed does nothing either', async () => {
    const from = new Date();
    const { card } = await bot.asksToSign('ada', 'suspend-tenant wayne --reason "unreadable when it begins"');
    bot.rms.faults.set({ endpoint: 'tenant', fault: 'error_before' });
    await bot.click('grace', card, 'Approve');
    const settled = await bot.becomes(card, /✗ failed/);
    expect(cardText(settled)).toContain('Nothing was done');
    expect(await bot.effects('wayne', 'suspend', from)).toEqual([]);
  });
});
