import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText, menuOptions } from '../support/slack.ts';
import {
  alertsChannel,
  firing,
  groupIdOf,
  mentioned,
  onCallGroup,
  over,
  startAlertBot,
} from './alert-bot.ts';

const promisedMilliseconds = 5_000;

describe.each(['http', 'socket'] as const)('an alert, with Slack by %s', async (mode) => {
  const bot = await startAlertBot({ mode });
  beforeEach(() => bot.quiet());

  it('that is critical is one card within five seconds, and calls its people once', async () => {
    const since = bot.now();
    const sent = performance.now();
    await bot.notify([firing('payments'), firing('payments', { instance: 'payments-2' })]);
    const card = await bot.card(/payments: TooManyErrors/);
    expect(performance.now() - sent).toBeLessThan(promisedMilliseconds);
    await bot.quiet();
    expect(bot.inChannel(since)).toHaveLength(1);
    expect(mentioned(card)).toEqual([onCallGroup, 'U0GRACE']);
    expect(card.text).toBe('CRITICAL payments: TooManyErrors, 2 firing (production)');
    const text = cardText(bot.again(card));
    expect(text).toContain('⛔ CRITICAL payments: TooManyErrors (production)');
    expect(text).toContain('too many errors');
    expect(text).toMatch(/2 firing · first and last seen/);
    expect(text).toContain('instance: payments-1, payments-2');
    expect(text).toContain('https://runbooks.example/critical');
    expect(buttons(card).map(({ label }) => label)).toEqual(['Acknowledge', 'Start incident', '']);
    expect(menuOptions(card).map(({ label }) => label)).toEqual([
      'Silence…',
      'Severity…',
      'Escalate now',
      'Close by hand',
      'Raw',
    ]);
    expect(await bot.kindsOf(groupIdOf(card))).toEqual(['alert.woke']);
  });

  it('that is repeated posts nothing; the card says when it was last seen', async () => {
    const alert = firing('search');
    await bot.notify([alert]);
    const card = await bot.card(/search: TooManyErrors/);
    await bot.quiet();
    await bot.passes(1, groupIdOf(card));
    const since = bot.now();
    await bot.notify([alert], { reason: 'repeat interval elapsed' });
    const edited = await bot.becomes(card, /1 firing · first seen .* · last seen/);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);
    // Those whom it called stay named on it, and an edit calls nobody.
    expect(mentioned(edited)).toEqual(mentioned(card));
    expect(edited.editedTs).toBeDefined();
  });

  it('that is not critical calls nobody', async () => {
    await bot.notify([firing('batch', { severity: 'warning' })]);
    const card = await bot.card(/● WARNING batch: TooManyErrors/);
    expect(mentioned(card)).toEqual([]);
    await bot.quiet();
    expect(await bot.kindsOf(groupIdOf(card))).toEqual([]);
  });

  it('that gets worse says so in the thread and in the channel, and calls its people once', async () => {
    const warning = firing('orders', { severity: 'warning' });
    await bot.notify([warning]);
    const card = await bot.card(/● WARNING orders/);
    await bot.quiet();
    const since = bot.now();
    const worse = [warning, firing('orders', { severity: 'critical' })];
    await bot.notify(worse, { reason: 'new alerts added' });
    const reply = await bot.sees('grace', {
      channel: alertsChannel,
      since,
      matching: /CRITICAL now, was WARNING/,
    });
    expect(reply).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(mentioned(reply)).toEqual([onCallGroup, 'U0GRACE']);
    await bot.becomes(card, /⛔ CRITICAL orders/);
    await bot.notify(worse, { reason: 'repeat interval elapsed' });
    await bot.quiet();
    expect(bot.inChannel(since)).toHaveLength(1);
    expect(mentioned(bot.again(card))).toEqual([]);
  });

  it('is acknowledged by one person; others are told, and who has no role is refused', async () => {
    await bot.notify([firing('ledger')]);
    const card = await bot.card(/ledger: TooManyErrors/);
    const since = bot.now();
    await bot.click('mallory', card, 'Acknowledge');
    await bot.told('mallory', /Only .*may act on alerts/, since, alertsChannel);
    expect(cardText(bot.again(card))).not.toContain('Acknowledged');
    // Both press at once: the card of neither has been redrawn.
    await Promise.all([bot.click('ada', card, 'Acknowledge'), bot.click('linus', card, 'Acknowledge')]);
    const taken = await bot.becomes(card, /Acknowledged by/);
    expect(buttons(taken).map(({ label }) => label)).toEqual(['Start incident', '']);
    const [first, second] = /Acknowledged by ada/.test(cardText(taken)) ? ['ada', 'linus'] : ['linus', 'ada'];
    await bot.told(second!, new RegExp(`${first} has acknowledged it already`), since, alertsChannel);
    await bot.quiet();
    expect(await bot.kindsOf(groupIdOf(card))).toEqual(['alert.woke', 'alert.acknowledged']);
    expect(mentioned(taken)).toEqual([onCallGroup, 'U0GRACE']);
  });

  it('that is over says so on its card, and nowhere else', async () => {
    const alerts = [firing('sessions'), firing('sessions', { instance: 'sessions-2' })];
    await bot.notify(alerts);
    const card = await bot.card(/sessions: TooManyErrors/);
    await bot.quiet();
    const since = bot.now();
    await bot.notify([over(alerts[0]!), alerts[1]!], { reason: 'new alerts added' });
    await bot.becomes(card, /1 firing, 1 resolved/);
    await bot.notify(alerts.map(over), { reason: 'all alerts resolved' });
    const resolved = await bot.becomes(card, /✓ RESOLVED sessions: TooManyErrors/);
    expect(resolved.text).toBe('RESOLVED sessions: TooManyErrors (production)');
    expect(buttons(resolved).map(({ label }) => label)).toEqual(['']);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);
  });
});
