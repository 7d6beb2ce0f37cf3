import { beforeEach, describe, expect, it } from 'vitest';
import { defineCommand, Fault, Refusal, type Report, z } from '../../src/command.ts';
import { execute } from '../../src/core/execute.ts';
import type { ReadTiming } from '../../src/core/read-run.ts';
import type { Run } from '../../src/core/run.ts';
import { testDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { lookCommand, must, runWorld } from './run-fixture.ts';

const database = await testDatabase();
beforeEach(() => runWorld(database.pool).clear());

const never: ReadTiming = {
  progressAfterMilliseconds: 60_000,
  progressEveryMilliseconds: 60_000,
  deadlineMilliseconds: 60_000,
};
const hasty: ReadTiming = { ...never, progressAfterMilliseconds: 1, progressEveryMilliseconds: 5 };

type Behaviour = Parameters<typeof lookCommand>[0];
function worldWith(behaviour: Behaviour) {
  return runWorld(database.pool, { commands: { look: lookCommand(behaviour) } });
}

async function asked(world: ReturnType<typeof runWorld>, changes = {}): Promise<Run> {
  return must(await world.receive(await world.ask(changes)));
}

function held<Value>() {
  let give: (value: Value) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const promise = new Promise<Value>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { promise, give: (value: Value) => give(value), fail: (error: unknown) => fail(error) };
}

const seen: Report = { status: 'ok', headline: 'seen' };

describe('executing a read', () => {
  it('stores its report, shows it where it was asked and records it', async () => {
    const world = worldWith(async () => seen);
    const run = await asked(world);
    await world.goOn(run);
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'succeeded',
      report: seen,
      attempt: 1,
    });
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.succeeded']);
    expect(await world.messages()).toMatchObject([
      { id: `run:${run.id}:card`, place: { kind: 'channel', channelId: 'C0OPS' }, wanted: 1 },
    ]);
  });

  it('keeps for ever what it saw, and nothing that a command about incidents says of people', async () => {
    const says = (headline: string) => lookCommand(async () => ({ status: 'ok', headline }));
    const refuses = lookCommand(async () => {
      throw new Refusal('x', 'Several are open: i-1 (Ada is asleep)');
    });
    const commands = { look: says('seen'), note: says('Noted: Ada is asleep'), 'incident update': refuses };
    const world = runWorld(database.pool, { commands });
    const last = async (command: string) => {
      const run = await asked(world, { command });
      await world.goOn(run);
      return (await world.facts(run.id)).at(-1);
    };
    expect(await last('look')).toMatchObject({ facts: { status: 'ok', headline: 'seen' } });
    expect(await last('note')).toMatchObject({ facts: { command: 'note', status: 'ok' } });
    for (const command of ['note', 'incident update']) {
      expect(JSON.stringify(await last(command))).not.toContain('asleep');
    }
  });

  it('does nothing with a run that is settled', async () => {
    let runs = 0;
    const world = worldWith(async () => {
      runs += 1;
      return seen;
    });
    const run = await asked(world);
    await world.goOn(run);
    await execute(run.id, world.execute());
    expect(runs).toBe(1);
    expect(await world.recorded(run.id)).toHaveLength(2);
  });

  it('gives the command its arguments with the tenant found', async () => {
    let args: unknown;
    const world = worldWith(async (plan) => {
      args = plan.args;
      return seen;
    });
    await world.goOn(await asked(world));
    expect(args).toMatchObject({ tenant: { slug: 'acme', name: 'Acme GmbH' } });
  });

  it('refuses an unknown tenant, naming near ones, to that person only', async () => {
    const world = worldWith(async () => seen);
    const run = await asked(world, { input: { tenant: 'acmee' } });
    await world.goOn(run);
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'refused',
      problem: 'There is no tenant "acmee" on pilot (production). Did you mean "acme"?',
      isRetryable: false,
    });
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.refused']);
    expect(await world.messages()).toMatchObject([{ place: { kind: 'ephemeral', userId: 'U0ADA' } }]);
    expect(world.faults).toEqual([]);
  });

  it('fails with the words of a fault, offers Retry and records it', async () => {
    const world = worldWith(async () => {
      throw new Fault('target_unreachable', "cannot reach pilot's database (ECONNREFUSED)");
    });
    const run = await asked(world);
    await world.goOn(run);
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'failed',
      problem: "cannot reach pilot's database (ECONNREFUSED)",
      isRetryable: true,
    });
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.failed']);
    expect(world.faults).toHaveLength(1);
  });

  it('keeps what broke on our side from people, and names where the log has it', async () => {
    const world = worldWith(async () => {
      throw new Error('password=hunter2');
    });
    const run = await asked(world);
    await world.goOn(run);
    const { problem } = must(await world.store.maybeRun(run.id));
    expect(problem).toBe(`Something broke on our side. The log has it under ${run.correlationId}.`);
    expect(world.faults.map(String)).toEqual(['Error: password=hunter2']);
  });

  it('stores a report with characters PostgreSQL cannot hold', async () => {
    const world = worldWith(async () => ({ status: 'ok', headline: 'nul \0 and half \ud800' }));
    const run = await asked(world);
    await world.goOn(run);
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'succeeded',
      report: { headline: 'nul \uFFFD and half \uFFFD' },
    });
  });

  it('refuses a refusal that quotes such characters instead of trying for ever', async () => {
    const world = worldWith(async () => {
      throw new Refusal('odd', 'no \0');
    });
    const run = await asked(world);
    await world.goOn(run);
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'refused', problem: 'no \uFFFD' });
  });

  it('sends nothing for a read that asks for a step', async () => {
    const world = worldWith(async (_plan, { step }) => {
      await step('suspend', async () => null);
      return seen;
    });
    const run = await asked(world);
    await world.goOn(run);
    expect(must(await world.store.maybeRun(run.id)).problem).toContain('Nothing was sent');
  });
});

describe('a deadline', () => {
  const soon = { ...never, deadlineMilliseconds: 30 };

  it('ends a read that heeds its signal, however it words that', async () => {
    const world = worldWith(async (_plan, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Fault('target_unreachable', "cannot reach pilot's database (ABORT_ERR)");
    });
    const run = await asked(world);
    await world.goOn(run, { timing: soon });
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'failed',
      problem: 'It was still running after 0.0005 minutes and was stopped.',
    });
  });

  it('ends a read that does not heed its signal', async () => {
    const world = worldWith(() => new Promise(() => {}));
    const run = await asked(world);
    await world.goOn(run, { timing: soon });
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'failed', isRetryable: true });
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.failed']);
  });

  it('is not what a shorter timeout inside the command is taken for', async () => {
    const world = worldWith(async () => {
      throw new DOMException('The operation timed out', 'TimeoutError');
    });
    const run = await asked(world);
    await world.goOn(run);
    expect(must(await world.store.maybeRun(run.id)).problem).toContain('Something broke on our side');
  });
});

describe('two processes with one run', () => {
  it('fences the older one: it can write and post nothing any more', async () => {
    const first = held<Report>();
    let attempts = 0;
    const world = worldWith(() => {
      attempts += 1;
      return attempts === 1
        ? first.promise
        : Promise.resolve({ status: 'ok', headline: 'the younger' } as const);
    });
    const run = await asked(world);
    const older = world.goOn(run);
    await until(() => attempts === 1);
    await execute(run.id, world.execute());
    const after = await world.messages();
    first.give({ status: 'bad', headline: 'the older' });
    await older;
    expect(await world.store.maybeRun(run.id)).toMatchObject({
      state: 'succeeded',
      report: { headline: 'the younger' },
      attempt: 2,
    });
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
    expect(await world.messages()).toEqual(after);
  });

  it('fences the older one also while the younger is at work, and when it fails', async () => {
    const holds = [held<Report>(), held<Report>()];
    let attempts = 0;
    const world = worldWith(() => holds[attempts++]!.promise);
    const run = await asked(world);
    const older = world.goOn(run);
    await until(() => attempts === 1);
    const younger = execute(run.id, world.execute());
    await until(() => attempts === 2);
    holds[0]!.fail(new Error('too late'));
    await older;
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'executing' });
    holds[1]!.give(seen);
    await younger;
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
  });

  it('stops the older one when it next looks, though its progress does not change', async () => {
    const signals: AbortSignal[] = [];
    const world = worldWith((_plan, { signal }) => {
      signals.push(signal);
      return signals.length === 1 ? new Promise(() => {}) : Promise.resolve(seen);
    });
    const run = await asked(world);
    const older = world.goOn(run, { timing: hasty });
    await until(() => signals.length === 1);
    await until(async () => must(await world.store.maybeRun(run.id)).progress !== undefined);
    await execute(run.id, world.execute());
    await older;
    expect(signals[0]!.aborted).toBe(true);
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
  });

  it('gives a run up whose process died three times, on record', async () => {
    let runs = 0;
    const world = worldWith(async () => {
      runs += 1;
      return seen;
    });
    const run = await asked(world);
    await database.pool.query("UPDATE countersign.runs SET state = 'executing', attempt = 3 WHERE id = $1", [
      run.id,
    ]);
    await execute(run.id, world.execute());
    expect(runs).toBe(0);
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'failed' });
    expect(must(await world.store.maybeRun(run.id)).problem).toContain('stopped 3 times in a row');
    expect(await world.recorded(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.failed']);
    expect(await world.messages()).toHaveLength(1);
  });
});

describe('a process that is stopping', () => {
  it('leaves the run for another, which brings it to its end', async () => {
    const stopping = new AbortController();
    let attempts = 0;
    const world = worldWith(() => {
      attempts += 1;
      return attempts === 1 ? new Promise(() => {}) : Promise.resolve(seen);
    });
    const run = await asked(world);
    const first = world.goOn(run, { stopping: stopping.signal });
    await until(() => attempts === 1);
    stopping.abort(new Error('the process is stopping'));
    // The job fails, and graphile-worker gives it to whoever lives.
    await expect(first).rejects.toThrow('the process is stopping');
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'executing' });
    expect(await world.recorded(run.id)).toEqual(['run.requested']);
    await execute(run.id, world.execute());
    expect(await world.store.maybeRun(run.id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('progress', () => {
  it('is not shown by a read that is quick', async () => {
    const world = worldWith(async (_plan, { progress }) => {
      progress('Read 1 of 2');
      return seen;
    });
    await world.goOn(await asked(world), { timing: never });
    expect(await world.messages()).toMatchObject([{ wanted: 1, urgency: 'other' }]);
  });

  it('shows the newest line at intervals and goes with the result', async () => {
    const end = held<Report>();
    let show: (line: string) => void = () => {};
    const world = worldWith((_plan, { progress }) => {
      show = progress;
      return end.promise;
    });
    const run = await asked(world);
    const running = world.goOn(run, { timing: hasty });
    await until(async () => must(await world.store.maybeRun(run.id)).progress === 'Reading…');
    show('Read 1 of 3');
    show('Read 2 of 3');
    await until(async () => must(await world.store.maybeRun(run.id)).progress === 'Read 2 of 3');
    expect(await world.messages()).toMatchObject([{ urgency: 'progress', wanted: 2 }]);
    end.give(seen);
    await running;
    expect(must(await world.store.maybeRun(run.id)).progress).toBeUndefined();
    expect(await world.messages()).toMatchObject([{ id: `run:${run.id}:card`, urgency: 'other', wanted: 3 }]);
  });

  it('ends in public without the answer when the answer is for one person', async () => {
    const end = held<Report>();
    const world = runWorld(database.pool, {
      commands: {
        mine: defineCommand({
          version: 1,
          summary: 'What is mine',
          risk: 'read',
          examples: ['mine'],
          args: z.object({}),
          run: () => end.promise,
        }),
      },
    });
    const run = await asked(world, { command: 'mine', input: {} });
    const running = world.goOn(run, { timing: hasty });
    await until(async () => (await world.messages()).length === 1);
    end.give({ status: 'info', headline: 'yours', isPrivate: true });
    await running;
    expect((await world.messages()).map(({ id, place }) => [id, place.kind])).toEqual([
      [`run:${run.id}:card`, 'channel'],
      [`run:${run.id}:answer`, 'ephemeral'],
    ]);
  });
});
