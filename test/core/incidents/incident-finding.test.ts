import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { ada, incidentWorld } from './incident-world.ts';

const database = await testDatabase();

describe('the incident a command is about', () => {
  it('is the named one, else the one of its thread, else the only open one', async () => {
    const world = incidentWorld(database.pool);
    const [one, other] = [await world.declare(), await world.declare()];
    const inThread = world.as(ada, 0, { incidentId: other });
    expect(await inThread.find(one)).toMatchObject({ id: one });
    expect(await inThread.find()).toMatchObject({ id: other });
    await world.as(ada).resolve(one, { fix: 'restarted it' });
    expect(await world.as(ada).find()).toMatchObject({ id: other });
    // Of a thread it is that thread's, open or not.
    expect(await world.as(ada, 0, { incidentId: one }).find()).toMatchObject({ id: one, status: 'resolved' });
  });

  it('is asked for by naming those that are open', async () => {
    const world = incidentWorld(database.pool);
    await expect(world.as(ada).find()).rejects.toMatchObject({
      code: 'which_incident',
      message: expect.stringContaining('No incident is open.'),
    });
    await expect(world.as(ada).find('i-none')).rejects.toMatchObject({ code: 'no_such_incident' });
    const one = await world.declare({ title: 'Emails delayed' });
    const other = await world.declare({ title: 'Checkout slow' });
    const closed = await world.declare({ title: 'Long over' });
    await world.as(ada).resolve(closed, { fix: 'restarted it' });
    await expect(world.as(ada).find()).rejects.toMatchObject({
      code: 'which_incident',
      message: `Several incidents are open: ${other} (Checkout slow), ${one} (Emails delayed). Name one, or ask in its thread.`,
    });
  });
});

describe('the list of incidents', () => {
  it('is the newest first, open ones unless all are asked for, counted beyond the page', async () => {
    const world = incidentWorld(database.pool);
    const ids = [await world.declare(), await world.declare(), await world.declare()].reverse();
    await world.as(ada).resolve(ids[1]!, { fix: 'restarted it' });
    const listed = async (filter: Parameters<ReturnType<typeof world.as>['list']>[0]) => {
      const { items, total } = await world.as(ada).list(filter);
      return { ids: items.map(({ id }) => id), total };
    };
    expect(await listed({ limit: 10 })).toEqual({ ids: [ids[0], ids[2]], total: 2 });
    expect(await listed({ limit: 10, state: 'all' })).toEqual({ ids, total: 3 });
    expect(await listed({ limit: 1, state: 'all' })).toEqual({ ids: [ids[0]], total: 3 });
    await world.rows(
      `UPDATE countersign.incidents SET declared_at = declared_at - interval '31 days' WHERE workspace_id = $1 AND id = $2`,
      ids[2],
    );
    const since = new Date(Date.now() - 30 * 86_400_000);
    expect(await listed({ limit: 10, state: 'all', since })).toEqual({ ids: [ids[0], ids[1]], total: 2 });
  });

  it('is of this workspace only', async () => {
    const world = incidentWorld(database.pool);
    await world.declare();
    const another = incidentWorld(database.pool);
    expect(await another.as(ada).list({ limit: 10, state: 'all' })).toEqual({ items: [], total: 0 });
  });
});
