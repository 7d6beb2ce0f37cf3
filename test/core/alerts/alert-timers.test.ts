import { describe, expect, it } from 'vitest';
import { groupTimer } from '../../../src/core/alerts/timers.ts';
import { testDatabase } from '../../support/database.ts';
import { alertWorld } from './alert-world.ts';
import { secondLevel } from './alert-world-settings.ts';

const database = await testDatabase();
const critical = { severity: 'critical' } as const;
const resolved = { status: 'resolved' } as const;

describe('a source that never says that it is over', () => {
  const quiet = { quietMinutes: 60 };

  it('is over once it has been quiet for so long', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [quiet, { ...quiet, fingerprint: 'two' }] });
    await world.pass(59);
    expect(await world.work()).toEqual([]);
    await world.pass(2);
    await world.work();
    const { id, ...group } = await world.group();
    expect(group).toMatchObject({ state: 'resolved', resolvedBy: 'quiet', firing: 0, resolved: 2 });
    expect((await world.members(id)).map(({ state }) => state)).toEqual(['resolved', 'resolved']);
    expect((await world.card(id))?.wanted).toBe(2);
  });

  it('goes on for as long as it speaks', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [quiet] });
    await world.pass(40);
    await world.hear({ signals: [quiet] });
    await world.pass(40);
    expect(await world.work()).toEqual(['quiet']);
    expect((await world.group()).state).toBe('firing');
    await world.pass(21);
    await world.work();
    expect((await world.group()).state).toBe('resolved');
  });

  it('is watched also where its first word did not say that it never ends', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] }, { signals: [quiet] });
    await world.pass(61);
    await world.work();
    expect((await world.group()).state).toBe('resolved');
  });

  it('tells PagerDuty that it is over, and comes back as news', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{ ...quiet, ...critical }] });
    await world.pass(61);
    await world.work();
    const { id } = await world.group();
    expect(await world.pages(id)).toEqual(['trigger', 'trigger', 'resolve']);
    await world.hear({ signals: [quiet] });
    expect((await world.replies(id)).map(({ reply }) => reply.kind)).toEqual(['escalated', 'reopened']);
  });
});

describe('level 2', () => {
  it('is called after five minutes without an acknowledgement, once', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    await world.pass(4.9);
    expect(await world.work()).toEqual(['page']);
    await world.pass(0.2);
    await world.work(1);
    await world.pass(60);
    await world.work();
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'escalated', because: 'unacknowledged' }, mentions: [{ user: secondLevel }] },
    ]);
    expect(await world.said(id, 'alert.escalated')).toEqual([
      {
        group: id,
        source: 'alertmanager',
        because: 'unacknowledged',
        called: [secondLevel],
        pagerduty: true,
      },
    ]);
    expect(await world.group()).toMatchObject({ escalatedBecause: 'unacknowledged' });
  });

  it('is called after thirty minutes though somebody has it', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    await world.act(id, { action: 'acknowledge' });
    await world.pass(29);
    await world.work();
    expect(await world.said(id, 'alert.escalated')).toEqual([]);
    await world.pass(2);
    await world.work();
    expect((await world.said(id, 'alert.escalated')).map(({ because }) => because)).toEqual(['unresolved']);
  });

  it('waits for its time also where it is asked early, by any process', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    for (const context of world.contexts) await groupTimer('level2_unacknowledged', id, context);
    expect(await world.said(id, 'alert.escalated')).toEqual([]);
    await world.pass(6);
    await Promise.all(world.contexts.map((context) => groupTimer('level2_unacknowledged', id, context)));
    expect(await world.said(id, 'alert.escalated')).toHaveLength(1);
    await groupTimer('level2_unresolved', 'g-unknown', world.context);
  });

  it.each(['resolved', 'less bad', 'silenced', 'acknowledged', 'called by hand'])(
    'is not called when it is %s meanwhile',
    async (what) => {
      const world = alertWorld(database.pool);
      await world.hear({ signals: [critical] });
      const { id } = await world.group();
      if (what === 'resolved') await world.hear({ signals: [resolved] });
      if (what === 'less bad') await world.hear({ signals: [{}] });
      if (what === 'silenced') await world.silence();
      if (what === 'acknowledged') await world.act(id, { action: 'acknowledge' });
      if (what === 'called by hand') await world.act(id, { action: 'escalate' });
      await world.pass(6);
      await world.work();
      expect(await world.said(id, 'alert.escalated')).toHaveLength(what === 'called by hand' ? 1 : 0);
    },
  );

  it('is called again in the next episode', async () => {
    const world = alertWorld(database.pool);
    for (let episode = 0; episode < 2; episode += 1) {
      await world.hear({ signals: [critical] });
      await world.pass(6);
      await world.work();
      await world.hear({ signals: [resolved] });
      await world.pass(20);
    }
    expect(await world.said((await world.group()).id, 'alert.escalated')).toHaveLength(2);
  });

  it('is called for what becomes critical again after its time, unless somebody has it', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] }, { signals: [{}] });
    const { id } = await world.group();
    await world.pass(6);
    await world.work();
    await world.hear({ signals: [critical] });
    await world.work();
    expect(await world.said(id, 'alert.escalated')).toHaveLength(1);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });

  it('counts again once a silence is over', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    await world.silence({ minutes: 60 });
    await world.pass(61);
    await world.work();
    expect(await world.said(id, 'alert.escalated')).toEqual([]);
    await world.pass(5);
    await world.work();
    expect(await world.said(id, 'alert.escalated')).toHaveLength(1);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });

  it('is called by whoever finds the timer, though its setter is gone', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    await world.pass(6);
    await world.work(1);
    expect(await world.said((await world.group()).id, 'alert.escalated')).toHaveLength(1);
  });
});

it('looks again also at what came, went and came in the first delivery of its group', async () => {
  const world = alertWorld(database.pool);
  const [first, second] = [{ startMinutes: -5 }, { startMinutes: -2 }];
  await world.hear({ signals: [first, { ...second, ...resolved }, second] });
  await world.pass(11);
  await world.work();
  expect(await world.group()).toMatchObject({ state: 'firing', firing: 1, hasCard: true });
});
