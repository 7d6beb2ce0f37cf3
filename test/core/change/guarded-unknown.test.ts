import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { acme } from '../run-fixture.ts';
import { ada, bob, eve, grace, root } from './guarded-people.ts';
import type { Meeting } from './guarded-target.ts';
import { click } from './guarded-workspace.ts';
import { guardedWorld } from './guarded-world.ts';

const database = await testDatabase();

/** Halting Acme met this; the connection was lost. */
async function lost(meeting: Meeting) {
  const meetings = [meeting];
  const world = await guardedWorld(database.pool, { meet: () => meetings.shift() ?? 'answer' });
  const run = await world.signed('halt', [grace]);
  expect(run.state).toBe('unknown');
  return { ...world, lost: run };
}

describe('an unknown outcome', () => {
  it.each<[Meeting, string]>([
    ['lost_after', 'looks as if it happened'],
    ['lost_before', 'looks as if it did not happen'],
  ])('(%s) shows what the target shows by now, and decides nothing', async (meeting, words) => {
    const world = await lost(meeting);
    expect(await world.decide(ada, 'look_again', world.lost.id)).toBeUndefined();
    const after = await world.run(world.lost.id);
    expect(after.state).toBe('unknown');
    expect(after.report?.headline).toContain(words);
    expect(await world.kinds(world.lost.id)).toContain('run.looked_again');
  });

  it('is settled on record as having happened', async () => {
    const world = await lost('lost_after');
    expect(await world.decide(bob, 'happened', world.lost.id)).toBeUndefined();
    expect(await world.run(world.lost.id)).toMatchObject({ state: 'succeeded', endedBy: bob });
    expect(await world.steps(world.lost.id)).toMatchObject([{ name: 'halt', state: 'succeeded' }]);
    const settled = (await world.ledger()).find(({ kind }) => kind === 'run.settled');
    expect(settled).toMatchObject({ actor: bob, facts: { says: 'happened', state: 'succeeded' } });
    expect(await world.told(world.lost.id)).toContain('settled');
  });

  it('is settled on record as not having happened, and names what was not made', async () => {
    const world = await lost('lost_before');
    expect(await world.decide(ada, 'did_not_happen', world.lost.id)).toBeUndefined();
    expect(await world.run(world.lost.id)).toMatchObject({ state: 'failed', problem: 'Not made: halt.' });
  });

  it('is settled once, and the second person is told', async () => {
    const world = await lost('lost_after');
    const answers = await Promise.all([
      world.decide(ada, 'happened', world.lost.id),
      world.decide(root, 'did_not_happen', world.lost.id),
    ]);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect((await world.kinds(world.lost.id)).filter((kind) => kind === 'run.settled')).toHaveLength(1);
  });

  it('is not settled by a stranger', async () => {
    const world = await lost('lost_after');
    for (const action of ['happened', 'look_again'] as const) {
      expect(await world.decide(eve, action, world.lost.id)).toContain('Only people who may run or sign');
    }
    expect(await world.run(world.lost.id)).toMatchObject({ state: 'unknown' });
  });

  it('keeps the lock until it is settled, and then lets the next one go', async () => {
    const world = await lost('lost_before');
    const next = await world.ask(bob, 'nudge');
    await world.decide(bob, 'confirm_run', next.id);
    await world.work();
    expect(await world.run(next.id)).toMatchObject({ state: 'approved' });
    await world.decide(ada, 'did_not_happen', world.lost.id);
    await world.work();
    expect(await world.run(next.id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toEqual([`/tenants/${acme.id}/nudge`]);
  });

  it('that becomes known as such while somebody asks to look again is looked at', async () => {
    const world = await lost('lost_after');
    const before = await world.run(world.lost.id);
    const { store } = world.process();
    const stale = { ...store, maybeRun: async () => ({ ...before, state: 'executing' as const }) };
    const key = await world.store(click(ada, 'look_again', before), 'p-gone');
    await expect(world.process().handle(key, { store: stale })).rejects.toThrow('only just become unknown');
    await world.process().handle(key);
    expect(await world.kinds(world.lost.id)).toContain('run.looked_again');
  });

  it('of a run that has a known one is nothing to settle', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.signed('halt', [grace]);
    for (const action of ['happened', 'did_not_happen', 'look_again'] as const) {
      expect(await world.decide(ada, action, run.id)).toContain('already succeeded');
    }
  });
});
