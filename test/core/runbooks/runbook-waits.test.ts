import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../src/core/errors.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob } from '../change/guarded-people.ts';
import { green, heldFinding, type RunbookWorld, red, runbookWorld } from './runbook-world.ts';
import { doStep, runbookOf, waitStep } from './sample-steps.ts';

const database = await testDatabase();
const world = (steps: Parameters<typeof runbookOf>[1]) =>
  runbookWorld(database.pool, [runbookOf('night', steps)]);
const soak = (changes = {}) => [waitStep('soak', 30, changes), doStep('last')];

/** Whom the end of a wait was told to. */
async function told(w: RunbookWorld, id: string) {
  return (await w.messages())
    .filter((message) => message.id.startsWith(`runbook:${id}:waited:`))
    .map(({ place }) => place.userId);
}

describe('a wait', () => {
  it('is over when its time is, not before, and tells whoever began it once', async () => {
    const w = await world(soak());
    const id = await w.start('night');
    await w.next(id, 'soak', bob);
    expect(await w.step(id, 'soak')).toMatchObject({ state: 'under_way', by: bob });
    await w.pass(29);
    await w.work();
    expect(await w.standing(id)).toEqual(['soak under_way', 'last open']);
    await w.pass(1);
    await w.work();
    expect(await w.standing(id)).toEqual(['soak waited', 'last open']);
    expect(await told(w, id)).toEqual([bob]);
    expect((await w.recorded(id)).slice(1)).toEqual(['runbook.wait_begun', 'runbook.wait_ended']);
    const ended = (await w.ledger()).find(({ kind }) => kind === 'runbook.wait_ended');
    expect(ended).toMatchObject({ actor: 'countersign', facts: { outcome: 'waited', step: 'soak' } });
  });

  it('goes on through a restart, and two processes end it once', async () => {
    const w = await world(soak());
    const id = await w.start('night');
    await w.next(id, 'soak');
    w.restart();
    await w.pass(31);
    const [due] = await w.takeJobs();
    // Handed back twice: to both at once.
    await Promise.all([...w.processes(), ...w.processes()].map((process) => process.work(due!)));
    expect(await w.standing(id)).toEqual(['soak waited', 'last open']);
    expect((await w.recorded(id)).filter((kind) => kind === 'runbook.wait_ended')).toHaveLength(1);
    expect(await told(w, id)).toEqual([ada]);
  });

  it('whose job comes too early by the clock of the database waits on', async () => {
    const w = await world(soak());
    const id = await w.start('night');
    await w.next(id, 'soak');
    await w.rows(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'workspaceId' = $1`,
    );
    await w.work();
    expect(await w.standing(id)).toEqual(['soak under_way', 'last open']);
    await w.pass(31);
    await w.work();
    expect(await w.standing(id)).toEqual(['soak waited', 'last open']);
  });

  it('that was skipped or stopped ends in silence', async () => {
    const w = await world(soak());
    const skipped = await w.start('night');
    const stopped = await w.start('night');
    await w.next(skipped, 'soak');
    await w.next(stopped, 'soak');
    await w.type(ada, `runbook skip ${skipped} soak --reason "no time for it"`);
    await w.type(ada, `runbook stop ${stopped} --reason "false alarm"`);
    await w.pass(31);
    await w.work();
    expect(await w.standing(skipped)).toEqual(['soak skipped', 'last open']);
    expect(await w.standing(stopped)).toEqual(['soak under_way', 'last open']);
    for (const id of [skipped, stopped]) {
      expect(await told(w, id)).toEqual([]);
      expect(await w.recorded(id)).not.toContain('runbook.wait_ended');
    }
  });

  it('that ends the runbook finishes it', async () => {
    const w = await world([waitStep('soak', 30)]);
    const id = await w.start('night');
    await w.next(id, 'soak');
    await w.pass(31);
    await w.work();
    expect((await w.instance(id)).state).toBe('finished');
    expect((await w.recorded(id)).slice(-2)).toEqual(['runbook.wait_ended', 'runbook.finished']);
  });
});

describe('a wait until a check is green', () => {
  it('looks at once and then each time, once, and ends when it is green', async () => {
    const w = await world(soak({ untilEvery: 5 }));
    const id = await w.start('night');
    w.findings.set('soak', red);
    await w.next(id, 'soak', bob);
    await w.work();
    expect(await w.runsOf(id)).toHaveLength(1);
    expect(await w.standing(id)).toEqual(['soak under_way', 'last open']);
    expect((await w.step(id, 'soak')).finding[0]).toBe('it is down');
    await w.pass(4);
    await w.work();
    expect(await w.runsOf(id)).toHaveLength(1);
    await w.pass(1);
    w.restart();
    await w.work(1);
    expect(await w.runsOf(id)).toHaveLength(2);
    w.findings.set('soak', green);
    await w.pass(5);
    await w.work();
    expect(await w.runsOf(id)).toHaveLength(3);
    expect(await w.standing(id)).toEqual(['soak green', 'last open']);
    expect(await told(w, id)).toEqual([bob]);
    // Nothing is looked at any more, and its time rings for nobody.
    await w.pass(60);
    await w.work();
    expect(await w.runsOf(id)).toHaveLength(3);
    expect((await w.recorded(id)).filter((kind) => kind === 'runbook.wait_ended')).toHaveLength(1);
    expect((await w.runsOf(id)).every(({ via, requester }) => via === 'timer' && requester === bob)).toBe(
      true,
    );
  });

  it('a look that two processes are given is made once', async () => {
    const w = await world(soak({ untilEvery: 5 }));
    const id = await w.start('night');
    w.findings.set('soak', red);
    await w.next(id, 'soak');
    const [due] = await w.takeJobs();
    const { processes } = w;
    await processes()[0].work(due!);
    await w.rows(
      `UPDATE countersign.inbox SET handled_at = NULL WHERE workspace_id = $1 AND key LIKE 'runbook:%'`,
    );
    const [look] = await w.rows<{ key: string }>(
      `SELECT key FROM countersign.inbox WHERE workspace_id = $1 AND key LIKE 'runbook:%'`,
    );
    // Its process died before it said that it was done.
    await Promise.allSettled(processes().map((process) => process.handle(look!.key)));
    expect(await w.runsOf(id)).toHaveLength(1);
  });

  it.each([
    ['red', red],
    [
      'refused',
      () => {
        throw new Refusal('no_such_service', 'There is no such service');
      },
    ],
    [
      'broken',
      () => {
        throw new Error('the socket hung up');
      },
    ],
  ])('that is %s to its end is red, and has told nobody of each look', async (_, finding) => {
    const w = await world(soak({ untilEvery: 10 }));
    const id = await w.start('night');
    w.findings.set('soak', finding);
    await w.next(id, 'soak');
    for (const minutes of [0, 10, 10, 10]) {
      await w.pass(minutes);
      await w.work();
    }
    expect(await w.standing(id)).toEqual(['soak red', 'last open']);
    expect(await w.runsOf(id)).toHaveLength(3);
    expect((await w.step(id, 'soak')).finding.length).toBeGreaterThan(0);
    const all = (await w.messages()).map((message) => message.id.replace(/:\d{9,}$/, ''));
    expect(all.filter((one) => one.startsWith('runbook:')).sort()).toEqual([
      `runbook:${id}:card`,
      `runbook:${id}:waited:soak`,
    ]);
    expect(all.filter((one) => /^(run|inbox):/.test(one))).toEqual([]);
  });

  it('looks in the name of whoever began it, whose rights are asked for anew, and bothers nobody', async () => {
    const w = await world(soak({ untilEvery: 10 }));
    const id = await w.start('night');
    w.findings.set('soak', red);
    await w.next(id, 'soak', bob);
    const { roles } = w.settings();
    await w.decree({
      ...w.settings(),
      roles: {
        ...roles,
        responder: { users: [ada], usergroups: [] },
        approver: { users: [], usergroups: [] },
        database: { users: [], usergroups: [] },
      },
    });
    await w.work();
    const [look] = await w.runsOf(id);
    expect(look?.state).toBe('refused');
    expect(await w.step(id, 'soak')).toMatchObject({ state: 'under_way' });
    expect(String((await w.step(id, 'soak')).finding)).toMatch(/may run/);
    expect((await w.messages()).filter((message) => /^(run|inbox):/.test(message.id))).toEqual([]);
  });

  it('a green look that comes after its end does not end the next wait', async () => {
    const w = await world(soak({ untilEvery: 10 }));
    const id = await w.start('night');
    const held = heldFinding();
    w.findings.set('soak', held.finding);
    await w.next(id, 'soak');
    const [due] = await w.takeJobs();
    const looking = w.processes()[0].work(due!);
    await held.asked;
    await w.pass(31);
    await w.work(1);
    expect(await w.standing(id)).toEqual(['soak red', 'last open']);
    held.tell(green);
    await looking;
    await w.work();
    expect(await w.standing(id)).toEqual(['soak red', 'last open']);
    w.findings.set('soak', red);
    expect(await w.next(id, 'soak', bob)).toBeUndefined();
    expect(await w.standing(id)).toEqual(['soak under_way', 'last open']);
    await w.work();
    expect(await w.standing(id)).toEqual(['soak under_way', 'last open']);
  });

  it('a look that turns green after the runbook was stopped ends nothing and tells nobody', async () => {
    const w = await world(soak({ untilEvery: 10 }));
    const id = await w.start('night');
    const held = heldFinding();
    w.findings.set('soak', held.finding);
    await w.next(id, 'soak');
    const [due] = await w.takeJobs();
    const looking = w.processes()[0].work(due!);
    await held.asked;
    await w.type(bob, `runbook stop ${id} --reason "false alarm"`);
    held.tell(green);
    await looking;
    await w.work();
    expect(await w.recorded(id)).not.toContain('runbook.wait_ended');
    expect(await told(w, id)).toEqual([]);
    expect((await w.instance(id)).state).toBe('stopped');
  });
});
