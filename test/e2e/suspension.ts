import { expect } from 'vitest';
import type { Rms } from '../../sandbox/targets/rms/server.ts';
import type { GuardedPeople } from './guarded-people.ts';
import type { KillPlaces } from './kill-points.ts';
import { putTenant } from './rms-tenant.ts';

/** Asks for a suspension, has it signed by two and waits for its end, whatever happens to the bot meanwhile. */
export async function suspend(bot: GuardedPeople, rms: Rms, beforeSigning?: () => unknown): Promise<string> {
  await putTenant(rms, 'wayne', 'active');
  const runId = await bot.request('suspend-tenant wayne --reason "card testing"');
  await bot.becomes(runId, 'awaiting_approval');
  await beforeSigning?.();
  await bot.sign('grace', runId);
  await bot.sign('linus', runId);
  await bot.ends(runId);
  return runId;
}

/** One effect, and each decision on record once. */
export async function expectSuspendedOnce(bot: GuardedPeople, runId: string): Promise<void> {
  await bot.quiet();
  expect(await bot.run(runId)).toMatchObject({ state: 'succeeded' });
  expect((await bot.effects(runId)).map(({ endpoint }) => endpoint)).toEqual(['suspend']);
  expect(await bot.decisions(runId)).toEqual([
    'run.requested',
    'approval.requested',
    'approval.granted',
    'approval.granted',
    'run.started',
    'run.succeeded',
  ]);
  await bot.expectHonest(runId);
}

/** As often as a run is tried. */
export async function killThreeTimes(endpoint: string, { bot, rms }: KillPlaces): Promise<void> {
  const hold = () => rms.faults.hold({ endpoint, when: 'before_effect' });
  let held = hold();
  for (let attempt = 1; attempt <= 3; attempt++) {
    await held.reached;
    const { drop } = held;
    // Before the next process is there: it goes on with the run at once, and would be through before it is held.
    if (attempt < 3) held = hold();
    await bot.crash(() => drop());
  }
}
