import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { twoSignatures } from './guarded-people.ts';
import { holdsCommits } from './held-commits.ts';
import { move } from './kill-points.ts';
import { promisedMilliseconds } from './killed-process.ts';
import { putTenant } from './rms-tenant.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

describe('a guarded run while something else is away too', async () => {
  let proxy!: TcpProxy;
  const surroundings = await startSurroundings({
    mode: 'http',
    hasRms: true,
    policy: twoSignatures,
    databaseUrl: async (url) => {
      proxy = await TcpProxy.to(url);
      return proxy.through(url);
    },
  });
  endProcessesAfterwards();
  afterAll(() => proxy.stop());
  const { workspace } = surroundings;
  const rms = surroundings.rms!;
  const bot = await startGuardedBot(surroundings, { isNextAhead: false });
  const hold = await holdsCommits(surroundings.database);

  const sign = async (invocation: string) => {
    const runId = await bot.request(invocation);
    await bot.becomes(runId, 'awaiting_approval');
    await bot.sign('grace', runId);
    await bot.sign('linus', runId);
    return runId;
  };
  const outcomeOf = async (runId: string, step: string) =>
    (
      await surroundings.database.pool.query<{ state: string }>(
        'SELECT state FROM countersign.steps WHERE run_id = $1 AND name = $2',
        [runId, step],
      )
    ).rows[0]?.state;
  const endpoints = async (runId: string) => (await bot.effects(runId)).map(({ endpoint }) => endpoint);

  it(
    'writes what came of an effect once the database is back',
    async () => {
      await putTenant(rms, 'wayne', 'suspended');
      const held = rms.faults.hold({ endpoint: 'counters/resume', when: 'after_effect' });
      const runId = await sign('activate-tenant wayne --reason "invoice was paid"');
      await held.reached;
      await proxy.refuse();
      onTestFinished(() => proxy.resume());
      held.release();
      expect(await outcomeOf(runId, 'resume-counters')).toBe('begun');
      await proxy.resume();
      await bot.becomes(runId, 'succeeded');
      await bot.quiet();
      expect(await outcomeOf(runId, 'resume-counters')).toBe('succeeded');
      expect(await endpoints(runId)).toEqual(['activate', 'counters/resume']);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  it(
    'and killed before the database is back is unknown where it could not be asked again',
    async () => {
      await putTenant(rms, 'wayne', 'suspended');
      const held = rms.faults.hold({ endpoint: 'counters/resume', when: 'after_effect' });
      const runId = await sign('activate-tenant wayne --reason "invoice was paid"');
      await held.reached;
      await proxy.refuse();
      held.release();
      await bot.crash(() => proxy.resume());
      await bot.becomes(runId, 'unknown');
      await bot.quiet();
      expect(await endpoints(runId)).toEqual(['activate', 'counters/resume']);
      await bot.expectHonest(runId);
      await bot.press('ada', runId, 'It happened', 'unknown');
      await bot.quiet();
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  it.each(['survives', 'is killed'])(
    'asks for signatures once Slack is back, with one card, when the bot %s',
    async (fate) => {
      await putTenant(rms, 'wayne', 'active');
      const held = await hold(move('planned', 'awaiting_approval'));
      const asked = bot.request('suspend-tenant wayne --reason "card testing"');
      await held.reached();
      workspace.goDown();
      onTestFinished(() => workspace.comeBack());
      if (fate === 'is killed') await bot.crash(() => held.commit());
      else await held.letThrough();
      const runId = await asked;
      await bot.becomes(runId, 'awaiting_approval');
      expect(bot.cards(runId)).toEqual([]);
      workspace.comeBack();
      await bot.sign('grace', runId);
      await bot.sign('linus', runId);
      await bot.becomes(runId, 'succeeded');
      await bot.quiet();
      expect(await endpoints(runId)).toEqual(['suspend']);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );
});
