import { expect, onTestFinished, test } from 'vitest';
import { createAlertSender } from '../../../sandbox/alerts/alert-sender.ts';
import { scriptAlerts } from '../../../sandbox/demo/script-alerts.ts';
import { manifest, webClient, workspaceForTest } from '../slack/bolt-fixture.ts';
import { receivingBot, secrets } from './receiving-bot.ts';

async function stage() {
  const { origin, received } = await receivingBot();
  const workspace = await workspaceForTest({ manifest: manifest() });
  const sender = createAlertSender({ origin: () => origin, secrets });
  onTestFinished(() => sender.stop());
  const alerts = scriptAlerts(sender, workspace);
  const bot = webClient(workspace);
  /** Whether it has ended, once everything that could end it has run. */
  const watch = (work: Promise<void>) => {
    const state = { isOver: false };
    void work.then(() => {
      state.isOver = true;
    });
    return state;
  };
  return { alerts, bot, received, watch, workspace };
}

test('a silence is waited for until the bot tells of it, and so is its end', async () => {
  const { alerts, bot, received, watch } = await stage();
  const silent = alerts.send('silent');
  const state = watch(silent);
  const { ts = '' } = await bot.chat.postMessage({
    channel: 'C0ALERTS',
    text: 'prometheus has fallen silent',
  });
  await silent;
  expect(state.isOver).toBe(true);
  const speaking = alerts.send('watchdog');
  const end = watch(speaking);
  // Somebody else's news is not what is waited for.
  await bot.chat.postMessage({ channel: 'C0OPS', text: 'something else' });
  expect(end.isOver).toBe(false);
  await bot.chat.update({ channel: 'C0ALERTS', ts, text: 'resolved' });
  await speaking;
  expect(received).toHaveLength(1);
});

test('anything else is done once the bot has taken it', async () => {
  const { alerts, received } = await stage();
  await alerts.send('watchdog');
  await alerts.send('checkout-errors');
  expect(received).toHaveLength(2);
  expect(alerts.problemWith('nonsense')).toContain('there is no sample "nonsense"');
  await expect(alerts.send('nonsense')).rejects.toThrow('there is no sample "nonsense"');
});
