import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { acme } from '../run-fixture.ts';
import { ada, ada2, bob, eve, grace, lin, root } from './guarded-people.ts';
import type { Meeting } from './guarded-target.ts';
import { wordsOf } from './guarded-workspace.ts';
import { guardedWorld } from './guarded-world.ts';

const database = await testDatabase();

describe('a lockdown', () => {
  it('cancels what waits for people, for a confirmation and for its turn', async () => {
    const world = await guardedWorld(database.pool);
    const waiting = await world.ask(ada, 'halt');
    const planned = await world.ask(ada, 'nudge');
    const approved = await world.ask(ada, 'nudge', { input: { tenant: 'globex' } });
    await world.decide(ada, 'confirm_run', approved.id);
    expect(await world.lockDown(lin, 'break-in')).toMatchObject({ isDone: true, stopped: 3 });
    for (const { id } of [waiting, planned, approved]) {
      expect(await world.run(id)).toMatchObject({ state: 'cancelled', endedBy: lin });
      expect((await world.kinds(id)).at(-1)).toBe('run.cancelled');
      expect(await world.told(id)).toEqual(['cancelled']);
    }
    await world.work();
    expect(world.effects()).toEqual([]);
    const begun = (await world.ledger()).find(({ kind }) => kind === 'lockdown.begun');
    expect(JSON.stringify(begun)).not.toContain('break-in');
  });

  it('stops what runs before its next step, and says what was done', async () => {
    const waiting: ((meeting: Meeting) => void)[] = [];
    const world = await guardedWorld(database.pool, {
      meet: () => new Promise((meet) => waiting.push(meet)),
    });
    world.target.failed.set(acme.id, ['e-1', 'e-2', 'e-3']);
    const run = await world.ask(ada, 'resend');
    await world.decide(ada, 'confirm_run', run.id);
    const working = world.work();
    await until(() => waiting.length === 1);
    await world.lockDown(root);
    waiting[0]!('answer');
    await working;
    const after = await world.run(run.id);
    expect(after).toMatchObject({ state: 'cancelled', endedBy: root });
    expect(after.problem).toContain('Stopped by a lockdown between steps. Already done: resend:e-1.');
    expect(world.effects()).toEqual(['/emails/e-1/resend']);
  });

  it('refuses every new change, and every signature and confirmation', async () => {
    const world = await guardedWorld(database.pool);
    await world.lockDown(lin, 'break-in');
    const run = await world.ask(ada, 'halt');
    expect(run).toMatchObject({ state: 'refused' });
    expect(run.problem).toContain('locked down (break-in)');
  });

  it('is begun by any approver or admin, by nobody else, and once', async () => {
    const world = await guardedWorld(database.pool);
    for (const who of [ada, eve]) {
      const { isDone, answer } = await world.lockDown(who);
      expect(isDone).toBe(false);
      expect(wordsOf(answer)).toContain('You may not lock down');
    }
    expect(await world.lockDown(grace)).toMatchObject({ isDone: true });
    expect(wordsOf((await world.lockDown(root)).answer)).toContain('locked down already');
    expect((await world.ledger()).filter(({ kind }) => kind === 'lockdown.begun')).toHaveLength(1);
  });

  it('is lifted by two people, of whom one may have begun it', async () => {
    const world = await guardedWorld(database.pool);
    await world.lockDown(lin);
    expect(await world.lift(lin)).toMatchObject({ stillNeeded: 1, isCounted: true });
    expect(await world.lift(lin)).toMatchObject({ stillNeeded: 1, isCounted: false });
    expect(await world.lift(eve)).toMatchObject({ isCounted: false });
    expect(await world.lift(grace)).toMatchObject({ stillNeeded: 0, isCounted: true });
    expect(await world.lift(root)).toMatchObject({ isCounted: false });
    expect(
      (await world.ledger()).map(({ kind }) => kind).filter((kind) => kind.startsWith('lockdown')),
    ).toEqual(['lockdown.begun', 'lockdown.lift_signed', 'lockdown.lifted']);
    expect(await world.ask(ada, 'halt')).toMatchObject({ state: 'awaiting_approval' });
  });

  it('is not lifted by two accounts of one person', async () => {
    const world = await guardedWorld(database.pool);
    const { roles } = world.settings();
    await world.decree({
      ...world.settings(),
      roles: { ...roles, admin: { users: [root, ada], usergroups: [] } },
    });
    await world.lockDown(lin);
    expect(await world.lift(ada)).toMatchObject({ stillNeeded: 1 });
    expect(await world.lift(ada2)).toMatchObject({ isCounted: false });
    expect(await world.lift(bob)).toMatchObject({ stillNeeded: 0 });
  });

  it('is lifted once when two people agree at the same moment', async () => {
    const world = await guardedWorld(database.pool);
    await world.lockDown(lin);
    await Promise.allSettled([world.lift(grace), world.lift(bob)]);
    if ((await world.process().store.maybeLockdown()) !== undefined) await world.lift(root);
    expect(await world.process().store.maybeLockdown()).toBeUndefined();
    expect((await world.ledger()).filter(({ kind }) => kind === 'lockdown.lifted')).toHaveLength(1);
  });

  it('comes before a run that is just about to begin', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.decide(grace, 'approve', run.id);
    await Promise.all([world.work(), world.lockDown(lin)]);
    const { state } = await world.run(run.id);
    expect(world.effects()).toHaveLength(state === 'succeeded' ? 1 : 0);
    expect(['cancelled', 'refused', 'succeeded']).toContain(state);
  });
});
