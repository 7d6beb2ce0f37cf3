import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { quiet } from '../support/countersign.ts';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { alertOf, type Monitored, mentionsIn, startMonitored } from './monitored.ts';

describe('a real Alertmanager and outages', async () => {
  let databaseRoad!: TcpProxy;
  const monitored = await startMonitored({
    databaseUrl: async (url) => {
      databaseRoad = await TcpProxy.to(url);
      return databaseRoad.through(url);
    },
  });
  endProcessesAfterwards();
  const { alertmanager, road, surroundings } = monitored;
  let bot = await startBot(monitored);
  beforeEach(() => quiet(surroundings));

  it.each([
    ['stopped, and remembers what it told', 'stop'],
    ['killed, and tells everything again', 'kill'],
  ] as const)('makes no second card and no return of it when Alertmanager is %s', async (_, end) => {
    const name = `Restarted${end}`;
    const startsAt = new Date();
    const alert = alertOf(name, { repeats: 'often' }, { startsAt });
    await alertmanager.post(alert);
    const card = await monitored.card(name, /1 firing/);
    await alertmanager[end]();
    await alertmanager.start();
    const { counts } = (await monitored.group(name))!;
    // As Prometheus does, every minute or so.
    await alertmanager.post(alert);
    await until(async () => ((await monitored.group(name))?.counts.one ?? 0) > counts.one! + 1, {
      deadlineMilliseconds: 15_000,
      waitingFor: 'it to be told again, twice',
    });
    expect(await monitored.group(name)).toMatchObject({ state: 'firing', reopenedCount: 0, firing: 1 });
    await alertmanager.post({ ...alert, endsAt: new Date() });
    await monitored.card(name, /✓ RESOLVED/);
    await quiet(surroundings);
    expect(monitored.messages(name).map(({ ts }) => ts)).toEqual([card.ts]);
  });

  it('loses nothing while the bot is killed and away: what began and what ended meanwhile', async () => {
    const ends = alertOf('EndsMeanwhile');
    await alertmanager.post(ends);
    const card = await monitored.card('EndsMeanwhile', /1 firing/);
    await bot.kill();
    await road.refuse();
    const failed = await failedRequests();
    await alertmanager.post(alertOf('BeginsMeanwhile'), { ...ends, endsAt: new Date() });
    await until(async () => (await failedRequests()) >= failed + 2, {
      deadlineMilliseconds: 10_000,
      waitingFor: 'Alertmanager to try both in vain',
    });
    bot = await startBot(monitored);
    await road.resume();
    await monitored.card('BeginsMeanwhile', /⛔ CRITICAL.*1 firing/s);
    expect((await monitored.card('EndsMeanwhile', /✓ RESOLVED/)).ts).toBe(card.ts);
    await quiet(surroundings);
    expect(monitored.messages('BeginsMeanwhile')).toHaveLength(1);
    await alertmanager.post(alertOf('BeginsMeanwhile', {}, { endsAt: new Date() }));
    await monitored.card('BeginsMeanwhile', /✓ RESOLVED/);
  });

  it('answers 5xx while its database is away, so that Alertmanager tries again, and shows it once', async () => {
    const refused = () => bot.logged.filter((line) => line.includes('"status":503')).length;
    const before = refused();
    await databaseRoad.refuse();
    onTestFinished(() => databaseRoad.resume());
    await alertmanager.post(alertOf('DuringOutage'));
    await until(() => refused() >= before + 2, {
      deadlineMilliseconds: 15_000,
      waitingFor: 'two attempts to be answered 503',
    });
    await databaseRoad.resume();
    const card = await monitored.card('DuringOutage', /⛔ CRITICAL.*1 firing/s);
    await quiet(surroundings);
    expect(monitored.messages('DuringOutage')).toEqual([card]);
    expect(mentionsIn(card, 'U0GRACE')).toBe(1);
  });

  const failedRequests = () =>
    alertmanager.metric('alertmanager_notification_requests_failed_total', { integration: 'webhook' });
});

async function startBot({ surroundings, road }: Monitored) {
  const bot = await startCountersignProcess(surroundings);
  road.leadTo({ host: '127.0.0.1', port: Number(new URL(bot.url).port) });
  return bot;
}
