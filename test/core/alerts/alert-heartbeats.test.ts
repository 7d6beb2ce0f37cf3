import { describe, expect, it } from 'vitest';
import { tellOfShedding, watchHeartbeats } from '../../../src/core/alerts/heartbeats.ts';
import { testDatabase } from '../../support/database.ts';
import { alertWorld } from './alert-world.ts';
import { sourceSettings } from './alert-world-settings.ts';

const database = await testDatabase();
const watched = (silenceSeverity: 'critical' | 'high' = 'high') =>
  alertWorld(database.pool, {
    settings: {
      sources: {
        alertmanager: sourceSettings({ expectEveryMinutes: 10, silenceSeverity }),
        kuma: sourceSettings(),
      },
    },
  });

describe('a source that should speak', () => {
  it('is an alert itself once it has been silent for too long, and is over when it speaks', async () => {
    const world = watched();
    await world.hear({}, { source: 'kuma' });
    await watchHeartbeats(world.context);
    await world.pass(9);
    await watchHeartbeats(world.context);
    expect(await world.groups()).toEqual([]);
    await world.pass(2);
    await Promise.all(world.contexts.map(watchHeartbeats));
    expect(await world.groups()).toMatchObject([
      {
        source: 'countersign',
        title: 'alertmanager has fallen silent',
        severity: 'high',
        firing: 1,
        hasCard: true,
      },
    ]);
    await world.pass(30);
    await watchHeartbeats(world.context);
    expect(await world.group()).toMatchObject({ state: 'firing' });
    await world.hear({});
    await watchHeartbeats(world.context);
    expect(await world.group()).toMatchObject({ state: 'resolved' });
    await world.pass(15);
    await watchHeartbeats(world.context);
    expect(await world.group()).toMatchObject({ state: 'firing', reopenedCount: 1 });
    expect((await world.replies('g-0001')).map(({ reply }) => reply.kind)).toEqual(['reopened']);
  });

  it('is missed also when it has never spoken', async () => {
    const world = watched('critical');
    await watchHeartbeats(world.context);
    await world.pass(11);
    await watchHeartbeats(world.context);
    expect(await world.group()).toMatchObject({ severity: 'critical', state: 'firing' });
    expect(await world.said('g-0001', 'alert.woke')).toHaveLength(1);
  });

  it('counts as heard while what it sent waits to be processed', async () => {
    const world = watched();
    await watchHeartbeats(world.context);
    await world.pass(11);
    await world.deliver({});
    await watchHeartbeats(world.context);
    expect(await world.groups()).toEqual([]);
  });

  it('is not heard in what says of itself that it is no sign of life', async () => {
    const world = watched();
    await world.hear({});
    await world.pass(11);
    await world.hear({ isAlive: false });
    await watchHeartbeats(world.context);
    expect(await world.groups()).toHaveLength(1);
  });

  it('is not watched where nothing is expected of it', async () => {
    const world = alertWorld(database.pool);
    await world.hear({});
    await world.pass(10_000);
    await watchHeartbeats(world.context);
    expect(await world.groups()).toEqual([]);
  });
});

describe('deliveries that are refused because too many wait', () => {
  it('are an alert until they are taken again', async () => {
    const world = alertWorld(database.pool);
    await tellOfShedding('kuma', true, world.context);
    await tellOfShedding('kuma', true, world.context);
    expect(await world.groups()).toMatchObject([
      { source: 'countersign', title: 'kuma sends more than can be kept', state: 'firing', firing: 1 },
    ]);
    await tellOfShedding('kuma', false, world.context);
    expect(await world.group()).toMatchObject({ state: 'resolved' });
    expect(await world.replies('g-0001')).toEqual([]);
  });
});
