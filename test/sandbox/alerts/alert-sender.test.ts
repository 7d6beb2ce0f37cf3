import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlertSender, sendAlerts } from '../../../sandbox/alerts/alert-sender.ts';
import { until } from '../../support/until.ts';
import { receivingBot, secrets } from './receiving-bot.ts';

async function sender(answers: (number | 'cut')[] = []) {
  const bot = await receivingBot(answers);
  const alerts = createAlertSender({ origin: () => bot.origin, secrets });
  onTestFinished(() => alerts.stop());
  return { ...bot, alerts };
}

describe('a name', () => {
  it.each([
    [
      'checkout-erors',
      'there is no sample "checkout-erors"; did you mean "checkout-errors"? There are checkout-errors,',
    ],
    ['qqqqqqqq', 'there is no sample "qqqqqqqq"; there are checkout-errors, disk-filling,'],
    ['worse storm', '"storm" cannot become worse; "disk-filling", "slow-checkout" can'],
    ['resolve email-failures', 'its source never says that "email-failures" is over'],
    ['constructor', 'there is no sample "constructor"'],
    ['resolve constructor', 'there is no sample "resolve constructor"'],
  ])('"%s" is refused with the names there are', async (name, sentence) => {
    const { alerts, received } = await sender();
    expect(alerts.problemWith(name)).toContain(sentence);
    await expect(alerts.send(name)).rejects.toThrow(sentence);
    expect(received).toEqual([]);
  });

  it('that is listed can be sent', async () => {
    const { alerts } = await sender();
    for (const name of alerts.names) expect(alerts.problemWith(name)).toBeUndefined();
    expect(alerts.names).toEqual(
      expect.arrayContaining(['storm', 'worse disk-filling', 'resolve all', 'silent']),
    );
  });
});

describe('sending', () => {
  it('is done once the bot has everything', async () => {
    const { received, origin } = await sender();
    await sendAlerts({ url: origin, secrets, sample: 'checkout-errors' });
    expect(received.map(({ path }) => path)).toEqual(['/hooks/prometheus']);
  });

  it('goes on through a bot that is busy or broken', async () => {
    const { alerts, received } = await sender([503, 'cut', 429]);
    await alerts.send('disk-filling');
    expect(received.map(({ body }) => body.toString())).toHaveLength(3);
    expect(new Set(received.map(({ body }) => body.toString())).size).toBe(1);
  });

  it('fails with what the bot said, and without the secret', async () => {
    const { alerts } = await sender([401, 404]);
    await expect(alerts.send('checkout-errors')).rejects.toThrow(
      'The bot answered 401 to prometheus at /hooks/prometheus: {"error":"said 401"}',
    );
    const failure = await alerts.send('email-failures').catch((error: Error) => error.message);
    expect(failure).toContain('The bot answered 404 to rms at /hooks/rms:');
    expect(failure).not.toContain(secrets.rms);
  });

  it('takes a no to what goes too far for an answer', async () => {
    const { alerts, received } = await sender([202, 202, 202, 400]);
    await alerts.send('hostile');
    expect(received).toHaveLength(4);
  });

  it('resolves what fires, and says when nothing does', async () => {
    const { alerts, received } = await sender();
    await alerts.send('disk-filling');
    await alerts.send('shop-down');
    await alerts.send('email-failures');
    received.length = 0;
    await alerts.send('resolve all');
    expect(received.map(({ path }) => path).sort()).toEqual(['/hooks/prometheus', '/hooks/uptime']);
    await expect(alerts.send('resolve all')).rejects.toThrow('nothing that was sent fires any more');
  });
});

describe('the sign of life', () => {
  it('beats until it is silent, and again after a word', async () => {
    const { alerts, received } = await sender();
    await alerts.startWatchdog(5);
    expect(received.length).toBeGreaterThanOrEqual(1);
    await until(() => received.length >= 3);
    await alerts.send('silent');
    // What was on its way has come: a delivery sent now is the last.
    await alerts.send('disk-filling');
    const { length } = received;
    await alerts.send('disk-filling');
    await alerts.send('disk-filling');
    expect(received).toHaveLength(length + 2);
    await alerts.send('watchdog');
    await until(() => received.length >= length + 5);
  });

  it('goes on after a time without the bot', async () => {
    const { alerts, received } = await sender([202, 'cut', 500, 'cut']);
    await alerts.startWatchdog(5);
    await until(() => received.filter(({ json }) => json.receiver === 'countersign').length >= 4);
  });
});
