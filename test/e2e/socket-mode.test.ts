import { beforeEach, describe, expect, it } from 'vitest';
import { looking, quiet } from '../support/countersign.ts';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { cardText, people } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

/** Socket Mode that was cut comes back in about two seconds, and in ten when the first attempt fails. */
const backMilliseconds = 15_000;
/** Slack cuts a connection this long after its warning. */
const warnedMilliseconds = 10_000;

describe('Socket Mode', async () => {
  // A process of its own: Slack's client rejects promises nobody can wait for when it is cut.
  const surroundings = await startSurroundings({ mode: 'socket' });
  endProcessesAfterwards();
  const { socketMode } = surroundings.workspace;
  const slack = people(surroundings.workspace);
  const { countRuns } = looking(surroundings);
  const bot = await startCountersignProcess(surroundings);
  beforeEach(() => quiet(surroundings));

  const connected = () =>
    until(() => socketMode.connectionCount > 0, {
      deadlineMilliseconds: backMilliseconds,
      waitingFor: 'the bot to be connected again',
    });

  async function works(): Promise<void> {
    const runs = await countRuns();
    const card = await slack.ask('ada', 'verify-audit acme');
    expect(cardText(card)).toContain('acme: audit chain intact');
    await quiet(surroundings);
    expect(await countRuns()).toBe(runs + 1);
  }

  it.each(['refresh_requested', 'abrupt'] as const)(
    'connects again after "%s", and commands work',
    async (kind) => {
      await works();
      socketMode.disconnect(kind);
      await until(() => socketMode.connectionCount === 0);
      await connected();
      await works();
    },
    2 * backMilliseconds,
  );

  it(
    'has a new connection before a warned one ends',
    async () => {
      const since = slack.now();
      socketMode.disconnect('warning');
      // A warned connection takes nothing more, and lives for another 10 s.
      await until(async () => (await slack.ops('ada', 'verify-audit globex')).ok, {
        deadlineMilliseconds: warnedMilliseconds,
        waitingFor: 'a command to get through after the warning',
      });
      await slack.sees('ada', { since, matching: /✗ globex/ });
    },
    2 * backMilliseconds,
  );

  it(
    'comes back after Slack was gone altogether',
    async () => {
      const before = bot.logged.length;
      surroundings.workspace.goDown();
      await until(() => bot.logged.slice(before).some((line) => line.includes('"level":"warn"')), {
        deadlineMilliseconds: backMilliseconds,
        waitingFor: 'the bot to have tried in vain',
      });
      surroundings.workspace.comeBack();
      await connected();
      await works();
    },
    3 * backMilliseconds,
  );

  it('answers over one of several connections, once', async () => {
    const runs = await countRuns();
    surroundings.workspace.faults.duplicateNextDelivery();
    await slack.ask('ada', 'verify-audit acme');
    await quiet(surroundings);
    expect(await countRuns()).toBe(runs + 1);
  });
});
