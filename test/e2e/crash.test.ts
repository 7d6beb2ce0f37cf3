import { Writable } from 'node:stream';
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { runLedgerVerify } from '../../src/ledger-cli/verify.ts';
import { looking, quiet } from '../support/countersign.ts';
import { endProcessesAfterwards, startCountersignProcess } from '../support/countersign-process.ts';
import { holdAuditLog } from '../support/hold-audit-log.ts';
import { cardText, people } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

/** What is promised: finished or reported within 30 s of any process being up. */
const promisedMilliseconds = 30_000;
const testMilliseconds = promisedMilliseconds + 20_000;

describe('a process killed', async () => {
  const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 60_000 });
  endProcessesAfterwards();
  const { workspace, database, pilot } = surroundings;
  const { lastRun, countRuns } = looking(surroundings);
  const slack = people(workspace);
  let bot = await startCountersignProcess(surroundings);
  beforeEach(() => quiet(surroundings));

  async function ledgerSays(): Promise<{ code: number; text: string }> {
    const client = new pg.Client({ connectionString: database.appUrl });
    await client.connect();
    let text = '';
    const output = new Writable({
      write: (chunk, _, done) => {
        text += chunk;
        done();
      },
    });
    try {
      return { code: await runLedgerVerify({ from: { client }, output }), text };
    } finally {
      await client.end();
    }
  }

  const kindsOf = async (runId: string) => {
    const { rows } = await database.pool.query<{ kind: string }>(
      'SELECT kind FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
      [runId],
    );
    return rows.map(({ kind }) => kind);
  };

  const topLevel = (since: string) =>
    slack
      .screen('ada', 'C0OPS')
      .filter((message) => Number(message.ts) > Number(since) && message.threadTs === undefined);

  const finished = (what: RegExp, since: string) =>
    slack.sees('ada', { since, matching: what, deadlineMilliseconds: promisedMilliseconds });

  it(
    'in the middle of a verify leaves a run that the next one finishes, with one card, on record',
    async () => {
      const since = slack.now();
      await slack.ops('ada', 'verify-audit umbrella --full');
      const run = await until(async () => {
        const found = await lastRun('U0ADA');
        return found?.state === 'executing' ? found : undefined;
      });
      await bot.kill();
      expect(await lastRun('U0ADA')).toMatchObject({ id: run.id, state: 'executing', attempt: 1 });

      const began = performance.now();
      bot = await startCountersignProcess(surroundings);
      const card = await finished(/umbrella: audit chain intact, 60,000 records/, since);
      expect(performance.now() - began).toBeLessThan(promisedMilliseconds);
      await quiet(surroundings);
      expect(await lastRun('U0ADA')).toMatchObject({ id: run.id, state: 'succeeded', attempt: 2 });
      expect(topLevel(since)).toEqual([card]);
      expect(await kindsOf(run.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
      const { code, text } = await ledgerSays();
      expect({ code, text }).toMatchObject({ code: 0 });
    },
    testMilliseconds,
  );

  it(
    'while the progress card stands leaves one card, brought to its end by the next',
    async () => {
      const since = slack.now();
      const letGo = await holdAuditLog(pilot);
      await slack.ops('ada', 'verify-audit globex');
      const going = await until(() => topLevel(since)[0], { deadlineMilliseconds: 10_000 });
      expect(cardText(going)).toMatch(/^… running/);
      await bot.kill();
      await letGo();
      bot = await startCountersignProcess(surroundings);
      const card = await finished(/✗ globex: audit chain broken/, since);
      expect(card.ts).toBe(going.ts);
      await quiet(surroundings);
      expect(topLevel(since)).toEqual([card]);
    },
    testMilliseconds,
  );

  it(
    'right after its acknowledgement loses nothing it acknowledged',
    async () => {
      const since = slack.now();
      const runs = await countRuns();
      expect(await slack.ops('ada', 'verify-audit acme')).toEqual({ ok: true });
      await bot.kill();
      bot = await startCountersignProcess(surroundings);
      const card = await finished(/acme: audit chain intact/, since);
      await quiet(surroundings);
      expect(await countRuns()).toBe(runs + 1);
      expect(topLevel(since)).toEqual([card]);
    },
    testMilliseconds,
  );

  it(
    'while the answer to its post is held back posts nothing twice',
    async () => {
      const since = slack.now();
      workspace.faults.next('chat.postMessage', 'timeout_after_effect');
      await slack.ops('ada', 'verify-audit hooli');
      await until(() => topLevel(since).length === 1);
      await bot.kill();
      const [posted] = topLevel(since);
      bot = await startCountersignProcess(surroundings);
      await until(
        async () => {
          const { rows } = await database.pool.query<{ owed: number }>(
            'SELECT count(*)::int AS owed FROM countersign.messages WHERE sent < wanted',
          );
          return rows[0]!.owed === 0;
        },
        { deadlineMilliseconds: promisedMilliseconds, waitingFor: 'the post to be found again' },
      );
      await quiet(surroundings);
      expect(topLevel(since).map(({ ts }) => ts)).toEqual([posted?.ts]);
    },
    testMilliseconds,
  );

  it(
    'three times over the same run is reported as failed instead of being tried for ever',
    async () => {
      const since = slack.now();
      const letGo = await holdAuditLog(pilot);
      await slack.ops('ada', 'verify-audit initech');
      for (let attempt = 1; attempt <= 3; attempt++) {
        await until(
          async () => {
            const run = await lastRun('U0ADA');
            return run?.command === 'verify-audit' && run.state === 'executing' && run.attempt === attempt;
          },
          { deadlineMilliseconds: promisedMilliseconds, waitingFor: `attempt ${attempt}` },
        );
        await bot.kill();
        bot = await startCountersignProcess(surroundings);
      }
      const card = await finished(/stopped 3 times in a row/, since);
      await letGo();
      expect(cardText(card)).toMatch(/✗ failed/);
      expect(topLevel(since)).toHaveLength(1);
      expect(await lastRun('U0ADA')).toMatchObject({ state: 'failed' });
      expect((await ledgerSays()).code).toBe(0);
    },
    4 * testMilliseconds,
  );

  it('stops in order when asked, and says so by its exit code', async () => {
    expect(await bot.stop()).toBe(0);
    bot = await startCountersignProcess(surroundings);
  });
});
