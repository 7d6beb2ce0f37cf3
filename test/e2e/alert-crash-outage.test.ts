import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { ownRedis } from '../support/redis.ts';
import { cardText } from '../support/slack.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import {
  type Answers,
  alertOf,
  checkPost,
  firstCalled,
  nothingOwed,
  notificationOf,
  secondCalled,
  sendUntilTaken,
  startAlertScene,
} from './alert-crash-scene.ts';
import { alertWitness } from './alert-witness.ts';
import { verifyLedger } from './killed-process.ts';

const testMilliseconds = 150_000;
/** The bot waits 8 s for Slack before it calls an answer lost, and then looks for what it may have posted. */
const settleMilliseconds = 90_000;

describe('a storm of alerts while something is away', async () => {
  let database!: TcpProxy;
  let redis = await ownRedis();
  const redisPort = Number(new URL(redis.url).port);
  const scene = await startAlertScene({
    redisUrl: redis.url,
    databaseUrl: async (url) => {
      database = await TcpProxy.to(url);
      return database.through(url);
    },
  });
  endProcessesAfterwards();
  const { surroundings } = scene;
  const { workspace } = surroundings;
  afterAll(async () => {
    await redis.stop();
    await database.stop();
  });
  const bot = await startCountersignProcess(surroundings);
  const witness = alertWitness(scene);

  const names = (of: string) =>
    Array.from({ length: 20 }, (_, index) => `${of}${String(index).padStart(2, '0')}`);
  const fire = (name: string) =>
    sendUntilTaken(() => bot.url, notificationOf(alertOf(name, 'critical', { startsAt: new Date() })));
  const check = (name: string) =>
    sendUntilTaken(
      () => bot.url,
      checkPost({ id: name, check: name, place: 'a', state: 'down', severity: 'critical', order: 1 }),
    );
  const expectEachOnce = async (all: readonly string[]) => {
    await nothingOwed(surroundings, settleMilliseconds);
    for (const name of all) {
      expect(witness.cards(name).map(cardText)).toEqual([
        expect.stringMatching(/⛔ CRITICAL[\s\S]*1 firing/),
      ]);
      expect([witness.calls(name, firstCalled), witness.calls(name, secondCalled)]).toEqual([1, 0]);
      expect(witness.incidents(name)).toMatchObject([{ status: 'triggered' }]);
    }
    const { code, text } = await verifyLedger(surroundings.database.appUrl);
    expect(code, text).toBe(0);
  };

  it.each(['refuse', 'blackhole'] as const)(
    'answers 503 while the database is away, and what is sent again is neither lost nor doubled (%s)',
    async (weather) => {
      const all = names(`Database${weather}`);
      const before = all.slice(0, 10);
      const sent: Promise<Answers>[] = before.map(fire);
      await until(() => witness.cards(`Database${weather}`).length > 0);
      await database[weather]();
      onTestFinished(() => database.resume());
      const during = all.slice(10);
      const probe = await fetch(`${bot.url}/hooks/prometheus`, {
        method: 'POST',
        ...postOf(`Database${weather}10`),
      });
      expect(probe.status).toBe(503);
      expect(probe.headers.get('retry-after')).toMatch(/^\d+$/);
      const told = refusals();
      const meanwhile = during.map((name, index) => (index % 2 === 0 ? fire(name) : check(name)));
      await until(() => refusals() >= told + during.length, {
        deadlineMilliseconds: 30_000,
        waitingFor: 'everybody to be told no',
      });
      await database.resume();
      const answers = (await Promise.all([...sent, ...meanwhile])).flat();
      expect(new Set(answers)).toEqual(new Set([202, 503]));
      await expectEachOnce(all);
    },
    testMilliseconds,
  );

  it(
    'shows everything once Slack is back',
    async () => {
      const all = names('SlackAway');
      workspace.goDown();
      onTestFinished(() => workspace.comeBack());
      expect((await Promise.all(all.map(fire))).flat()).toEqual(all.map(() => 202));
      await until(() => all.every((name) => witness.incidents(name).length === 1), {
        deadlineMilliseconds: settleMilliseconds,
        waitingFor: 'PagerDuty to be told without Slack',
      });
      expect(witness.cards('SlackAway')).toEqual([]);
      workspace.comeBack();
      await expectEachOnce(all);
    },
    testMilliseconds,
  );

  it(
    'leaves no twins when Slack answers 429 and 500 and loses answers',
    async () => {
      const all = names('SlackLoses');
      const { faults } = workspace;
      onTestFinished(() => faults.clear());
      faults.next('chat.postMessage', 'timeout_after_effect', 3);
      faults.next('chat.postMessage', 'ratelimited', 2);
      faults.next('chat.postMessage', 'http_500', 2);
      faults.next('chat.postMessage', 'timeout_before_effect', 2);
      faults.next('chat.update', 'timeout_after_effect', 1);
      await Promise.all(all.map(fire));
      await expectEachOnce(all);
    },
    testMilliseconds,
  );

  it(
    'goes on in memory while Redis is away',
    async () => {
      const all = names('RedisAway');
      const before = all.slice(0, 10).map(fire);
      await redis.stop();
      const during = all.slice(10).map(fire);
      expect((await Promise.all([...before, ...during])).flat()).toEqual(all.map(() => 202));
      await expectEachOnce(all);
      redis = await ownRedis({ port: redisPort });
      await fire('RedisBack');
      await expectEachOnce(['RedisBack']);
    },
    testMilliseconds,
  );

  function postOf(name: string) {
    const { headers, body } = notificationOf(alertOf(name, 'critical', { startsAt: new Date() }));
    return { headers, body: new Uint8Array(body) };
  }

  /** What was answered 503 so far, as the bot logs it. */
  function refusals(): number {
    return bot.logged.filter((line) => line.includes('"status":503')).length;
  }
});
