import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { ownRedis } from '../support/redis.ts';
import { cardText } from '../support/slack.ts';
import {
  alertOf,
  checkPost,
  firstCalled,
  nothingOwed,
  notificationOf,
  type Post,
  secondCalled,
  sendUntilTaken,
  startAlertScene,
} from './alert-crash-scene.ts';
import { alertWitness } from './alert-witness.ts';
import { verifyLedger } from './killed-process.ts';

const testMilliseconds = 120_000;

describe('two replicas that hear of the same storm', async () => {
  const redis = await ownRedis();
  const scene = await startAlertScene({ mode: 'socket', redisUrl: redis.url });
  const { surroundings } = scene;
  endProcessesAfterwards();
  const replicas = [
    await startCountersignProcess(surroundings),
    await startCountersignProcess(surroundings),
  ] as const;
  const witness = alertWitness(scene);
  const superuser = new pg.Client({ connectionString: surroundings.database.superuserUrl });
  await superuser.connect();
  // Slow enough that the two are always in the middle at once.
  await superuser.query(`
    CREATE FUNCTION public.slow_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
    CREATE TRIGGER slow_disk BEFORE INSERT ON countersign.deliveries
    FOR EACH ROW EXECUTE FUNCTION public.slow_disk();
    CREATE TRIGGER slow_disk BEFORE INSERT OR UPDATE ON countersign.alert_groups
    FOR EACH ROW EXECUTE FUNCTION public.slow_disk()`);
  afterAll(async () => {
    await superuser.end();
    await redis.stop();
  });
  const logged = (what: string) =>
    replicas.flatMap((one) => one.logged.filter((line) => line.includes(what)));

  /** The same every time, and like no order anybody chose. */
  const shuffled = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item, index) => ({ item, at: createHash('sha256').update(String(index)).digest('hex') }))
      .sort((one, other) => (one.at < other.at ? -1 : 1))
      .map(({ item }) => item);
  /** Every third is sent to both, the others to one of them. */
  const spread = (posts: readonly Post[]) =>
    Promise.all(
      posts.flatMap((post, index) => {
        const to = index % 3 === 0 ? replicas : [replicas[index % 2]!];
        return to.map(({ url }) => sendUntilTaken(() => url, post));
      }),
    );
  const names = (of: string) =>
    Array.from({ length: 20 }, (_, index) => `${of}${String(index).padStart(2, '0')}`);
  const expectOneCard = (name: string, ...matching: RegExp[]) => {
    expect(witness.cards(name)).toHaveLength(1);
    for (const one of matching) expect(cardText(witness.cards(name)[0]!)).toMatch(one);
    expect([witness.calls(name, firstCalled), witness.calls(name, secondCalled)]).toEqual([1, 0]);
    expect(witness.incidents(name)).toMatchObject([{ triggers: 1 }]);
  };

  it(
    'without ids, as two Alertmanagers tell it, end with one card and one call for each group',
    async () => {
      const groups = names('Peer').map((name) => {
        const startsAt = new Date();
        const alert = (severity: string, endsAt?: Date) =>
          alertOf(name, severity, { startsAt, ...(endsAt && { endsAt }) });
        const both = (endsAt?: Date) => notificationOf(alert('critical', endsAt), alert('warning', endsAt));
        return { name, first: notificationOf(alert('warning')), both };
      });
      await spread(shuffled(groups.flatMap(({ first, both }) => [first, both(), both()])));
      await nothingOwed(surroundings);
      for (const { name } of groups) expectOneCard(name, /⛔ CRITICAL/, /2 firing/);

      const over = groups.slice(0, 10);
      const endsAt = new Date();
      // What one of the two still had on its way says that it fires, after the other has said that it does not.
      await spread(shuffled(over.flatMap(({ both }) => [both(endsAt), both(endsAt)])));
      await spread(shuffled(over.flatMap(({ first, both }) => [first, both()])));
      await nothingOwed(surroundings);
      for (const { name } of over) {
        expectOneCard(name, /✓ RESOLVED/, /2 resolved/);
        expect(witness.paged(name)).toEqual(['trigger', 'resolve']);
      }
      for (const { name } of groups.slice(10)) {
        expectOneCard(name, /⛔ CRITICAL/, /2 firing/);
        expect(witness.paged(name)).toEqual(['trigger']);
      }
    },
    testMilliseconds,
  );

  it(
    'with ids, the same one twice and in any order, end with one card and one call for each group',
    async () => {
      const checks = names('Check');
      await spread(
        shuffled(
          checks.flatMap((check) => [
            checkPost({ id: `${check}-1`, check, place: 'a', state: 'down', severity: 'warning', order: 1 }),
            checkPost({ id: `${check}-2`, check, place: 'b', state: 'down', severity: 'critical', order: 1 }),
            checkPost({ id: `${check}-3`, check, place: 'a', state: 'up', severity: 'warning', order: 2 }),
          ]),
        ),
      );
      await nothingOwed(surroundings);
      // Of the warning they may have heard the end alone.
      for (const check of checks) expectOneCard(check, /⛔ CRITICAL/, /1 firing(, 1 resolved)? · /);
    },
    testMilliseconds,
  );

  it(
    'with the same ids in opposite orders at once do not wait for each other in a ring',
    async () => {
      const checks = Array.from({ length: 60 }, (_, index) =>
        checkPost({
          id: `ring-${index}`,
          check: 'Ring',
          place: `place ${index}`,
          state: 'down',
          severity: 'warning',
          order: 1,
        }),
      );
      const [one, other] = replicas;
      const answers = await Promise.all([
        ...checks.map((post) => sendUntilTaken(() => one.url, post)),
        ...checks.toReversed().map((post) => sendUntilTaken(() => other.url, post)),
      ]);
      await nothingOwed(surroundings);
      expect(cardText(witness.cards('Ring')[0]!)).toMatch(/60 firing/);
      expect(witness.cards('Ring')).toHaveLength(1);
      // PostgreSQL takes a second to notice such a ring, which is longer than a sender waits for its 202.
      expect(new Set(answers.flat())).toEqual(new Set([202]));
    },
    testMilliseconds,
  );

  it('leave a ledger that verifies, and no decision that broke', async () => {
    const { code, text } = await verifyLedger(surroundings.database.appUrl);
    expect(code, text).toBe(0);
    expect(logged('alerts were not processed')).toEqual([]);
    expect(logged('something broke')).toEqual([]);
  });
});
