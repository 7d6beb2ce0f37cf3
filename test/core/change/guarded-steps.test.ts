import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { defineCommand, type PreparedCall, type RunContext, z } from '../../../src/command.ts';
import { Fault, Refusal, UnknownOutcome } from '../../../src/core/errors.ts';
import type { Store } from '../../../src/core/store.ts';
import { testDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { acme } from '../run-fixture.ts';
import { ada, eve, grace, lin, root } from './guarded-people.ts';
import { hastySteps } from './guarded-process.ts';
import { guardedCommands, type Meeting } from './guarded-target.ts';
import { type GuardedWorldOptions, guardedWorld } from './guarded-world.ts';

const database = await testDatabase();

/** Three emails of Acme's, confirmed by Ada; the calls are answered by the test, one by one. */
async function resending(options: GuardedWorldOptions = {}) {
  const waiting: { path: string; meet: (meeting: Meeting) => void }[] = [];
  const world = await guardedWorld(database.pool, {
    meet: ({ path }) => new Promise((meet) => waiting.push({ path, meet })),
    ...options,
  });
  world.target.failed.set(acme.id, ['e-1', 'e-2', 'e-3']);
  const run = await world.ask(ada, 'resend');
  await world.decide(ada, 'confirm_run', run.id);
  const answer = async (meeting: Meeting) => {
    const call = await until(() => waiting.shift(), { waitingFor: 'a call to reach the target' });
    call.meet(meeting);
    return call.path;
  };
  const arrived = (count: number) => until(() => waiting.length >= count, { waitingFor: `${count} calls` });
  return { ...world, run: world.run, asked: run, answer, arrived, waiting };
}

describe('cancelling what runs', () => {
  it('stops between two steps and says what was already done', async () => {
    const world = await resending();
    const working = world.work();
    await world.answer('answer');
    await world.arrived(1);
    expect(await world.decide(root, 'cancel_run', world.asked.id)).toBeUndefined();
    expect(await world.run(world.asked.id)).toMatchObject({ state: 'executing', cancelRequestedBy: root });
    await world.answer('answer');
    await working;
    const after = await world.run(world.asked.id);
    expect(after).toMatchObject({ state: 'cancelled', endedBy: root });
    expect(after.problem).toContain('Cancelled between steps. Already done: resend:e-1, resend:e-2.');
    expect(world.effects()).toEqual(['/emails/e-1/resend', '/emails/e-2/resend']);
    expect((await world.kinds(world.asked.id)).slice(-2)).toEqual(['run.cancel_requested', 'run.cancelled']);
  });

  it('is not up to a stranger, and changes nothing once it is over', async () => {
    const world = await resending();
    const working = world.work();
    await world.arrived(1);
    expect(await world.decide(eve, 'cancel_run', world.asked.id)).toContain('Nothing was done');
    for (let left = 3; left > 0; left--) await world.answer('answer');
    await working;
    expect(await world.run(world.asked.id)).toMatchObject({ state: 'succeeded' });
    expect(await world.decide(ada, 'cancel_run', world.asked.id)).toContain('already succeeded');
  });

  it('does not hide an outcome that was lost meanwhile', async () => {
    const world = await resending();
    const working = world.work();
    await world.arrived(1);
    await world.decide(ada, 'cancel_run', world.asked.id);
    await world.answer('lost_after');
    await working;
    expect(await world.run(world.asked.id)).toMatchObject({ state: 'unknown' });
  });
});

describe('a run whose process is gone', () => {
  /** The process that began it is never heard of again. */
  const abandoned = async (answers: readonly Meeting[]) => {
    const world = await resending();
    void world.work();
    for (const meeting of answers) await world.answer(meeting);
    await world.arrived(1);
    const successor = world.join({ processId: 'p-successor' });
    return { ...world, goOn: () => successor.work({ task: 'execute', payload: { runId: world.asked.id } }) };
  };

  it('is gone on with after its last finished step, and what was begun is unknown', async () => {
    const world = await abandoned(['answer']);
    const going = world.goOn();
    await world.arrived(2);
    expect(world.waiting.map(({ path }) => path)).toEqual(['/emails/e-2/resend', '/emails/e-3/resend']);
    world.waiting[1]!.meet('answer');
    await going;
    const after = await world.run(world.asked.id);
    expect(after).toMatchObject({ state: 'unknown' });
    expect(after.problem).toContain('"resend:e-2" was begun by a process that is gone');
    expect(world.effects()).toEqual(['/emails/e-1/resend', '/emails/e-3/resend']);
    expect(await world.kinds(world.asked.id)).toContain('run.taken_over');
    // The old one comes back to life, and can write nothing any more.
    world.waiting[0]!.meet('answer');
    await until(() => world.effects().length === 3);
    await turn();
    expect((await world.steps(world.asked.id)).map(({ name, state }) => [name, state])).toEqual([
      ['resend:e-1', 'succeeded'],
      ['resend:e-2', 'unknown'],
      ['resend:e-3', 'succeeded'],
    ]);
    expect(await world.run(world.asked.id)).toMatchObject({ state: 'unknown' });
  });

  it('repeats what may be repeated, with the same key', async () => {
    const keys: string[] = [];
    let isFirst = true;
    const world = await guardedWorld(database.pool, {
      meet: ({ idempotencyKey }) => {
        keys.push(idempotencyKey);
        if (!isFirst) return 'answer';
        isFirst = false;
        return new Promise(() => undefined);
      },
    });
    const run = await world.ask(ada, 'nudge');
    await world.decide(ada, 'confirm_run', run.id);
    void world.work();
    await until(() => keys.length === 1);
    await world.join({ processId: 'p-successor' }).work({ task: 'execute', payload: { runId: run.id } });
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect(keys).toHaveLength(2);
    expect(keys[1]).toBe(keys[0]);
    expect(world.effects()).toHaveLength(1);
  });

  it('calls a no unknown, when an earlier attempt had no answer and may be what it objects to', async () => {
    const meetings = ['lost_after', 'refusal'] as const;
    let attempt = 0;
    const world = await guardedWorld(database.pool, { meet: () => meetings[attempt++] ?? 'answer' });
    const run = await world.ask(ada, 'nudge');
    await world.decide(ada, 'confirm_run', run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'unknown' });
    const [step] = await world.steps(run.id);
    expect(step?.state).toBe('unknown');
    expect(step?.problem).toContain('it may have happened');
    expect(attempt).toBe(2);
    expect(world.effects()).toHaveLength(1);
  });

  it('is not taken from a process that is at work on it', async () => {
    const world = await resending();
    const working = world.work();
    await world.arrived(1);
    await world.process().work({ task: 'execute', payload: { runId: world.asked.id } });
    for (let left = 3; left > 0; left--) await world.answer('answer');
    await working;
    expect(await world.run(world.asked.id)).toMatchObject({ state: 'succeeded' });
    expect(await world.kinds(world.asked.id)).not.toContain('run.taken_over');
    expect(world.effects()).toHaveLength(3);
  });

  it('is given up after three, and what had begun is unknown', async () => {
    const world = await abandoned(['answer']);
    await database.pool.query('UPDATE countersign.runs SET attempt = 9 WHERE id = $1', [world.asked.id]);
    await world.goOn();
    const after = await world.run(world.asked.id);
    expect(after.state).toBe('unknown');
    expect(after.problem).toContain('Already done: resend:e-1.');
    expect(world.effects()).toEqual(['/emails/e-1/resend']);
  });
});

describe('an outcome', () => {
  it('that is lost makes the run unknown, and the rest of the list is still made', async () => {
    const world = await resending();
    const working = world.work();
    await world.answer('lost_after');
    await world.answer('answer');
    await world.answer('refusal');
    await working;
    expect(await world.run(world.asked.id)).toMatchObject({
      state: 'unknown',
      report: { headline: '1 of 3 sent' },
    });
    expect((await world.steps(world.asked.id)).map(({ state }) => state)).toEqual([
      'unknown',
      'succeeded',
      'failed',
    ]);
  });

  it('is tried again where the target honours its key, and only there', async () => {
    const meetings: Meeting[] = ['lost_after', 'answer'];
    const world = await guardedWorld(database.pool, { meet: () => meetings.shift() ?? 'answer' });
    const run = await world.ask(ada, 'nudge');
    await world.decide(ada, 'confirm_run', run.id);
    await world.work();
    expect(await world.run(run.id)).toMatchObject({ state: 'succeeded' });
    expect(world.effects()).toHaveLength(1);
  });

  it('of a call the target refused is a failure, with nothing called unknown', async () => {
    const world = await guardedWorld(database.pool, { meet: () => 'refusal' });
    const run = await world.signed('halt', [grace]);
    expect(run).toMatchObject({ state: 'failed' });
    expect(run.problem).toContain('pilot answered 409');
    expect(world.effects()).toEqual([]);
  });

  it('is written when the database is back, and the effect is made once', async () => {
    let failures = 3;
    const world = await guardedWorld(database.pool, {
      through: (store): Store => ({
        ...store,
        endStep: async (step) => {
          if (failures-- > 0) throw new Error('Connection terminated unexpectedly');
          return store.endStep(step);
        },
      }),
    });
    const run = await world.signed('halt', [grace]);
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(failures).toBeLessThan(0);
    expect(world.effects()).toHaveLength(1);
  });

  it('that could not be written is unknown to whoever goes on, and the effect is made once', async () => {
    let isAway = true;
    const world = await guardedWorld(database.pool, {
      through: (store): Store => ({
        ...store,
        endStep: async (step) => {
          if (isAway) throw new Error('Connection terminated unexpectedly');
          return store.endStep(step);
        },
      }),
    });
    const run = await world.ask(ada, 'halt');
    await world.decide(grace, 'approve', run.id);
    await world.work({ stepTiming: { ...hastySteps, writeForMilliseconds: 20 } });
    const after = await world.run(run.id);
    isAway = false;
    expect(after.state).toBe('unknown');
    expect(world.effects()).toHaveLength(1);
  });
});

describe('a call that was not signed', () => {
  type Steps = Pick<RunContext<undefined>, 'step'>;
  const sent: string[] = [];
  const call = (path: string): PreparedCall => ({
    summary: `PATCH ${path}`,
    call: { method: 'PATCH', path },
    isRepeatable: false,
    send: async () => {
      sent.push(path);
      return null;
    },
  });
  const other = (run: (steps: Steps) => Promise<unknown>) =>
    defineCommand({
      version: 1,
      summary: 'Do something else',
      risk: 'dangerous',
      examples: ['other'],
      args: z.object({}),
      plan: async () => ({
        summary: ['One call'],
        data: {},
        effects: [{ step: 'one', summary: 'PATCH /one', call: { method: 'PATCH', path: '/one' } }],
      }),
      run: async (_, steps) => {
        await run(steps as never);
        return { status: 'ok', headline: 'done' };
      },
    });

  it.each<[string, (steps: Steps) => Promise<unknown>]>([
    ['under a name the plan does not have', ({ step }) => step('two', call('/one'))],
    ['to another path than the plan says', ({ step }) => step('one', call('/two'))],
    [
      'made by a function under a name the plan does not have',
      ({ step }) => step('two', () => call('/one').send(null as never)),
    ],
  ])('%s is not sent', async (_, run) => {
    sent.length = 0;
    const world = await guardedWorld(database.pool, {
      commands: { ...guardedCommands(), other: other(run) },
    });
    const after = await world.signed('other', [grace], { input: {} });
    expect(after.state).toBe('failed');
    expect(after.problem).toContain('Nothing was sent');
    expect(sent).toEqual([]);
    expect(await world.steps(after.id)).toEqual([]);
  });

  it('is a different matter from one that was', async () => {
    sent.length = 0;
    const world = await guardedWorld(database.pool, {
      commands: { other: other(({ step }) => step('one', call('/one'))) },
    });
    expect(await world.signed('other', [grace], { input: {} })).toMatchObject({ state: 'succeeded' });
    expect(sent).toEqual(['/one']);
  });

  it('is made once also when the command asks for it twice', async () => {
    sent.length = 0;
    const world = await guardedWorld(database.pool, {
      commands: {
        other: other(async ({ step }) => {
          await step('one', call('/one'));
          await step('one', call('/one'));
        }),
      },
    });
    expect(await world.signed('other', [lin], { input: {} })).toMatchObject({ state: 'succeeded' });
    expect(sent).toEqual(['/one']);
  });

  it.each([
    ['a fault', new Fault('target_unreachable', 'cannot reach pilot'), 'failed'],
    ['a refusal', new Refusal('target_refused', 'pilot answered 409'), 'failed'],
    ['a lost outcome', new UnknownOutcome('cut', 'the connection was cut'), 'unknown'],
    ['a mistake of its own', new TypeError('undefined is not a function'), 'unknown'],
  ])('that ends with %s leaves the run %s', async (_, error, state) => {
    const failing: PreparedCall = {
      ...call('/one'),
      send: async () => {
        throw error;
      },
    };
    const world = await guardedWorld(database.pool, {
      commands: { other: other(({ step }) => step('one', failing)) },
    });
    expect(await world.signed('other', [grace], { input: {} })).toMatchObject({ state });
  });
});
