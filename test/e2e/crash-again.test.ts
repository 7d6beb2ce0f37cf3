import { beforeEach, describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { holdAuditLog } from '../support/hold-audit-log.ts';
import { cardText } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { promisedMilliseconds, startToKill } from './killed-process.ts';

/** Starting processes takes time of its own on a busy machine. */
const testMilliseconds = promisedMilliseconds + 20_000;

describe('a process killed again and again', async () => {
  const surroundings = await startSurroundings({ mode: 'http' });
  endProcessesAfterwards();
  const { pilot } = surroundings;
  const bot = await startToKill(surroundings);
  beforeEach(() => bot.quiet());

  it(
    'three times over the same run is reported as failed instead of being tried for ever',
    async () => {
      const since = bot.now();
      const letGo = await holdAuditLog(pilot);
      await bot.ops('ada', 'verify-audit initech');
      for (let attempt = 1; attempt <= 3; attempt++) {
        await until(
          async () => {
            const run = await bot.lastRun('U0ADA');
            return run?.command === 'verify-audit' && run.state === 'executing' && run.attempt === attempt;
          },
          { deadlineMilliseconds: promisedMilliseconds, waitingFor: `attempt ${attempt}` },
        );
        await bot.kill();
        await bot.startAgain();
      }
      const card = await bot.finished(/stopped 3 times in a row/, since);
      await letGo();
      expect(cardText(card)).toMatch(/✗ failed/);
      expect(bot.topLevel(since)).toHaveLength(1);
      expect(await bot.lastRun('U0ADA')).toMatchObject({ state: 'failed' });
      expect((await bot.verifyLedger()).code).toBe(0);
    },
    4 * testMilliseconds,
  );
});
