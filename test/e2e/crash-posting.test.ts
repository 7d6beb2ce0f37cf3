import { beforeEach, describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { promisedMilliseconds, startToKill } from './killed-process.ts';

/** Starting processes takes time of its own on a busy machine. */
const testMilliseconds = promisedMilliseconds + 20_000;

describe('a process killed while it posts', async () => {
  const surroundings = await startSurroundings({ mode: 'http' });
  endProcessesAfterwards();
  const { workspace } = surroundings;
  const bot = await startToKill(surroundings);
  beforeEach(() => bot.quiet());

  it(
    'while the answer to its post is held back posts nothing twice',
    async () => {
      const since = bot.now();
      workspace.faults.next('chat.postMessage', 'timeout_after_effect');
      await bot.ops('ada', 'verify-audit hooli');
      await until(() => bot.topLevel(since).length === 1);
      await bot.kill();
      const [posted] = bot.topLevel(since);
      await bot.startAgain();
      await until(async () => (await bot.countOwed()) === 0, {
        deadlineMilliseconds: promisedMilliseconds,
        waitingFor: 'the post to be found again',
      });
      await bot.quiet();
      expect(bot.topLevel(since).map(({ ts }) => ts)).toEqual([posted?.ts]);
    },
    testMilliseconds,
  );
});
