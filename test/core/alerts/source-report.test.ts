import { describe, expect, it } from 'vitest';
import { listGroups, sourceReport } from '../../../src/postgres/alerts/reports.ts';
import { countSourceEvents } from '../../../src/postgres/alerts/sources.ts';
import { testDatabase } from '../../support/database.ts';
import { type AlertWorld, alertWorld } from './alert-world.ts';

const database = await testDatabase();
const report = (world: AlertWorld, source = 'alertmanager') =>
  sourceReport(database.pool, world.workspaceId, source);

describe('what is known of a source', () => {
  it('is nothing before it speaks', async () => {
    expect(await report(alertWorld(database.pool))).toEqual({
      lastSeenAt: undefined,
      isSilent: false,
      clockSkewSeconds: undefined,
      deliveriesLastHour: 0,
      deliveriesLastMinute: 0,
      waiting: 0,
      lastProblem: undefined,
      firingGroups: 0,
      events: [],
    });
  });

  it('is when it spoke, how often, what waits, and how far its clock is ahead', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}, { groupKey: 'search' }], sentMinutes: 2 });
    await world.pass(5);
    await world.hear({ signals: [{ status: 'resolved' }] });
    await world.deliver({}, {});
    const { lastSeenAt, clockSkewSeconds, ...known } = await report(world);
    expect(known).toMatchObject({
      deliveriesLastHour: 4,
      deliveriesLastMinute: 3,
      waiting: 2,
      firingGroups: 1,
    });
    expect(Math.abs(Date.now() - lastSeenAt!.getTime())).toBeLessThan(20_000);
    expect(clockSkewSeconds).toBeGreaterThan(100);
    expect(clockSkewSeconds).toBeLessThanOrEqual(120);
    await world.pass(61);
    expect(await report(world)).toMatchObject({ deliveriesLastHour: 0 });
    expect((await report(world, 'kuma')).deliveriesLastHour).toBe(0);
  });

  it('is its last problem until it is understood again', async () => {
    const world = alertWorld(database.pool);
    await world.hear({}, { isBroken: true });
    expect((await report(world)).lastProblem).toMatchObject({
      reason: 'the body is not what the source documents',
    });
    await world.hear({});
    expect((await report(world)).lastProblem).toBeUndefined();
  });

  it('adds up what happened in a day, the most first', async () => {
    const world = alertWorld(database.pool);
    const event = { source: 'alertmanager', outcome: 'refused', event: '401', count: 2 } as const;
    const once = (...events: Parameters<typeof countSourceEvents>[2]) =>
      countSourceEvents(database.pool, world.workspaceId, events);
    await once(event, { ...event, detail: 'no signature' });
    await Promise.all([once(event), once({ ...event, event: '413', count: 1 }, event)]);
    await once({ ...event, source: 'kuma' });
    expect((await report(world)).events).toMatchObject([
      { outcome: 'refused', event: '401', count: 8, detail: 'no signature' },
      { outcome: 'refused', event: '413', count: 1, detail: undefined },
    ]);
    await world.rows(
      `UPDATE countersign.alert_source_events SET hour = hour - interval '25 hours' WHERE workspace_id = $1`,
    );
    expect((await report(world)).events).toEqual([]);
  });
});

describe('the list of groups', () => {
  it('has what fires, the worst first, and counts what is hidden', async () => {
    const world = alertWorld(database.pool);
    await world.silence({ match: { title: ['hidden*'] } });
    await world.hear({
      signals: [
        { groupKey: 'a', service: 'pay_ments' },
        { groupKey: 'b', severity: 'critical', service: 'payXments' },
        { groupKey: 'c', title: 'hidden' },
        { groupKey: 'd' },
      ],
    });
    await world.hear({ signals: [{ groupKey: 'd', status: 'resolved' }] });
    const list = async (filter: object) => {
      const { items, ...counts } = await listGroups(database.pool, world.workspaceId, {
        limit: 10,
        ...filter,
      });
      return { keys: items.map(({ key }) => key), ...counts };
    };
    expect(await list({})).toEqual({ keys: ['b', 'a'], total: 2, firing: 2, hidden: 1 });
    expect(await list({ state: 'all' })).toEqual({ keys: ['b', 'a', 'd'], total: 3, firing: 2, hidden: 1 });
    expect(await list({ limit: 1 })).toMatchObject({ keys: ['b'], total: 2 });
    expect(await list({ service: 'PAY_*' })).toMatchObject({ keys: ['a'] });
    expect(await list({ source: 'kuma' })).toEqual({ keys: [], total: 0, firing: 0, hidden: 0 });
  });
});
