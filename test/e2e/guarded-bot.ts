import { join } from 'node:path';
import { type CountersignProcess, startCountersignProcess } from '../support/countersign-process.ts';
import type { Surroundings } from '../support/surroundings.ts';
import { type GuardedPeople, guardedPeople } from './guarded-people.ts';

/** A bot that is killed and started again under the hands of people with guarded runs. */
export interface GuardedBot extends GuardedPeople {
  /** Where the present one listens. */
  url(): string;
  /** Kills the bot, lets `meanwhile` happen, and goes on with the next one. */
  crash(meanwhile?: () => unknown): Promise<void>;
  /** SIGTERM; the next one goes on. @returns the exit code of the one before */
  restart(): Promise<number | null>;
}

/** @param options.isNextAhead false where what the next one waits with (its database) is broken meanwhile. Default true. */
export async function startGuardedBot(
  surroundings: Surroundings,
  { isNextAhead = true }: { readonly isNextAhead?: boolean } = {},
): Promise<GuardedBot> {
  let generation = 0;
  // Most of a start is compiling, and there is one for each kill.
  const variables = { NODE_COMPILE_CACHE: join(surroundings.folder, 'compiled') };
  let current = await startCountersignProcess(surroundings, variables);
  /** Loads while its predecessor works and waits for that one to go, as in a rolling restart: nobody waits for it. */
  let next = isNextAhead ? loading() : undefined;
  function loading(): Promise<CountersignProcess> {
    const process = startCountersignProcess(surroundings, variables);
    // The last one waits in vain, and is killed with the rest.
    process.catch(() => undefined);
    return process;
  }
  async function goOn(): Promise<void> {
    current = await (next ?? loading());
    generation += 1;
    if (isNextAhead) next = loading();
  }
  return {
    ...guardedPeople(surroundings, () => generation),
    url: () => current.url,
    crash: async (meanwhile) => {
      await current.kill();
      await meanwhile?.();
      await agePossessions(surroundings);
      await goOn();
    },
    restart: async () => {
      const exitCode = await current.stop();
      await goOn();
      return exitCode;
    },
  };
}

/**
 * What a dead process had in hand is older now, as if it had died a while ago: waiting for that would take ten
 * seconds for a job or a page and twenty for a message. That these waits end in time is shown where nothing is moved.
 */
async function agePossessions({ database }: Surroundings): Promise<void> {
  await database.pool.query(
    `UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '30 seconds'
     WHERE locked_at IS NOT NULL`,
  );
  await database.pool.query(
    `UPDATE countersign.messages
     SET claimed_until = claimed_until - interval '30 seconds', post_began_at = post_began_at - interval '30 seconds'
     WHERE claim IS NOT NULL`,
  );
  await database.pool.query(
    `UPDATE countersign.pages SET claimed_until = claimed_until - interval '30 seconds' WHERE claimed_until IS NOT NULL`,
  );
}
