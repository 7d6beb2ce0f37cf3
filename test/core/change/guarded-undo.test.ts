import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { acme } from '../run-fixture.ts';
import { ada, ada2, bob, grace, lin } from './guarded-people.ts';
import { guardedWorld } from './guarded-world.ts';

const database = await testDatabase();

/** Halted by Ada with Grace's signature. */
async function halted() {
  const world = await guardedWorld(database.pool);
  const run = await world.signed('halt', [grace]);
  const undo = async (requester: string) => {
    const key = await world.bring({
      kind: 'card_action',
      action: 'undo',
      runId: run.id,
      index: 0,
      requester,
      origin: { channelId: 'C0OPS' },
    });
    return { key, run: await world.process().store.maybeRunForInbox(key) };
  };
  return { ...world, halted: run, undo };
}

describe('undo', () => {
  it.each([ada, ada2, grace])(
    'needs no new signature when %s takes it back, who asked or signed',
    async (who) => {
      const world = await halted();
      const { run } = await world.undo(who);
      expect(run).toMatchObject({
        command: 'revive',
        state: 'planned',
        undoOf: world.halted.id,
        input: { tenant: 'acme', reason: `Undo of ${world.halted.id}` },
        terms: { approvalsNeeded: 0 },
      });
      expect(await world.decide(who, 'confirm_run', run!.id)).toBeUndefined();
      await world.work();
      expect(await world.run(run!.id)).toMatchObject({ state: 'succeeded' });
      expect(world.target.status.get(acme.id)).toBe('active');
      const started = (await world.ledger()).findLast(({ kind }) => kind === 'run.started');
      expect(started?.facts).toMatchObject({ undoOf: world.halted.id, signers: [] });
    },
  );

  it('needs the usual signatures when somebody else wants it', async () => {
    const world = await halted();
    const { run } = await world.undo(bob);
    expect(run).toMatchObject({ state: 'awaiting_approval', terms: { approvalsNeeded: 1 } });
  });

  it('is refused to one who could neither ask for it nor signed it', async () => {
    const world = await halted();
    const { run } = await world.undo(lin);
    expect(run).toMatchObject({ state: 'refused' });
  });

  it('needs the usual signatures after half an hour', async () => {
    const world = await halted();
    await world.rows(
      `UPDATE countersign.runs SET finished_at = now() - interval '31 minutes' WHERE workspace_id = $1`,
    );
    const { run } = await world.undo(ada);
    expect(run).toMatchObject({ state: 'awaiting_approval', terms: { approvalsNeeded: 1 } });
  });

  it('that is confirmed after half an hour is put to those who sign', async () => {
    const world = await halted();
    const { run } = await world.undo(ada);
    await world.rows(
      `UPDATE countersign.runs SET finished_at = now() - interval '31 minutes' WHERE workspace_id = $1 AND id = $2`,
      world.halted.id,
    );
    await world.decide(ada, 'confirm_run', run!.id);
    await world.work();
    expect(await world.run(run!.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(world.target.status.get(acme.id)).toBe('halted');
  });

  it('that was confirmed in time and begins too late asks for the usual signatures', async () => {
    const world = await halted();
    const { run } = await world.undo(ada);
    await world.decide(ada, 'confirm_run', run!.id);
    await world.rows(
      `UPDATE countersign.runs SET finished_at = now() - interval '31 minutes' WHERE workspace_id = $1 AND id = $2`,
      world.halted.id,
    );
    await world.work();
    expect(await world.run(run!.id)).toMatchObject({ state: 'awaiting_approval' });
    expect(world.target.status.get(acme.id)).toBe('halted');
  });

  it('of a run that did not succeed is no undo', async () => {
    const world = await guardedWorld(database.pool, { meet: () => 'refusal' });
    const run = await world.signed('halt', [grace]);
    expect(run.state).toBe('failed');
    const key = await world.bring({
      kind: 'card_action',
      action: 'undo',
      runId: run.id,
      index: 0,
      requester: ada,
      origin: { channelId: 'C0OPS' },
    });
    expect(await world.process().store.maybeRunForInbox(key)).toBeUndefined();
    expect(await world.answer(key)).toContain('not known here');
  });
});
