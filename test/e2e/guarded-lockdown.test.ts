import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText } from '../support/slack.ts';
import { startSigningBot } from './signing-bot.ts';

describe('a lockdown', async () => {
  const bot = await startSigningBot({ mode: 'socket' });
  beforeEach(() => bot.quiet());

  const lift = async (who: string) => {
    const card = bot
      .screen('linus', 'C0OPS')
      .findLast((message) => buttons(message).some(({ label }) => label === 'Lift lockdown'))!;
    await bot.click(who, card, 'Lift lockdown');
    return card;
  };

  it('is not for everyone to begin', async () => {
    const refusal = await bot.ask('ada', 'lockdown something is odd');
    expect(refusal.ephemeralFor).toBe('U0ADA');
    expect(cardText(refusal)).toMatch(/approver/);
    const { card } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "still being asked"');
    await bot.choose('ada', card, 'Cancel');
    await bot.becomes(card, /cancelled by ada/);
  });

  it('stops what waits and what is between steps, refuses what is new, and is lifted by two people', async () => {
    const waiting = await bot.asksToSign('ada', 'suspend-tenant wayne --reason "waits for a signature"');
    const preview = await bot.asksToConfirm('ada', 'resend-notifications hooli --channel push');
    const running = await bot.asksToConfirm('ada', 'resend-notifications acme --limit 5');
    const held = bot.rms.faults.hold({ endpoint: 'resend', when: 'after_effect' });
    const from = new Date();
    await bot.click('ada', running.card, 'Resend 5 emails');
    await held.reached;
    const since = bot.now();

    await bot.ops('grace', 'lockdown odd deploys, looking into it');
    const notice = await bot.sees('ada', { since, matching: /⛔ lockdown by grace: nothing but reads runs/ });
    expect(cardText(notice)).toContain('odd deploys, looking into it');
    expect(cardText(notice)).toContain('0 of 2');
    for (const { card } of [waiting, preview]) {
      const stopped = await bot.becomes(card, /○ cancelled by grace/);
      expect(cardText(stopped)).toMatch(/lockdown/);
      expect(buttons(stopped)).toEqual([]);
    }
    held.release();
    const stopped = await bot.becomes(running.card, /○ cancelled/);
    expect(cardText(stopped)).toMatch(/Stopped by a lockdown between steps/);
    expect(cardText(stopped)).toMatch(/✓ 1 done/);
    const resent = (await bot.rms.effects({ since: from })).filter(({ endpoint }) => endpoint === 'resend');
    expect(resent).toHaveLength(1);
    await bot.seesDm('ada', /cancelled by grace/, since);

    const refused = await bot.ask('ada', 'suspend-tenant stark --reason "during the lockdown"', {
      matching: /locked down/,
    });
    expect(refused.ephemeralFor).toBe('U0ADA');
    expect(cardText(refused)).toContain('odd deploys');
    expect(cardText(await bot.ask('ada', 'verify-audit acme', { matching: /acme/ }))).toContain(
      'audit chain intact',
    );

    const at = bot.now();
    await lift('ada');
    await bot.told('ada', /approver|admin/, at);
    await lift('grace');
    await bot.becomes(notice, /1 of 2 \(grace\)/);
    const twice = bot.now();
    await lift('grace');
    await bot.told('grace', /another person|already|somebody else/i, twice);
    await lift('linus');
    const lifted = await bot.becomes(notice, /✓ lockdown lifted by grace and linus/);
    expect(buttons(lifted)).toEqual([]);
    expect(
      (await bot.ledger()).filter(({ kind }) => kind.startsWith('lockdown.')).map(({ kind }) => kind),
    ).toEqual(['lockdown.begun', 'lockdown.lift_signed', 'lockdown.lifted']);

    const { card } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "after the lockdown"');
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ stark is suspended/);
    await bot.reset('stark');
  });
});
