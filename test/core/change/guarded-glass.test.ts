import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { acme } from '../run-fixture.ts';
import { ada, bob, breakGlass, eve, grace, lin, root, rules, settings } from './guarded-people.ts';
import { type GuardedWorld, guardedWorld } from './guarded-world.ts';

const database = await testDatabase();
const halting = `/tenants/${acme.id}/halt`;
const why = { reason: 'everyone sleeps' };

/** The request was made this long ago. */
const wait = (world: GuardedWorld, minutes: number) =>
  world.rows(
    'UPDATE countersign.runs SET expires_at = expires_at - make_interval(mins => $2::integer) WHERE workspace_id = $1',
    minutes,
  );

describe('breaking the glass', () => {
  it('is open to an admin at once, and everything about it is loud', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(root, 'break_glass', run.id, why)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toEqual([halting]);
    expect(await world.kinds(run.id)).toEqual([
      'run.requested',
      'approval.requested',
      'glass.broken',
      'run.started',
      'run.succeeded',
    ]);
    const started = (await world.ledger()).find(({ kind }) => kind === 'run.started');
    expect(started?.facts).toMatchObject({ brokeGlassBy: root, signers: [] });
    const { incidentId } = await world.run(run.id);
    const places = (await world.messages()).map(({ id, place }) => [
      id.replace(`run:${run.id}:`, '').replace(`${incidentId}`, '…'),
      place.channelId,
    ]);
    expect(places).toEqual(
      expect.arrayContaining([
        ['incident:…:headline', 'C0INC'],
        ['broke_glass:ops', 'C0OPS'],
        ['broke_glass:ledger', 'C0LEDGER'],
      ]),
    );
    expect(await world.waitingJobs(run.id)).toContain('review');
    expect(await world.told(run.id)).toContain('broke_glass');
  });

  it('is open to a responder, the one who asked too, once the wait is over and not before', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(ada, 'break_glass', run.id, why)).toContain(
      `only after ${breakGlass.afterMinutes} min`,
    );
    expect(await world.kinds(run.id)).toContain('approval.refused');
    await wait(world, breakGlass.afterMinutes);
    expect(await world.decide(ada, 'break_glass', run.id, why)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it('is not open to a stranger, nor to one who may only sign', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await wait(world, breakGlass.afterMinutes);
    for (const who of [eve, grace]) {
      expect(await world.decide(who, 'break_glass', run.id, why)).toContain('without a signature');
    }
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
  });

  it('happens once, and the second person is told', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    const answers = await Promise.all([1, 2].map(() => world.decide(root, 'break_glass', run.id, why)));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    await world.work();
    expect(await world.decide(root, 'break_glass', run.id, why)).toContain('already succeeded');
    expect((await world.kinds(run.id)).filter((kind) => kind === 'glass.broken')).toHaveLength(1);
    expect(world.effects()).toEqual([halting]);
  });

  it('counts no more when the policy has taken it away before the run begins', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await wait(world, breakGlass.afterMinutes);
    await world.decide(bob, 'break_glass', run.id, why);
    await world.decree(settings({ policy: rules({ breakGlass: { ...breakGlass, run: ['nobody'] } }) }));
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(world.effects()).toEqual([]);
  });

  it('goes ahead also when nobody could sign any more', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    const { roles } = settings();
    await world.decree(settings({ roles: { ...roles, approver: { users: [], usergroups: [] } } }));
    await world.decide(root, 'break_glass', run.id, why);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it('is refused once the time is over', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.outlive(run.id);
    expect(await world.decide(root, 'break_glass', run.id, why)).toContain('expired');
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
  });

  it('says what became of a run that is over, however long ago', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.lockDown(lin);
    await world.outlive(run.id);
    expect(await world.decide(root, 'break_glass', run.id, why)).toContain(`already cancelled by ${lin}`);
  });
});

describe('the review of a broken glass', () => {
  it('is asked for the next day and given by somebody else, once', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    await world.decide(root, 'break_glass', run.id, why);
    await world.work();
    await world.hurry(run.id);
    await world.work();
    expect((await world.messages()).map(({ id }) => id)).toContain(`run:${run.id}:review`);
    expect(await world.decide(root, 'reviewed', run.id)).toContain('somebody else must review it');
    expect(await world.decide(eve, 'reviewed', run.id)).toContain('You may not review this');
    expect(await world.decide(grace, 'reviewed', run.id)).toBeUndefined();
    expect(await world.decide(lin, 'reviewed', run.id)).toContain('already reviewed');
    const reviewed = (await world.ledger()).filter(({ kind }) => kind === 'glass.reviewed');
    expect(reviewed.map(({ actor }) => actor)).toEqual([grace]);
  });

  it('has nothing to look at where no glass was broken', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.signed('halt', [grace]);
    expect(await world.decide(lin, 'reviewed', run.id)).toContain('No glass was broken');
  });
});
