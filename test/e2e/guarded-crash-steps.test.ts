import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { twoSignatures } from './guarded-people.ts';
import { holdsCommits } from './held-commits.ts';
import { bothSides, type KillPoint, killAt, move, stepBegins, stepEnds } from './kill-points.ts';
import { promisedMilliseconds } from './killed-process.ts';
import { putTenant } from './rms-tenant.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

interface Case {
  readonly name: string;
  readonly point: KillPoint;
  /** How the run ends, before anybody settles it. */
  readonly state: 'succeeded' | 'unknown';
}

describe('a process killed between the effects of a run', async () => {
  const surroundings = await startSurroundings({ mode: 'http', hasRms: true, policy: twoSignatures });
  endProcessesAfterwards();
  const rms = surroundings.rms!;
  const bot = await startGuardedBot(surroundings);
  const places = { bot, rms, hold: await holdsCommits(surroundings.database) };

  async function activate(): Promise<string> {
    await putTenant(rms, 'wayne', 'suspended');
    const runId = await bot.request('activate-tenant wayne --reason "invoice was paid"');
    await bot.becomes(runId, 'awaiting_approval');
    await bot.sign('grace', runId);
    await bot.sign('linus', runId);
    await bot.ends(runId);
    return runId;
  }

  const first = `NEW.name = 'activate'`;
  const second = `NEW.name = 'resume-counters'`;
  const signed = ['run.requested', 'approval.requested', 'approval.granted', 'approval.granted'] as const;
  const cases: readonly (Case & { readonly effects: readonly string[] })[] = [
    // rms honours the key of the first.
    ...bothSides('its first step begins', stepBegins(first)).map(succeeds),
    succeeds({
      name: 'when its first call took effect and was not answered',
      point: { endpoint: 'activate', when: 'after_effect', fate: 'drop' },
    }),
    ...bothSides('its first step has ended', stepEnds(first)).map(succeeds),
    // And not that of the second.
    succeeds(bothSides('its second step begins', stepBegins(second))[0]),
    {
      ...bothSides('its second step begins', stepBegins(second))[1],
      state: 'unknown',
      effects: ['activate'],
    },
    {
      name: 'when its second call has reached rms and does nothing',
      point: { endpoint: 'counters/resume', when: 'before_effect', fate: 'drop' },
      state: 'unknown',
      effects: ['activate'],
    },
    {
      name: 'when its second call has reached rms and goes on without it',
      point: { endpoint: 'counters/resume', when: 'before_effect', fate: 'release' },
      state: 'unknown',
      effects: ['activate', 'counters/resume'],
    },
    {
      name: 'when its second call took effect and was not answered',
      point: { endpoint: 'counters/resume', when: 'after_effect', fate: 'drop' },
      state: 'unknown',
      effects: ['activate', 'counters/resume'],
    },
    {
      ...bothSides('its second step has ended', stepEnds(second))[0],
      state: 'unknown',
      effects: ['activate', 'counters/resume'],
    },
    succeeds(bothSides('its second step has ended', stepEnds(second))[1]),
  ];

  it.each(cases)(
    '$name leaves it $state, with $effects made once',
    async ({ point, state, effects }) => {
      const { killed } = await killAt(point, places);
      const [runId] = await Promise.all([activate(), killed]);
      await bot.quiet();
      expect(await bot.run(runId)).toMatchObject({ state });
      expect((await bot.effects(runId)).map(({ endpoint }) => endpoint)).toEqual(effects);
      expect(await bot.decisions(runId)).toEqual([...signed, 'run.started', `run.${state}`]);
      await bot.expectHonest(runId);
      if (state === 'unknown') await settle(runId, effects.includes('counters/resume'));
    },
    testMilliseconds,
  );

  async function settle(runId: string, hasHappened: boolean): Promise<void> {
    await bot.press('grace', runId, hasHappened ? 'It happened' : 'It did not', 'unknown');
    await bot.quiet();
    expect(await bot.run(runId)).toMatchObject({ state: hasHappened ? 'succeeded' : 'failed' });
    expect((await bot.decisions(runId)).slice(-2)).toEqual(['run.unknown', 'run.settled']);
    await bot.expectHonest(runId);
  }

  it.each([
    ...bothSides('it has become unknown', move('executing', 'unknown')),
    ...bothSides('a person has settled it', move('unknown', 'succeeded')),
  ])(
    '$name loses neither',
    async ({ point }) => {
      rms.faults.set({ endpoint: 'counters/resume', fault: 'cut_after', times: 1 });
      const { killed } = await killAt(point, places);
      const both = activate().then(async (runId) => {
        await bot.quiet();
        await settle(runId, true);
        return runId;
      });
      const [runId] = await Promise.all([both, killed]);
      await bot.quiet();
      expect(await bot.decisions(runId)).toEqual([...signed, 'run.started', 'run.unknown', 'run.settled']);
      expect((await bot.effects(runId)).map(({ endpoint }) => endpoint)).toEqual([
        'activate',
        'counters/resume',
      ]);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  function succeeds(given: { readonly name: string; readonly point: KillPoint }) {
    return { ...given, state: 'succeeded', effects: ['activate', 'counters/resume'] } as const;
  }
});
