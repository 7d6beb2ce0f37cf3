import { beforeEach, describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { holdAuditLog } from '../support/hold-audit-log.ts';
import { cardText } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { promisedMilliseconds, startToKill } from './killed-process.ts';

/** Starting processes takes time of its own on a busy machine. */
const testMilliseconds = promisedMilliseconds + 20_000;

describe('a process killed while it works', async () => {
  const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 60_000 });
  endProcessesAfterwards();
  const { pilot } = surroundings;
  const bot = await startToKill(surroundings);
  beforeEach(() => bot.quiet());

  it(
    'in the middle of a verify leaves a run that the next one finishes, with one card, on record',
    async () => {
      const since = bot.now();
      await bot.ops('ada', 'verify-audit umbrella --full');
      const run = await until(async () => {
        const found = await bot.lastRun('U0ADA');
        return found?.state === 'executing' ? found : undefined;
      });
      await bot.kill();
      expect(await bot.lastRun('U0ADA')).toMatchObject({ id: run.id, state: 'executing', attempt: 1 });

      const began = performance.now();
      await bot.startAgain();
      const card = await bot.finished(/umbrella: audit chain intact, 60,000 records/, since);
      expect(performance.now() - began).toBeLessThan(promisedMilliseconds);
      await bot.quiet();
      expect(await bot.lastRun('U0ADA')).toMatchObject({ id: run.id, state: 'succeeded', attempt: 2 });
      expect(bot.topLevel(since)).toEqual([card]);
      expect(await bot.kindsOf(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
      const { code, text } = await bot.verifyLedger();
      expect({ code, text }).toMatchObject({ code: 0 });
    },
    testMilliseconds,
  );

  it(
    'while the progress card stands leaves one card, brought to its end by the next',
    async () => {
      const since = bot.now();
      const letGo = await holdAuditLog(pilot);
      await bot.ops('ada', 'verify-audit globex');
      const going = await until(() => bot.topLevel(since)[0], { deadlineMilliseconds: 10_000 });
      expect(cardText(going)).toMatch(/^… running/);
      await bot.kill();
      await letGo();
      await bot.startAgain();
      const card = await bot.finished(/✗ globex: audit chain broken/, since);
      expect(card.ts).toBe(going.ts);
      await bot.quiet();
      expect(bot.topLevel(since)).toEqual([card]);
    },
    testMilliseconds,
  );

  it(
    'right after its acknowledgement loses nothing it acknowledged',
    async () => {
      const since = bot.now();
      const runs = await bot.countRuns();
      expect(await bot.ops('ada', 'verify-audit acme')).toEqual({ ok: true });
      await bot.kill();
      await bot.startAgain();
      const card = await bot.finished(/acme: audit chain intact/, since);
      await bot.quiet();
      expect(await bot.countRuns()).toBe(runs + 1);
      expect(bot.topLevel(since)).toEqual([card]);
    },
    testMilliseconds,
  );

  it('stops in order when asked, and says so by its exit code', async () => {
    expect(await bot.stop()).toBe(0);
    await bot.startAgain();
  });
});
