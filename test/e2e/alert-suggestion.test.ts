import { beforeEach, describe, expect, it } from 'vitest';
import { failedNotification } from '../../sandbox/alerts/genzi.ts';
import { buttons, cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { alertsChannel, startAlertBot } from './alert-bot.ts';
import { tenantId } from './signing-bot.ts';

describe('a command that an alert suggests', async () => {
  const bot = await startAlertBot({ mode: 'socket' });
  beforeEach(() => bot.quiet());

  it('is shown with the tenant looked up by id, and runs when it is confirmed', async () => {
    await bot.send('email-failures');
    const card = await bot.card(/email delivery failing/);
    await bot.becomes(card, /12 firing/);
    await bot.quiet();
    const since = bot.now();
    const from = new Date();
    const resent = async () =>
      (await bot.rms.effects({ since: from })).filter(({ endpoint }) => endpoint === 'resend');
    await bot.click('ada', bot.again(card), 'Resend emails');
    const preview = await bot.sees('ada', { channel: alertsChannel, since, matching: /to be confirmed/i });
    expect(cardText(preview)).toMatch(/Resend \d+ failed emails of Acme GmbH \(acme\)/);
    expect(cardText(preview)).toContain(`tenant id ${tenantId('acme')}`);
    // One click shows it; nothing has happened yet.
    await bot.quiet();
    expect(await resent()).toEqual([]);

    const go = buttons(preview).find(({ label }) => /^Resend \d+ emails?$/.test(label))?.label ?? '';
    await bot.click('ada', preview, go);
    await until(async () => (await bot.lastRun('U0ADA'))?.state === 'succeeded', {
      deadlineMilliseconds: 15_000,
      waitingFor: 'the run to succeed',
    });
    await bot.becomes(preview, /✓ .*12/, 'ada');
    const ids = (await resent()).map(({ entityId }) => entityId);
    expect(`Resend ${ids.length} emails`).toBe(go);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a tenant nobody knows is refused, and a person without a role gets nothing', async () => {
    const strange = failedNotification(
      {
        tenantId: 'acme --limit 1000',
        notificationId: 'ntf_strange',
        channel: 'email',
        reason: 'smtp_timeout',
      },
      bot.secrets,
    );
    for (const delivery of strange) expect((await bot.post(delivery)).status).toBe(202);
    const card = await bot.card(/acme --limit 1000/);
    const from = new Date();
    const since = bot.now();
    await bot.click('ada', card, 'Resend emails');
    await bot.told('ada', /acme --limit 1000/, since, alertsChannel);
    await bot.click('mallory', card, 'Resend emails');
    await bot.told('mallory', /may/, since, alertsChannel);
    await bot.quiet();
    expect(await bot.rms.effects({ since: from })).toEqual([]);
  });
});
