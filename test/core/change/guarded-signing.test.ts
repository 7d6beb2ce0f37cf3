import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { person, rule } from '../policy/policy-fixture.ts';
import { acme } from '../run-fixture.ts';
import { ada, ada2, bob, eve, grace, lin, root, rules, settings } from './guarded-people.ts';
import { guardedCommands } from './guarded-target.ts';
import { click } from './guarded-workspace.ts';
import { deadHeat, type GuardedWorld, guardedWorld } from './guarded-world.ts';

const database = await testDatabase();
const halting = `/tenants/${acme.id}/halt`;
const twoApprovals = settings({ policy: rules({ approvals: 2 }) });

/** `e-01`, `e-02`, … */
const emails = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => `e-${String(from + index).padStart(2, '0')}`);

async function approved(world: GuardedWorld, command: string, signers: readonly string[]) {
  const run = await world.ask(ada, command);
  for (const who of signers) expect(await world.decide(who, 'approve', run.id)).toBeUndefined();
  return world.run(run.id);
}

describe('a request that needs a signature', () => {
  it('runs once it is signed, with everything on record', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt', { input: { tenant: 'acme', reason: 'card testing' } });
    expect(run).toMatchObject({ state: 'awaiting_approval', terms: { approvalsNeeded: 1 } });
    await world.work();
    expect(world.effects()).toEqual([]);
    expect(await world.decide(grace, 'approve', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toEqual([halting]);
    expect(await world.kinds(run.id)).toEqual([
      'run.requested',
      'approval.requested',
      'approval.granted',
      'run.started',
      'run.succeeded',
    ]);
    expect(world.faults).toEqual([]);
  });

  it('asks everyone who could sign, never the one who asked in another account, and reminds them once', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    const asked = async (what: string) =>
      (await world.messages())
        .filter(({ id }) => id.startsWith(`run:${run.id}:${what}:`))
        .map(({ place }) => place.userId);
    expect((await asked('ask')).toSorted()).toEqual([bob, grace, lin].toSorted());
    expect(await world.waitingJobs(run.id)).toEqual(['expire', 'remind']);
    await world.decree(twoApprovals);
    await world.decide(lin, 'approve', run.id);
    await world.process().work({ task: 'remind', payload: { runId: run.id } });
    expect((await asked('remind')).toSorted()).toEqual([bob, grace].toSorted());
  });

  it.each([
    [ada, 'You asked for this, so'],
    [ada2, 'from your other account'],
    [eve, 'Only approver'],
    [root, 'Only approver'],
  ])('refuses the signature of %s, on record', async (who, why) => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    expect(await world.decide(who, 'approve', run.id)).toContain(why);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(await world.approvals(run.id)).toEqual([]);
    expect(await world.kinds(run.id)).toEqual(['run.requested', 'approval.requested', 'approval.refused']);
  });

  it('counts nobody who joined the role after the card was posted', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'halt');
    world.people.group.add(eve);
    expect(await world.decide(eve, 'approve', run.id)).toContain('you joined later');
    const next = await world.ask(bob, 'halt', { input: { tenant: 'globex' } });
    expect(await world.decide(eve, 'approve', next.id)).toBeUndefined();
  });

  it('counts each of two people who sign at the same moment', async () => {
    const heat = deadHeat(2);
    const world = await guardedWorld(database.pool, { settings: twoApprovals, through: heat.through });
    const run = await world.ask(ada, 'halt');
    heat.arm();
    const answers = await Promise.all([lin, grace].map((who) => world.decide(who, 'approve', run.id)));
    expect(answers).toEqual([undefined, undefined]);
    expect(await world.run(run.id)).toMatchObject({ state: 'approved' });
    const granted = (await world.ledger()).filter(({ kind }) => kind === 'approval.granted');
    expect(granted.map(({ facts }) => facts.isEnough)).toEqual([false, true]);
  });

  it('counts one person once, however often they click', async () => {
    const world = await guardedWorld(database.pool, { settings: twoApprovals });
    const run = await approved(world, 'halt', [lin]);
    expect(await world.decide(lin, 'approve', run.id)).toContain('already signed');
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
  });

  it('takes one delivery of a click that two processes have, and neither stumbles over the other', async () => {
    const world = await guardedWorld(database.pool, { settings: twoApprovals });
    const run = await world.ask(ada, 'halt');
    const key = await world.store(click(lin, 'approve', run), 'p-gone');
    const others = ['p-1', 'p-2', 'p-3'].map((processId) => world.join({ processId }));
    await Promise.all(others.map((process) => process.handle(key)));
    expect((await world.kinds(run.id)).filter((kind) => kind === 'approval.granted')).toHaveLength(1);
    expect(await world.answer(key)).toBeUndefined();
  });
});

describe('what was signed', () => {
  it('still holds when only moving numbers have moved', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    world.target.plans.count += 40;
    await world.work();
    const after = await world.run(run.id);
    expect(after).toMatchObject({ state: 'succeeded', digest: run.digest });
    expect(after.performed?.context).not.toEqual(run.plan?.context);
    expect(after.performed?.data).toEqual(run.plan?.data);
  });

  it('does not widen to the 20 emails that failed since', async () => {
    const world = await guardedWorld(database.pool);
    world.target.failed.set(acme.id, emails(5));
    const run = await approved(world, 'resend', [grace]);
    world.target.failed.get(acme.id)!.push(...emails(20, 6));
    await world.work();
    expect(await world.run(run.id)).toMatchObject({
      state: 'succeeded',
      report: { headline: '5 of 5 sent' },
      performed: { data: { ids: emails(5), count: 5 } },
    });
    expect(world.effects()).toEqual(emails(5).map((id) => `/emails/${id}/resend`));
    expect(world.target.failed.get(acme.id)).toEqual(emails(20, 6));
  });

  it('runs what is left of it, and says that it is less', async () => {
    const world = await guardedWorld(database.pool);
    world.target.failed.set(acme.id, emails(5));
    const run = await approved(world, 'resend', [grace]);
    world.target.failed.set(acme.id, ['e-02', 'e-05']);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({
      state: 'succeeded',
      plan: { data: { count: 5 } },
      performed: { data: { ids: ['e-02', 'e-05'], count: 2 } },
    });
    expect(world.effects()).toEqual(['/emails/e-02/resend', '/emails/e-05/resend']);
  });

  it('does not run on a changed state, and shows the difference', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    world.target.status.set(acme.id, 'halted');
    await world.work();
    const after = await world.run(run.id);
    expect(after.state).toBe('refused');
    expect(after.problem).toContain('before: "active" → "halted"');
    expect(world.effects()).toEqual([]);
    expect(await world.kinds(run.id)).toEqual([
      'run.requested',
      'approval.requested',
      'approval.granted',
      'run.refused',
    ]);
  });

  it('does not run as another version of its command, and cannot be signed as one', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    const waiting = await world.ask(ada, 'halt', { input: { tenant: 'acme', reason: 'again' } });
    world.restart({ commands: guardedCommands(2) });
    expect(await world.decide(lin, 'approve', waiting.id)).toContain('has changed since this was asked');
    await world.work();
    const after = await world.run(run.id);
    expect(after.state).toBe('refused');
    expect(after.problem).toContain('version 2 now, and version 1 was signed');
    expect(world.effects()).toEqual([]);
  });
});

describe('an edited policy', () => {
  it('asks for the signatures it wants now, and keeps the one that still holds', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    await world.decree(twoApprovals);
    await world.work();
    const waiting = await world.run(run.id);
    expect(waiting.state).toBe('awaiting_approval');
    expect(waiting.problem).toContain('more signatures now');
    expect(await world.told(run.id)).toContain('signatures_void');
    expect(await world.decide(lin, 'approve', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    const kinds = await world.kinds(run.id);
    expect(kinds.slice(2)).toEqual([
      'approval.granted',
      'approval.voided',
      'approval.granted',
      'run.started',
      'run.succeeded',
    ]);
    const started = (await world.ledger()).find(({ kind }) => kind === 'run.started');
    expect(started?.facts.signers).toEqual([grace, lin]);
  });

  it('that asks for less again lets the one who has signed say so once more, and nobody else', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    await world.decree(twoApprovals);
    await world.work();
    expect(await world.decide(grace, 'approve', run.id)).toContain('already signed');
    await world.decree(settings());
    expect(await world.decide(ada, 'approve', run.id)).toContain('You asked for this');
    expect(await world.decide(grace, 'approve', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toEqual([halting]);
  });

  it('voids the signature of one who is no longer in the role, and only that', async () => {
    const world = await guardedWorld(database.pool, { settings: twoApprovals });
    const run = await approved(world, 'halt', [grace, lin]);
    world.people.group.delete(grace);
    await world.work();
    const waiting = await world.run(run.id);
    expect(waiting).toMatchObject({ state: 'awaiting_approval' });
    expect(waiting.problem).toContain('not in approver now');
    const voided = (await world.ledger()).find(({ kind }) => kind === 'approval.voided');
    expect(voided?.facts).toMatchObject({ signers: [grace], needed: 2 });
    expect(await world.decide(bob, 'approve', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it('voids the signature of a deactivated account', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [lin]);
    world.people.facts.set(lin, person(lin, { isDeactivated: true }));
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(world.effects()).toEqual([]);
  });

  it('refuses what it no longer lets the requester run', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    await world.decree(settings({ policy: rules().slice(0, 2) }));
    await world.work();
    const after = await world.run(run.id);
    expect(after.state).toBe('refused');
    expect(after.problem).toContain('No policy rule');
    expect(world.effects()).toEqual([]);
  });

  it('asks for a signature where the requester had only to confirm', async () => {
    const world = await guardedWorld(database.pool);
    const run = await world.ask(ada, 'nudge');
    expect(await world.decide(ada, 'confirm_run', run.id)).toBeUndefined();
    await world.decree(settings({ policy: [rule({ approve: ['approver'] }), ...rules()] }));
    await world.work();
    expect(await world.run(run.id)).toMatchObject({
      state: 'awaiting_approval',
      terms: { approvalsNeeded: 1 },
    });
    expect(await world.decide(grace, 'approve', run.id)).toBeUndefined();
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it('leaves a run alone that is approved still, whoever else the edit is about', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    const { roles } = settings();
    await world.decree(settings({ roles: { ...roles, approver: { ...roles.approver!, users: [] } } }));
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it('is not acted on by a process that has not loaded it', async () => {
    const world = await guardedWorld(database.pool);
    const run = await approved(world, 'halt', [grace]);
    const old = settings();
    await world.decree(twoApprovals);
    for (const job of await world.takeJobs()) await world.process().work(job, { settings: () => old });
    expect(await world.run(run.id)).toMatchObject({ state: 'approved' });
    expect(await world.waitingJobs(run.id)).toContain('execute');
    expect(world.effects()).toEqual([]);
  });
});

describe('a rule about the plan', () => {
  it('asks for a signature on many and not on few', async () => {
    const world = await guardedWorld(database.pool);
    world.target.failed.set(acme.id, emails(4));
    expect(await world.ask(ada, 'resend')).toMatchObject({ state: 'awaiting_approval' });
    world.target.failed.set(acme.id, emails(3));
    expect(await world.ask(bob, 'resend', { input: { tenant: 'acme', reason: 'x' } })).toMatchObject({
      state: 'planned',
      terms: { approvalsNeeded: 0 },
    });
  });

  it('limits how often a command begins, and says when it is free again', async () => {
    const limited = settings({ policy: rules({ limit: { count: 1, perMinutes: 60 } }) });
    const world = await guardedWorld(database.pool, { settings: limited });
    const first = await approved(world, 'halt', [grace]);
    await world.work();
    expect(await world.run(first.id)).toMatchObject({ state: 'succeeded' });
    // Nobody is asked to sign for nothing.
    const second = await world.ask(ada, 'halt', { input: { tenant: 'globex' } });
    expect(second.state).toBe('refused');
    expect(second.problem).toMatch(/once an hour .* free again in \d+ min/);
    expect(await world.kinds(second.id)).toEqual(['run.requested', 'run.refused']);
    expect(world.effects()).toEqual([halting]);
  });

  it('lets one of two through a limit of one when both begin at the same moment', async () => {
    const limited = settings({ policy: rules({ limit: { count: 1, perMinutes: 60 } }) });
    const world = await guardedWorld(database.pool, { settings: limited });
    const runs = [
      await world.ask(ada, 'halt'),
      await world.ask(ada, 'halt', { input: { tenant: 'globex' } }),
    ];
    for (const { id } of runs) await world.decide(grace, 'approve', id);
    await Promise.all((await world.takeJobs()).map((job) => world.process().work(job)));
    const states = await Promise.all(runs.map(async ({ id }) => (await world.run(id)).state));
    expect(states.toSorted()).toEqual(['refused', 'succeeded']);
  });
});
