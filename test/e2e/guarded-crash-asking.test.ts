import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { twoSignatures } from './guarded-people.ts';
import { type Change, holdsCommits } from './held-commits.ts';
import { bothSides, killAt, move, signature } from './kill-points.ts';
import { promisedMilliseconds } from './killed-process.ts';
import { putTenant } from './rms-tenant.ts';
import { expectSuspendedOnce, killThreeTimes, suspend } from './suspension.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

/** Every state change from the request to the last signature, in order. */
const changes: Readonly<Record<string, Change>> = {
  'the request is stored': { table: 'countersign.inbox', on: 'INSERT', when: `NEW.kind = 'invocation'` },
  'the run is made': { table: 'countersign.runs', on: 'INSERT', when: 'true' },
  'signatures are asked for': move('planned', 'awaiting_approval'),
  'its card is known to be posted': {
    table: 'countersign.messages',
    on: 'UPDATE',
    when: `NEW.id LIKE 'run:%:card' AND OLD.ts IS NULL AND NEW.ts IS NOT NULL`,
  },
  'the click is stored': { table: 'countersign.inbox', on: 'INSERT', when: `NEW.kind = 'decision'` },
  'the first signature': signature('U0GRACE'),
  'the last signature': signature('U0LINUS'),
};

describe('a process killed while a change is asked for and signed', async () => {
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

  it(
    'while the plan is read suspends it once',
    async () => {
      const { killed } = await killAt({ endpoint: 'tenant', when: 'before_effect', fate: 'drop' }, places);
      const [runId] = await Promise.all([suspend(bot, rms), killed]);
      await expectSuspendedOnce(bot, runId);
    },
    testMilliseconds,
  );

  it.each([
    ...bothSides('it is cancelled', move('awaiting_approval', 'cancelled')),
    ...bothSides('it is denied', move('awaiting_approval', 'denied')),
    ...bothSides('it has expired', move('awaiting_approval', 'expired')),
  ])(
    '$name ends it so, once, with nothing done',
    async ({ name, point }) => {
      await putTenant(rms, 'wayne', 'active');
      const { killed } = await killAt(point, places);
      const runId = await bot.request('suspend-tenant wayne --reason "card testing"');
      await bot.becomes(runId, 'awaiting_approval');
      await Promise.all([endings[name.split(' ').at(-1)!]!(runId), killed]);
      await bot.quiet();
      const decisions = await bot.decisions(runId);
      expect(decisions.slice(0, 2)).toEqual(['run.requested', 'approval.requested']);
      expect(decisions.slice(2)).toEqual([expect.stringMatching(/cancelled|denied|expired/)]);
      expect(await bot.effects(runId)).toEqual([]);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  const endings: Readonly<Record<string, (runId: string) => Promise<unknown>>> = {
    cancelled: (runId) => bot.press('ada', runId, 'Cancel', 'awaiting_approval'),
    denied: async (runId) => {
      await bot.quiet();
      await bot.click('grace', bot.cards(runId)[0]!, 'Deny…');
      const form = await bot.modal('grace', /Deny/);
      await bot.fill('grace', form, 'Why not?', 'not while the audit runs');
      await bot.submit('grace', form);
      await bot.becomes(runId, 'denied');
    },
    expired: async (runId) => {
      await surroundings.database.pool.query(
        `UPDATE countersign.runs SET expires_at = clock_timestamp() WHERE id = $1`,
        [runId],
      );
      await surroundings.database.pool.query(
        `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE key LIKE 'expire:%' || $1`,
        [runId],
      );
      await bot.becomes(runId, 'expired');
    },
  };

  it(
    'three times while it is planned is not tried again, and says so',
    async () => {
      const since = bot.now();
      const [runId] = await Promise.all([
        bot.request('suspend-tenant stark --reason "card testing"'),
        killThreeTimes('tenant', places),
      ]);
      await bot.becomes(runId, 'failed');
      await bot.quiet();
      expect(await bot.decisions(runId)).toEqual(['run.requested', 'run.failed']);
      await bot.sees('ada', { since, matching: /3 times in a row/ });
    },
    2 * testMilliseconds,
  );
});
