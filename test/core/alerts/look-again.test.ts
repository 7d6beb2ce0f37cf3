import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { alertWorld } from './alert-world.ts';

const database = await testDatabase();
const fires = { severity: 'critical', startMinutes: -30 } as const;
const ends = { ...fires, status: 'resolved' } as const;

/** A critical that is over, and said to fire once more under the start it had. */
async function firedAgain() {
  const world = alertWorld(database.pool);
  await world.hear({ signals: [fires] });
  await world.pass(1);
  await world.hear({ signals: [ends] });
  await world.pass(1);
  await world.hear({ signals: [fires] });
  expect((await world.group()).state).toBe('resolved');
  return world;
}

describe('what fires again under the start it had before it was over', () => {
  it('fires after ten minutes, and calls people, though its source says nothing more', async () => {
    const world = await firedAgain();
    await world.pass(8.9);
    expect(await world.work()).not.toContain('look_again');
    await world.pass(0.2);
    expect(await world.work()).toContain('look_again');
    const group = await world.group();
    expect(group).toMatchObject({ state: 'firing', firing: 1, resolved: 0, reopenedCount: 1 });
    const [reply, ...others] = await world.replies(group.id);
    expect([reply?.reply.kind, reply?.mentions.length, others]).toEqual(['reopened', 1, []]);
  });

  it('was a copy where its end is said once more', async () => {
    const world = await firedAgain();
    await world.hear({ signals: [ends] });
    await world.pass(11);
    expect(await world.work()).toContain('look_again');
    const group = await world.group();
    expect(group).toMatchObject({ state: 'resolved', reopenedCount: 0 });
    expect(await world.replies(group.id)).toEqual([]);
  });

  it('leaves the other alerts of its group as they are', async () => {
    const world = alertWorld(database.pool);
    const other = { ...fires, fingerprint: 'two' };
    await world.hear({ signals: [fires, other] }, { signals: [ends, other] }, { signals: [fires, other] });
    await world.pass(11);
    await world.work();
    const group = await world.group();
    expect(group).toMatchObject({ state: 'firing', firing: 2, resolved: 0 });
    const members = await world.members(group.id);
    expect(members.find(({ fingerprint }) => fingerprint === 'two')?.count).toBe(3);
  });

  it('stays closed where a person closed it, until its source speaks again', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [fires] });
    const { id } = await world.group();
    await world.act(id, { action: 'close' });
    await world.hear({ signals: [fires] });
    await world.pass(11);
    expect(await world.work()).not.toContain('look_again');
    expect((await world.group()).state).toBe('resolved');
    await world.hear({ signals: [fires] });
    expect((await world.group()).state).toBe('firing');
  });
});
