import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { processDeliveries } from '../../../src/core/alerts/process-deliveries.ts';
import { postgresAlertStore } from '../../../src/postgres/alerts/store.ts';
import { openPool } from '../../../src/postgres/pool.ts';
import { testDatabase } from '../../support/database.ts';
import { type AlertWorld, alertWorld } from './alert-world.ts';

const database = await testDatabase();
const critical = { severity: 'critical' } as const;

const counts = async (world: AlertWorld) => {
  const found = await world.rows<{ outcome: string; event: string; count: string; detail: string | null }>(
    `SELECT outcome, event, sum(count) AS count, max(detail) AS detail FROM countersign.alert_source_events
     WHERE workspace_id = $1 GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  return found.map(({ outcome, event, count }) => `${outcome} ${event} ${count}`);
};
const kept = (world: AlertWorld) =>
  world.rows<{
    id: string;
    waits: boolean;
    problem: string | null;
  }>(`SELECT id, processed_at IS NULL AS waits, problem FROM countersign.deliveries
    WHERE workspace_id = $1 ORDER BY id`);

describe('what was stored', () => {
  it('is understood in the order it came, by any process', async () => {
    const world = alertWorld(database.pool);
    await world.deliver({ signals: [{}] }, { signals: [{ status: 'resolved' }] }, { signals: [critical] });
    expect(await world.processAll(1)).toBe(3);
    expect(await world.group()).toMatchObject({ state: 'firing', reopenedCount: 1, severity: 'critical' });
    expect(await world.processAll(0)).toBe(0);
  });

  it('is understood once though two processes reach for it', async () => {
    const world = alertWorld(database.pool);
    for (let count = 0; count < 60; count += 1)
      await world.deliver({ signals: [{ fingerprint: `${count}` }] });
    await Promise.all([world.processAll(0), world.processAll(1), world.processAll(0)]);
    expect(await world.group()).toMatchObject({ firing: 60 });
    expect(await counts(world)).toEqual(['processed firing 60']);
    expect((await world.members('g-0001')).map(({ count }) => count)).toEqual(Array(60).fill(1));
  });

  it('is known again by the source’s own id, and changes nothing', async () => {
    const world = alertWorld(database.pool);
    expect(await world.deliver({ deliveryId: 'd1', signals: [{}] })).toEqual([true]);
    expect(await world.deliver({ deliveryId: 'd1', signals: [critical] }, { deliveryId: 'd2' })).toEqual([
      false,
      true,
    ]);
    await world.processAll();
    expect(await world.deliver({ deliveryId: 'd1', signals: [critical] })).toEqual([false]);
    await world.processAll();
    expect(await world.group()).toMatchObject({ severity: 'warning' });
  });

  it('is kept with its problem where it cannot be read, and holds nothing up', async () => {
    const world = alertWorld(database.pool);
    await world.deliver({ signals: [{}] }, { isBroken: true }, { signals: [{ groupKey: 'search' }] });
    await world.processAll();
    expect((await world.groups()).map(({ key }) => key)).toEqual(['checkout', 'search']);
    expect((await kept(world)).map((row) => ({ ...row, id: 0 }))).toEqual([
      { id: 0, waits: false, problem: null },
      { id: 0, waits: false, problem: 'the body is not what the source documents' },
      { id: 0, waits: false, problem: null },
    ]);
    expect(world.faults).toHaveLength(1);
    expect(await counts(world)).toEqual(['processed firing 2', 'unreadable unreadable 1']);
  });

  it('is counted by what became of it', async () => {
    const world = alertWorld(database.pool);
    await world.hear(
      { event: 'issue.created', isKnown: false },
      { event: 'resolved', signals: [{ status: 'resolved' }] },
      { signals: [{}] },
    );
    expect(await counts(world)).toEqual([
      'processed firing 1',
      'processed resolved 1',
      'unheard_of resolve 1',
      'unknown issue.created 1',
    ]);
  });
});

describe('an end that comes before its beginning', () => {
  it.each([{ startMinutes: -5 }, { order: 7 }])(
    'leaves nothing that fires and no card (%j)',
    async (place) => {
      const world = alertWorld(database.pool);
      await world.hear(
        { signals: [{ ...place, ...critical, status: 'resolved' }] },
        { signals: [{ ...place, ...critical }] },
        { signals: [{ ...place, ...critical }] },
      );
      expect(await world.group()).toMatchObject({
        state: 'resolved',
        firing: 0,
        resolved: 0,
        hasCard: false,
      });
      expect(await world.messages()).toEqual([]);
      expect(await world.ledger()).toEqual([]);
    },
  );

  it('leaves nothing also where both come in one delivery, or in one batch', async () => {
    const world = alertWorld(database.pool);
    const two = [{ startMinutes: -5, status: 'resolved' }, { startMinutes: -5 }] as const;
    await world.hear({ signals: two });
    await world.deliver(...two.map((one) => ({ signals: [{ ...one, groupKey: 'search' }] })));
    await world.processAll();
    expect((await world.groups()).map(({ state, hasCard }) => [state, hasCard])).toEqual([
      ['resolved', false],
      ['resolved', false],
    ]);
  });

  it('does not hide the next episode, which is the first', async () => {
    const world = alertWorld(database.pool);
    await world.hear(
      { signals: [{ startMinutes: -5, status: 'resolved' }] },
      { signals: [{ startMinutes: -1, ...critical }] },
    );
    expect(await world.group()).toMatchObject({ state: 'firing', hasCard: true, reopenedCount: 0 });
    expect(await world.replies('g-0001')).toEqual([]);
  });
});

describe('what only its rate says anything of', () => {
  const threshold = { count: 3, withinMinutes: 5 };

  it('fires with the third within five minutes, and not for three that are further apart', async () => {
    const world = alertWorld(database.pool);
    for (let count = 0; count < 4; count += 1) {
      await world.hear({ signals: [{ threshold }] });
      await world.pass(3);
    }
    expect(await world.groups()).toEqual([]);
    await world.hear({ signals: [{ threshold }] }, { signals: [{ threshold, fingerprint: 'two' }] });
    expect(await world.groups()).toEqual([]);
    await world.hear({ signals: [{ threshold }] });
    expect(await world.group()).toMatchObject({ state: 'firing', firing: 1 });
  });
});

describe('what happened at the source', () => {
  it('is noted on the card of a group that is there, and opens none', async () => {
    const world = alertWorld(database.pool);
    const noted = { status: 'noted', note: 'Acknowledged by Ada at PagerDuty' } as const;
    await world.hear({ signals: [noted] });
    expect(await world.groups()).toEqual([]);
    await world.hear({ signals: [{}] }, { signals: [noted] });
    expect(await world.group()).toMatchObject({ note: noted.note, firing: 1, state: 'firing' });
    expect((await world.card('g-0001'))?.wanted).toBe(2);
    expect(await world.replies('g-0001')).toEqual([]);
  });
});

describe('what fails on the way', () => {
  const doomed = openPool(database.appUrl, { name: 'doomed' }, pino({ level: 'silent' }));
  afterAll(() => doomed.end());
  const everything = async (world: AlertWorld) => ({
    kept: await kept(world),
    groups: await world.groups(),
    messages: await world.messages(),
    ledger: await world.ledger(),
    counts: await counts(world),
    jobs: await world.rows(`SELECT id FROM graphile_worker._private_jobs WHERE payload->>'workspaceId' = $1`),
    pages: await world.rows('SELECT * FROM countersign.pages WHERE workspace_id = $1'),
  });

  it('leaves everything as it was when the database goes away before the commit', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    await world.deliver({ signals: [critical] });
    const before = await everything(world);
    const store = postgresAlertStore({
      pool: doomed,
      workspaceId: world.workspaceId,
      processId: 'p2',
      now: () => new Date(),
      onWanted: () => {
        throw new Error('nothing was committed');
      },
    });
    const dying = world.contextOf({
      ...store,
      transaction: (decide) =>
        store.transaction(async (transaction) => {
          const result = await decide(transaction);
          await database.pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'doomed' AND datname = current_database()`,
          );
          return result;
        }),
    });
    await expect(processDeliveries(dying)).rejects.toThrow();
    expect(await everything(world)).toEqual(before);
    expect(await world.processAll(1)).toBe(1);
    expect(await world.said('g-0001', 'alert.woke')).toHaveLength(1);
  });

  it('holds up nothing else when it cannot be written', async () => {
    const world = alertWorld(database.pool);
    await world.deliver(
      { signals: [critical] },
      { signals: [{ groupKey: 'bad', fingerprint: 'not text: \u0000' }] },
      { signals: [{}] },
    );
    await world.processAll();
    expect((await kept(world)).map(({ problem }) => problem === null)).toEqual([true, false, true]);
    expect(await world.groups()).toMatchObject([{ key: 'checkout', severity: 'warning' }]);
    expect(await world.said((await world.group()).id, 'alert.woke')).toHaveLength(1);
    expect(await counts(world)).toEqual(['processed firing 2', 'unreadable unreadable 1']);
  });
});
