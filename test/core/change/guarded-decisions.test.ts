import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { person } from '../policy/policy-fixture.ts';
import { acme } from '../run-fixture.ts';
import { ada, bob, eve, grace, lin, root } from './guarded-people.ts';
import { click, wordsOf } from './guarded-workspace.ts';
import { deadHeat, guardedWorld } from './guarded-world.ts';

const database = await testDatabase();
const nudged = `/tenants/${acme.id}/nudge`;

describe('a preview', () => {
  it('runs once the one who asked has confirmed it, and not before', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'nudge');
    expect(run).toMatchObject({ state: 'planned', terms: { approvalsNeeded: 0 } });
    await world.work();
    expect(world.effects()).toEqual([]);
    expect(await world.decide(ada, 'confirm_run', run.id)).toBeUndefined();
    await world.work();
    expect(world.effects()).toEqual([nudged]);
    expect(await world.kinds(run.id)).toEqual([
      'run.requested',
      'run.confirmed',
      'run.started',
      'run.succeeded',
    ]);
  });

  it('is confirmed by nobody else', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'nudge');
    expect(await world.decide(bob, 'confirm_run', run.id)).toContain('Only the one who asked');
    expect(await world.run(run.id)).toMatchObject({ state: 'planned' });
  });

  it('is confirmed once, however often it is clicked', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'nudge');
    const answers = await Promise.all([1, 2].map(() => world.decide(ada, 'confirm_run', run.id)));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    await world.work();
    expect(await world.decide(ada, 'confirm_run', run.id)).toContain('already succeeded');
    expect(world.effects()).toEqual([nudged]);
  });

  it('that nobody confirmed expires without a word to the one who did not', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'nudge');
    await world.outlive(run.id);
    expect(await world.decide(ada, 'confirm_run', run.id)).toContain('expired');
    await world.hurry(run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'expired' });
    expect(await world.kinds(run.id)).toEqual(['run.requested', 'run.expired']);
    expect(await world.told(run.id)).toEqual([]);
  });

  it('comes first in a form, also where signatures come after it', async () => {
    const world = await guardedWorld(database.pool);
    const origin = { channelId: 'C0OPS', viewId: 'V1' };
    const run = await world.ask(ada, 'halt', { via: 'modal', origin });
    expect(run).toMatchObject({ state: 'planned', terms: { approvalsNeeded: 1 } });
    expect((await world.messages()).map(({ id, place }) => [id, place.kind])).toEqual([
      [`run:${run.id}:view`, 'view'],
    ]);
    expect(await world.decide(ada, 'confirm_run', run.id)).toBeUndefined();
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    await world.decide(grace, 'approve', run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('--plan', () => {
  it('shows what would happen and asks nobody', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt', { isPlanOnly: true });
    expect(run).toMatchObject({ state: 'succeeded', isPlanOnly: true, digest: undefined });
    expect(run.report?.headline).toBe(
      'Plan only, nothing asked or changed: Tenant Acme GmbH: active → halted',
    );
    expect(run.report?.lines?.map(wordsOf)).toContainEqual(expect.stringContaining('Calls '));
    expect(await world.kinds(run.id)).toEqual(['run.requested', 'run.succeeded']);
    expect((await world.messages()).map(({ place }) => place.kind)).not.toContain('dm');
    await world.work();
    expect(world.effects()).toEqual([]);
  });
});

describe('an identical request', () => {
  it('is shown the card of the first instead of a second one', async () => {
    const world = await guardedWorld(database.pool);
    const first = await world.ask(ada, 'halt');
    const second = await world.ask(bob, 'halt');
    expect(second.state).toBe('refused');
    expect(second.problem).toContain(first.id);
    expect((await world.messages()).map(({ id }) => id)).toContain(`run:${first.id}:copy:${second.id}`);
    const third = await world.ask(ada, 'halt');
    expect(third.problem).toContain('You have asked for exactly this already');
  });

  it('is one of two when both come at the same moment', async () => {
    const world = await guardedWorld(database.pool);
    const runs = await Promise.all([world.ask(ada, 'halt'), world.ask(bob, 'halt')]);
    const states = await Promise.all(runs.map(async ({ id }) => (await world.run(id)).state));
    expect(states.toSorted()).toEqual(['awaiting_approval', 'refused']);
  });

  it('is asked anew once the first is over', async () => {
    const world = await guardedWorld(database.pool);
    const first = await world.ask(ada, 'halt');
    await world.decide(grace, 'deny', first.id, { reason: 'not today' });
    expect(await world.ask(ada, 'halt')).toMatchObject({ state: 'awaiting_approval' });
  });
});

describe('a no', () => {
  it('ends the request, tells the one who asked, and keeps the reason out of the chain', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(grace, 'deny', run.id, { reason: 'not today' })).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'denied', endedBy: grace, problem: 'not today' });
    expect(await world.told(run.id)).toEqual(['denied']);
    const entry = (await world.ledger()).find(({ kind }) => kind === 'approval.denied');
    expect(JSON.stringify(entry)).not.toContain('not today');
    expect(await world.decide(lin, 'approve', run.id)).toContain(`already denied by ${grace}`);
  });

  it('may come from one who has signed and thought again', async () => {
    const world = await guardedWorld(database.pool);
    const { policy } = world.settings();
    await world.decree({ ...world.settings(), policy: policy.map((one) => ({ ...one, approvals: 2 })) });
    const run = await world.ask(ada, 'halt');
    await world.decide(grace, 'approve', run.id);
    expect(await world.decide(grace, 'deny', run.id)).toBeUndefined();
    expect(await world.run(run.id)).toMatchObject({ state: 'denied' });
  });

  it('and a yes at the same moment: one takes effect, and the other person is told', async () => {
    const heat = deadHeat(2);
    const world = await guardedWorld(database.pool, { through: heat.through });
    const run = await world.ask(ada, 'halt');
    heat.arm();
    const answers = await Promise.all([
      world.decide(grace, 'approve', run.id),
      world.decide(lin, 'deny', run.id),
    ]);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect(answers.find((answer) => answer !== undefined)).toMatch(
      /already (approved by U0GRACE|denied by U0LIN)/,
    );
    await world.work();
    const { state } = await world.run(run.id);
    expect(world.effects()).toHaveLength(state === 'denied' ? 0 : 1);
    expect(['denied', 'succeeded']).toContain(state);
  });
});

describe('cancelling what waits', () => {
  it.each([ada, grace, root])('is up to %s', async (who) => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(who, 'cancel_run', run.id)).toBeUndefined();
    expect(await world.run(run.id)).toMatchObject({ state: 'cancelled', endedBy: who });
    expect(await world.told(run.id)).toEqual(who === ada ? [] : ['cancelled']);
    expect(await world.decide(lin, 'approve', run.id)).toContain(`already cancelled by ${who}`);
    await world.work();
    expect(world.effects()).toEqual([]);
  });

  it('is not up to a stranger', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(eve, 'cancel_run', run.id)).toContain('those who could sign it and admins');
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
  });

  it('stops what is approved and has not begun', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.decide(grace, 'approve', run.id);
    expect(await world.decide(ada, 'cancel_run', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'cancelled' });
    expect(world.effects()).toEqual([]);
  });
});

describe('a click that must not count', () => {
  it('on a card of an older plan is told to look at the newest', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(grace, 'approve', run.id, { digest: '0'.repeat(16) })).toContain('older plan');
    expect(await world.approvals(run.id)).toEqual([]);
  });

  it.each([
    ['a message that only looks like a card', { channelId: 'C0OPS', ts: '1.2' }],
    ['no message at all', undefined],
  ])('on %s is refused and recorded', async (_, shownOn) => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    const { shownOn: real, ...request } = click(grace, 'approve', run);
    expect(real).toBeDefined();
    const key = await world.bring({ ...request, ...(shownOn === undefined ? {} : { shownOn }) });
    expect(await world.answer(key)).toContain('not a card of mine');
    const refused = (await world.ledger()).find(({ kind }) => kind === 'approval.refused');
    expect(refused).toMatchObject({ actor: grace, facts: { reason: 'foreign_card' } });
    expect(await world.approvals(run.id)).toEqual([]);
  });

  it("on another run's card is refused", async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    const other = await world.ask(ada, 'halt', { input: { tenant: 'globex' } });
    const { shownOn } = click(grace, 'approve', other);
    expect(await world.decide(grace, 'approve', run.id, { shownOn: shownOn! })).toContain(
      'not a card of mine',
    );
  });

  it('about a run of another workspace is refused as unknown, and recorded here', async () => {
    const [world, elsewhere] = [await guardedWorld(database.pool), await guardedWorld(database.pool)];
    const run = await elsewhere.ask(ada, 'halt');
    const key = await world.bring(click(grace, 'approve', run));
    expect(await world.answer(key)).toContain('not known here');
    expect((await world.ledger()).map(({ kind }) => kind)).toContain('approval.refused');
    expect(await elsewhere.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    for (const action of [
      'confirm_run',
      'cancel_run',
      'break_glass',
      'happened',
      'look_again',
      'reviewed',
    ] as const) {
      expect(await world.answer(await world.bring(click(root, action, run)))).toContain('not known here');
    }
  });

  it('on a request whose time is over says so, before any timer has', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.outlive(run.id);
    expect(await world.decide(grace, 'approve', run.id)).toContain('expired before enough people signed');
    await world.hurry(run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'expired' });
    expect(await world.told(run.id)).toEqual(['expired']);
    expect(await world.kinds(run.id)).toEqual([
      'run.requested',
      'approval.requested',
      'approval.refused',
      'approval.expired',
    ]);
  });

  it.each([
    ['a guest', { isGuest: true }],
    ['a bot', { isBot: true }],
    ['a deactivated account', { isDeactivated: true }],
    ['an account of another workspace', { isForeign: true }],
  ])('by %s is refused, on record', async (_, facts) => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    world.people.facts.set(lin, person(lin, facts));
    expect(await world.decide(lin, 'approve', run.id)).toContain('You may not sign this');
    expect(await world.kinds(run.id)).toContain('approval.refused');
  });
});

describe('a timer', () => {
  it('does nothing when its reason is gone', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.decide(grace, 'approve', run.id);
    await world.work();
    const before = await world.messages();
    await world.outlive(run.id);
    await world.hurry(run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect((await world.messages()).length).toBe(before.length);
  });

  it('that comes too early waits for its time', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.process().work({ task: 'expire', payload: { runId: run.id } });
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(await world.waitingJobs(run.id)).toContain('expire');
  });
});
