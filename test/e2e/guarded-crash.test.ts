import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { twoSignatures } from './guarded-people.ts';
import { type Change, holdsCommits } from './held-commits.ts';
import { bothSides, killAt, move, stepBegins, stepEnds } from './kill-points.ts';
import { promisedMilliseconds } from './killed-process.ts';
import { expectSuspendedOnce, killThreeTimes, suspend } from './suspension.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

/** Every state change from the last signature to the end, in order. */
const changes: Readonly<Record<string, Change>> = {
  'its job is taken': {
    table: 'graphile_worker._private_jobs',
    on: 'UPDATE',
    when: `NEW.key LIKE 'execute:%' AND OLD.locked_at IS NULL AND NEW.locked_at IS NOT NULL`,
  },
  'it begins': move('approved', 'executing'),
  'its step begins': stepBegins(`NEW.name = 'suspend'`),
  'its step has ended': stepEnds(`NEW.name = 'suspend'`),
  'a look begins': stepBegins(`NEW.name = 'status suspended'`),
  'a look has ended': stepEnds(`NEW.name = 'status suspended'`),
  'it has succeeded': move('executing', 'succeeded'),
  'its job is done': {
    table: 'graphile_worker._private_jobs',
    on: 'DELETE',
    when: `OLD.key LIKE 'execute:%'`,
  },
  'its checkpoint is recorded': { table: 'countersign.ledger_checkpoints', on: 'INSERT', when: 'true' },
};

describe('a process killed while a signed change is carried out', async () => {
  const surroundings = await startSurroundings({ mode: 'http', hasRms: true, policy: twoSignatures });
  endProcessesAfterwards();
  const rms = surroundings.rms!;
  const bot = await startGuardedBot(surroundings);
  const places = { bot, rms, hold: await holdsCommits(surroundings.database) };

  it.each(Object.entries(changes).flatMap(([name, change]) => bothSides(name, change)))(
    '$name suspends it once, with every decision on record once',
    async ({ point }) => {
      const { killed } = await killAt(point, places);
      const [runId] = await Promise.all([suspend(bot, rms), killed]);
      await expectSuspendedOnce(bot, runId);
    },
    testMilliseconds,
  );

  it.each([
    { name: 'the plan is read again', endpoint: 'tenant' },
    { name: 'the outcome is looked for', endpoint: 'audit' },
  ])(
    'while $name suspends it once',
    async ({ endpoint }) => {
      let killed: Promise<void> | undefined;
      const runId = await suspend(bot, rms, async () => {
        ({ killed } = await killAt({ endpoint, when: 'before_effect', fate: 'drop' }, places));
      });
      await killed;
      await expectSuspendedOnce(bot, runId);
    },
    testMilliseconds,
  );

  it.each([
    { name: 'its call has reached rms and does nothing', when: 'before_effect', fate: 'drop' },
    { name: 'its call has reached rms and goes on without it', when: 'before_effect', fate: 'release' },
    { name: 'its call has taken effect and was not answered', when: 'after_effect', fate: 'drop' },
  ] as const)(
    'when $name suspends it once, with one key',
    async ({ when, fate }) => {
      const since = performance.timeOrigin + performance.now();
      const { killed } = await killAt({ endpoint: 'suspend', when, fate }, places);
      const [runId] = await Promise.all([suspend(bot, rms), killed]);
      await expectSuspendedOnce(bot, runId);
      expectOneKey(since);
    },
    testMilliseconds,
  );

  it(
    'when its call arrives at last after the next process has made it again suspends it once, with one key',
    async () => {
      const held = rms.faults.hold({ endpoint: 'suspend', when: 'before_effect' });
      const since = performance.timeOrigin + performance.now();
      const [runId] = await Promise.all([suspend(bot, rms), held.reached.then(() => bot.crash())]);
      held.release();
      await until(() => calls(since).every(({ status }) => status !== undefined));
      await expectSuspendedOnce(bot, runId);
      expectOneKey(since);
    },
    testMilliseconds,
  );

  const calls = (since: number) =>
    rms.requests({ sinceMilliseconds: since }).filter(({ endpoint }) => endpoint === 'suspend');

  function expectOneKey(since: number): void {
    const keys = calls(since).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/./);
    expect(new Set(keys)).toHaveLength(1);
  }

  it(
    'again and again before it was signed, and once after, suspends it once',
    async () => {
      const crashes = async () => {
        const asked = { change: move('planned', 'awaiting_approval'), fate: 'rollBack' } as const;
        const begun = { change: changes['its step begins']!, fate: 'commit' } as const;
        for (const point of [asked, asked, begun]) await (await killAt(point, places)).killed;
      };
      const [runId] = await Promise.all([suspend(bot, rms), crashes()]);
      await expectSuspendedOnce(bot, runId);
    },
    2 * testMilliseconds,
  );

  it(
    'three times while it is carried out is not tried again, and people are asked to look',
    async () => {
      const [runId] = await Promise.all([suspend(bot, rms), killThreeTimes('suspend', places)]);
      await bot.quiet();
      expect(await bot.run(runId)).toMatchObject({
        state: 'unknown',
        problem: expect.stringContaining('too often'),
      });
      expect(await bot.effects(runId)).toEqual([]);
      await bot.expectHonest(runId);
      await bot.press('ada', runId, 'It did not', 'unknown');
      await bot.quiet();
      expect(await bot.run(runId)).toMatchObject({ state: 'failed' });
      expect((await bot.decisions(runId)).slice(-2)).toEqual(['run.unknown', 'run.settled']);
      await bot.expectHonest(runId);
    },
    2 * testMilliseconds,
  );
});
