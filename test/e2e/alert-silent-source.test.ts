import { describe, expect, it } from 'vitest';
import { cardText } from '../support/slack.ts';
import { startAlertBot } from './alert-bot.ts';

/** Shorter than anybody may write it, and longer than the five seconds after which the bot looks again. */
const expectEveryMinutes = 0.12;

describe('a source that should speak', async () => {
  const bot = await startAlertBot({
    mode: 'http',
    changeSettings: (settings) => {
      const { sources } = settings.alerts;
      return {
        ...settings,
        alerts: {
          ...settings.alerts,
          sources: { ...sources, prometheus: { ...sources.prometheus!, expectEveryMinutes } },
        },
      };
    },
  });

  it('and does not is an alert itself, until it speaks again', async () => {
    await bot.send('silent');
    const card = await bot.sees('grace', {
      channel: 'C0ALERTS',
      matching: /prometheus has fallen silent/,
      deadlineMilliseconds: 20_000,
    });
    expect(card.text).toBe('HIGH prometheus has fallen silent');
    expect(cardText(card)).toContain('Nothing came for 7 s; alerts from there would not be seen');
    const status = cardText(await bot.ask('ada', 'monitoring-status'));
    expect(status).toContain('✗ Silent: prometheus');
    await bot.quiet();
    expect(bot.inChannel()).toHaveLength(1);
    await bot.send('watchdog');
    await bot.becomes(card, /✓ RESOLVED prometheus has fallen silent/);
    // What shows that it lives is no alert.
    expect(bot.inChannel()).toHaveLength(1);
  });
});
