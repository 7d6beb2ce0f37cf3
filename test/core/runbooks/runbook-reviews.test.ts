import { describe, expect, it } from 'vitest';
import type { Runbook } from '../../../src/core/runbooks/runbook.ts';
import type { RunbookContext } from '../../../src/core/runbooks/runbook-context.ts';
import { testDatabase } from '../../support/database.ts';
import { type RunbookWorld, runbookWorld } from './runbook-world.ts';
import { doStep, runbookOf } from './sample-steps.ts';

const database = await testDatabase();
const runbook = (name: string, changes: Partial<Runbook> = {}) => runbookOf(name, [doStep('look')], changes);
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function reminders(w: RunbookWorld) {
  return (await w.messages())
    .filter((message) => message.id.startsWith('runbook_review:'))
    .map(({ place, content }) => ({ to: place.userId ?? place.channelId, text: content?.text ?? '' }));
}

async function recorded(w: RunbookWorld) {
  return (await w.ledger()).flatMap(({ kind, actor, facts }) =>
    kind === 'runbook.review_due' ? [{ ...(facts as { runbook: string; reviewBy: string }), actor }] : [],
  );
}

describe('a runbook whose date has passed', () => {
  it('reminds each owner once for the date, in person, and is on record', async () => {
    const w = await runbookWorld(database.pool, [
      runbook('night', { owner: 'database', reviewBy: '2026-01-31' }),
      runbook('fresh', { owner: 'database', reviewBy: day(30) }),
    ]);
    await w.processes()[0].remindOfReviews();
    expect(await reminders(w)).toEqual([
      { to: 'U0BOB', text: expect.stringContaining('night (since 2026-01-31)') },
      { to: 'U0LIN', text: expect.stringContaining('night (since 2026-01-31)') },
    ]);
    expect(JSON.stringify(await reminders(w))).not.toContain('fresh');
    expect(await recorded(w)).toEqual([
      {
        actor: 'countersign',
        runbook: 'night',
        version: '0123456789ab',
        reviewBy: '2026-01-31',
        owners: ['U0BOB', 'U0LIN'],
      },
    ]);
    for (const process of w.processes()) await process.remindOfReviews();
    w.restart();
    for (const process of w.processes()) await process.remindOfReviews();
    expect(await reminders(w)).toHaveLength(2);
    expect(await recorded(w)).toHaveLength(1);
  });

  it('reminds again once its date has been moved and has passed again', async () => {
    const first = runbook('night', { reviewBy: day(-60) });
    const w = await runbookWorld(database.pool, [first]);
    await w.processes()[0].remindOfReviews();
    w.restart({ runbooks: [{ ...first, reviewBy: day(60) }] });
    await w.processes()[0].remindOfReviews();
    expect(await recorded(w)).toHaveLength(1);
    w.restart({ runbooks: [{ ...first, reviewBy: day(-1) }] });
    await w.processes()[1].remindOfReviews();
    expect((await recorded(w)).map(({ reviewBy }) => reviewBy)).toEqual([day(-60), day(-1)]);
    expect((await reminders(w)).map(({ to }) => to)).toEqual(['U0GRACE', 'U0GRACE']);
  });

  it('may be read on the day itself', async () => {
    const w = await runbookWorld(database.pool, [runbook('night', { reviewBy: day(0) })]);
    await w.processes()[0].remindOfReviews();
    expect(await reminders(w)).toEqual([]);
  });

  it('that nobody is found to own is told to the people in #ops', async () => {
    const w = await runbookWorld(database.pool, [
      runbook('night', { owner: 'nobody', reviewBy: '2026-01-31' }),
      runbook('day', { owner: 'machines', reviewBy: '2026-01-31' }),
    ]);
    const roles = { ...w.settings().roles, machines: { users: ['cli:root'], usergroups: [] } };
    await w.decree({ ...w.settings(), roles });
    await w.processes()[0].remindOfReviews();
    expect(await reminders(w)).toEqual([
      {
        to: 'C0OPS',
        text: expect.stringMatching(/night \(since.*day \(since.*Nobody is found.*nobody, machines/),
      },
    ]);
  });

  it('one of many of the same owner costs no message more', async () => {
    const many = Array.from({ length: 14 }, (_, index) =>
      runbook(`book-${index}`, { reviewBy: '2026-01-31' }),
    );
    const w = await runbookWorld(database.pool, many);
    await w.processes()[0].remindOfReviews();
    const [only, ...others] = await reminders(w);
    expect(others).toEqual([]);
    expect(only?.text).toContain('and 4 more');
    expect(await recorded(w)).toHaveLength(14);
  });

  it('seen by two processes at once is told once', async () => {
    const w = await runbookWorld(
      database.pool,
      [runbook('night', { reviewBy: '2026-01-31' }), runbook('other', { reviewBy: '2026-02-28' })],
      { through: bothHaveLooked() },
    );
    await Promise.all(w.processes().map((process) => process.remindOfReviews()));
    expect((await reminders(w)).map(({ to }) => to)).toEqual(['U0GRACE']);
    expect((await recorded(w)).map(({ runbook: name }) => name).sort()).toEqual(['night', 'other']);
    expect(w.faults).toEqual([]);
  });
});

/** Each process has read what is due before either takes it. */
function bothHaveLooked() {
  const waiting: (() => void)[] = [];
  return (store: RunbookContext['store']): RunbookContext['store'] => {
    let transactions = 0;
    return {
      ...store,
      transaction: async (decide) => {
        transactions += 1;
        if (transactions === 2) {
          await new Promise<void>((go) => {
            waiting.push(go);
            if (waiting.length === 2) for (const other of waiting) other();
          });
        }
        return store.transaction(decide);
      },
    };
  };
}
