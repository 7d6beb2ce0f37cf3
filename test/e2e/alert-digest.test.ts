import { beforeEach, describe, expect, it } from 'vitest';
import { buttons } from '../support/slack.ts';
import { firing, mentioned, over, startAlertBot } from './alert-bot.ts';

/** Past so many new groups in a minute those that are not critical share a card. */
const moreThan = 4;
const services = Array.from({ length: 12 }, (_, nth) => `burst-${nth}`);

describe('a burst of warnings', async () => {
  const bot = await startAlertBot({
    mode: 'socket',
    changeSettings: (settings) => ({
      ...settings,
      alerts: { ...settings.alerts, digest: { moreThan, withinSeconds: 60 } },
    }),
  });
  beforeEach(() => bot.quiet());

  it('is a few cards and one digest that counts; a critical among it has a card and calls people', async () => {
    const warnings = services.map((service) => firing(service, { severity: 'warning' }));
    for (const warning of warnings) await bot.notify([warning]);
    await bot.quiet();
    const digest = await bot.card(/alert groups at once/);
    const { length: shared } = services.slice(moreThan);
    expect(digest.text).toContain(`WARNING ${shared} alert groups at once: ${shared} firing`);
    expect(buttons(digest)).toEqual([]);
    expect(bot.inChannel()).toHaveLength(moreThan + 1);

    const last = services.at(-1)!;
    const worse = [warnings.at(-1)!, firing(last)];
    await bot.notify(worse, { reason: 'new alerts added' });
    const card = await bot.card(new RegExp(`⛔ CRITICAL ${last}: TooManyErrors`));
    expect(mentioned(card)).toEqual(['S0ONCALL', 'U0GRACE']);
    expect(card.threadTs).toBeUndefined();
    await bot.becomes(digest, new RegExp(`${shared - 1} firing`));

    for (const alerts of [...warnings.slice(0, -1).map((warning) => [warning]), worse]) {
      await bot.notify(alerts.map(over), { reason: 'all alerts resolved' });
    }
    await bot.becomes(digest, new RegExp(`✓ RESOLVED ${shared - 1} alert groups, none firing any more`));
    await bot.becomes(card, /✓ RESOLVED/);
    await bot.quiet();
    expect(bot.inChannel()).toHaveLength(moreThan + 2);
  });
});
