import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { cardText } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { twoSignatures } from './guarded-people.ts';
import { holdsCommits } from './held-commits.ts';
import { bothSides, type KillPoint, killAt, move, stepBegins, stepEnds } from './kill-points.ts';
import { promisedMilliseconds } from './killed-process.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

describe('a process killed in the middle of many effects', async () => {
  const surroundings = await startSurroundings({ mode: 'http', hasRms: true, policy: twoSignatures });
  endProcessesAfterwards();
  const rms = surroundings.rms!;
  const bot = await startGuardedBot(surroundings);
  const places = { bot, rms, hold: await holdsCommits(surroundings.database) };

  async function resend(limit = 3): Promise<string> {
    const runId = await bot.request(`resend-notifications acme --limit ${limit}`);
    await bot.becomes(runId, 'planned');
    await bot.press('ada', runId, `Resend ${limit} emails`, 'planned');
    await bot.ends(runId);
    return runId;
  }

  /** What reached rms, and how often each. */
  const arrived = (since: number) => {
    const paths = rms
      .requests({ sinceMilliseconds: since })
      .flatMap(({ endpoint, path }) => (endpoint === 'resend' ? [path] : []));
    expect(paths).toEqual([...new Set(paths)]);
    return paths.length;
  };

  const second = 'NEW.position = 1';
  const planned = {
    table: 'countersign.runs',
    on: 'UPDATE',
    when: 'OLD.plan IS NULL AND NEW.plan IS NOT NULL',
  } as const;
  const all = { state: 'succeeded', calls: 3 } as const;
  const lost = { state: 'unknown', calls: 3 } as const;
  const cases: readonly {
    readonly name: string;
    readonly point: KillPoint;
    /** How the run ends, before anybody settles it. */
    readonly state: 'succeeded' | 'unknown';
    readonly calls: number;
  }[] = [
    ...bothSides('its preview is stored', planned).map((side) => ({ ...side, ...all })),
    ...bothSides('it is confirmed', move('planned', 'approved')).map((side) => ({ ...side, ...all })),
    { ...bothSides('the second item begins', stepBegins(second))[0], ...all },
    { ...bothSides('the second item begins', stepBegins(second))[1], state: 'unknown', calls: 2 },
    {
      name: 'when the second call has reached rms and does nothing',
      point: { endpoint: 'resend', when: 'before_effect', fate: 'drop', nth: 2 },
      ...lost,
    },
    {
      name: 'when the second call has reached rms and goes on without it',
      point: { endpoint: 'resend', when: 'before_effect', fate: 'release', nth: 2 },
      ...lost,
    },
    {
      name: 'when the second call took effect and was not answered',
      point: { endpoint: 'resend', when: 'after_effect', fate: 'drop', nth: 2 },
      ...lost,
    },
    { ...bothSides('the second item has ended', stepEnds(second))[0], ...lost },
    { ...bothSides('the second item has ended', stepEnds(second))[1], ...all },
    ...bothSides('all of it has succeeded', move('executing', 'succeeded')).map((side) => ({
      ...side,
      ...all,
    })),
  ];

  it.each(cases)(
    '$name leaves it $state after $calls calls, none made twice',
    async ({ point, state, calls }) => {
      const since = performance.timeOrigin + performance.now();
      const { killed } = await killAt(point, places);
      const [runId] = await Promise.all([resend(), killed]);
      await bot.quiet();
      expect(await bot.run(runId)).toMatchObject({ state });
      expect(arrived(since)).toBe(calls);
      expect(await bot.decisions(runId)).toEqual([
        'run.requested',
        'run.confirmed',
        'run.started',
        `run.${state}`,
      ]);
      await bot.expectHonest(runId);
      if (state === 'unknown') {
        expect(cardText(bot.cards(runId)[0]!)).toMatch(
          /"resend ntf_\w+" was begun by a process that is gone/,
        );
        await bot.press('ada', runId, 'It happened', 'unknown');
        await bot.quiet();
        expect((await bot.decisions(runId)).slice(-1)).toEqual(['run.settled']);
        await bot.expectHonest(runId);
      }
    },
    testMilliseconds,
  );

  it.each(
    bothSides('somebody’s wish to stop it is stored', {
      table: 'countersign.runs',
      on: 'UPDATE',
      when: 'OLD.cancel_requested_by IS NULL AND NEW.cancel_requested_by IS NOT NULL',
    }),
  )(
    '$name begins no other item, and calls the one under way unknown',
    async ({ name, point }) => {
      const since = performance.timeOrigin + performance.now();
      const held = rms.faults.hold({ endpoint: 'resend', when: 'before_effect' });
      const { killed } = await killAt(point, places);
      const runId = await bot.request('resend-notifications acme --limit 40');
      await bot.becomes(runId, 'planned');
      await bot.press('ada', runId, 'Resend 40 emails', 'planned');
      await held.reached;
      await Promise.all([bot.press('ada', runId, 'Cancel between steps', 'executing'), killed]);
      held.release();
      await bot.quiet();
      // What was under way when the process died is not known.
      expect(await bot.run(runId)).toMatchObject({ state: 'unknown' });
      // A wish that was rolled back is judged anew by the next process, beside the run that goes on meanwhile.
      if (name.startsWith('right before')) expect(arrived(since)).toBeLessThan(40);
      else expect(arrived(since)).toBe(1);
      await bot.expectHonest(runId);
      await bot.press('ada', runId, 'It happened', 'unknown');
      await bot.quiet();
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  it(
    'by an order to stop ends between two items, and the next process goes on from there',
    async () => {
      const since = performance.timeOrigin + performance.now();
      const held = rms.faults.hold({ endpoint: 'resend', when: 'before_effect' });
      const stopping = held.reached.then(async () => {
        const restarted = bot.restart();
        held.release();
        return restarted;
      });
      const [runId, exitCode] = await Promise.all([resend(40), stopping]);
      await bot.quiet();
      expect(exitCode).toBe(0);
      expect(await bot.run(runId)).toMatchObject({ state: 'succeeded' });
      expect(arrived(since)).toBe(40);
      expect(await bot.takeovers(runId)).toBe(1);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );
});
