import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { acme } from '../run-fixture.ts';
import { ada, bob, grace } from './guarded-people.ts';
import type { Meeting } from './guarded-target.ts';
import { guardedWorld } from './guarded-world.ts';

const database = await testDatabase();

/** A world whose first call waits until the test answers it. */
async function heldWorld() {
  const waiting: ((meeting: Meeting) => void)[] = [];
  let isHeld = true;
  const world = await guardedWorld(database.pool, {
    meet: () => (isHeld ? new Promise((resolve) => waiting.push(resolve)) : 'answer'),
  });
  return {
    ...world,
    /** Begins Ada's request and leaves it in the middle of its call. */
    hold: async (command: string) => {
      const run = await world.ask(ada, command);
      await world.decide(grace, 'approve', run.id);
      const working = world.work();
      await until(() => waiting.length === 1, { waitingFor: 'the call to reach the target' });
      isHeld = false;
      return {
        run,
        answer: async (meeting: Meeting) => {
          for (const meet of waiting.splice(0)) meet(meeting);
          await working;
        },
      };
    },
  };
}

describe('a lock', () => {
  it('keeps the second run waiting, tells its requester who has it, then that it is free, and lets it run', async () => {
    const world = await heldWorld();
    const { run: first, answer } = await world.hold('halt');
    const second = await world.ask(bob, 'nudge');
    await world.decide(bob, 'confirm_run', second.id);
    await world.work();
    expect(await world.run(second.id)).toMatchObject({ state: 'approved' });
    expect(await world.told(second.id)).toEqual(['waiting_for_lock']);
    const [told] = (await world.messages()).filter(
      ({ id }) => id === `run:${second.id}:told:waiting_for_lock`,
    );
    expect(told?.content).toMatchObject({ by: ada });
    await answer('answer');
    expect(await world.run(first.id)).toMatchObject({ state: 'succeeded' });
    await world.work();
    expect(await world.run(second.id)).toMatchObject({ state: 'succeeded' });
    expect((await world.told(second.id)).toSorted()).toEqual(['lock_is_free', 'waiting_for_lock']);
    expect(world.effects()).toEqual([`/tenants/${acme.id}/halt`, `/tenants/${acme.id}/nudge`]);
  });

  it('does not hold up another tenant', async () => {
    const world = await heldWorld();
    const { answer } = await world.hold('halt');
    const other = await world.ask(bob, 'nudge', { input: { tenant: 'globex' } });
    await world.decide(bob, 'confirm_run', other.id);
    await world.work();
    expect(await world.run(other.id)).toMatchObject({ state: 'succeeded' });
    await answer('answer');
  });

  it('refuses the second when the first has changed what it was asked for', async () => {
    const world = await heldWorld();
    const { answer } = await world.hold('halt');
    const second = await world.ask(bob, 'halt', { input: { tenant: 'acme', reason: 'me too' } });
    await world.decide(grace, 'approve', second.id);
    await world.work();
    expect(await world.run(second.id)).toMatchObject({ state: 'approved' });
    await answer('answer');
    await world.work();
    const after = await world.run(second.id);
    expect(after.state).toBe('refused');
    expect(after.problem).toContain('before: "active" → "halted"');
    expect(world.effects()).toHaveLength(1);
  });

  it('is kept by an unknown outcome until somebody settles it', async () => {
    const world = await heldWorld();
    const { run: first, answer } = await world.hold('halt');
    const second = await world.ask(bob, 'nudge');
    await world.decide(bob, 'confirm_run', second.id);
    await answer('lost_before');
    await world.work();
    expect(await world.run(first.id)).toMatchObject({ state: 'unknown' });
    expect(await world.run(second.id)).toMatchObject({ state: 'approved' });
    expect(await world.decide(ada, 'did_not_happen', first.id)).toBeUndefined();
    await world.work();
    expect(await world.run(first.id)).toMatchObject({ state: 'failed', endedBy: ada });
    expect(await world.run(second.id)).toMatchObject({ state: 'succeeded' });
  });

  it('lets one of several waiting runs go at a time', async () => {
    const world = await heldWorld();
    const { answer } = await world.hold('halt');
    const others = [];
    for (const reason of ['one', 'two', 'three']) {
      const run = await world.ask(bob, 'nudge', { input: { tenant: 'acme', reason } });
      await world.decide(bob, 'confirm_run', run.id);
      others.push(run.id);
    }
    await world.work();
    await answer('answer');
    for (let jobs = await world.takeJobs(); jobs.length > 0; jobs = await world.takeJobs()) {
      await Promise.all(jobs.map((job) => world.process().work(job)));
    }
    for (const id of others) expect(await world.run(id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toHaveLength(4);
  });

  it('is not waited for past the time a request is open', async () => {
    const world = await heldWorld();
    const { answer } = await world.hold('halt');
    const second = await world.ask(bob, 'nudge');
    await world.decide(bob, 'confirm_run', second.id);
    await world.work();
    await world.outlive(second.id);
    await world.hurry(second.id);
    await world.work();
    expect(await world.run(second.id)).toMatchObject({ state: 'expired' });
    expect(await world.kinds(second.id)).toEqual(['run.requested', 'run.confirmed', 'run.expired']);
    await answer('answer');
    await world.work();
    expect(world.effects()).toEqual([`/tenants/${acme.id}/halt`]);
  });
});
