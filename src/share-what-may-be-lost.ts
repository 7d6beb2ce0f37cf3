import type { Environment } from './config/environment.ts';
import type { Pacing } from './core/pacing.ts';
import type { Log } from './log.ts';
import { connectRedis } from './redis/connection.ts';
import { createMemoryPacing } from './redis/memory-pacing.ts';
import { createMemoryStore } from './redis/memory-store.ts';
import { createRedisPacing } from './redis/pacing.ts';
import { createRedisStore } from './redis/redis-store.ts';
import type { SettingsHolder } from './reload.ts';
import type { CountersignSettings } from './runtime.ts';

export interface SharingOptions {
  readonly environment: Pick<Environment, 'redisUrl'>;
  readonly settings: SettingsHolder<CountersignSettings>;
  readonly log: Log;
  readonly pacing?: Pacing;
}

/** Caches and pacing: in Redis when there is one, else in this process. */
export function shareWhatMayBeLost(
  { environment, settings, log, ...given }: SharingOptions,
  workspaceId: string,
  undo: (() => Promise<unknown> | unknown)[],
) {
  const pacingSettings = () => settings.current.slack.pacing;
  const memory = createMemoryStore();
  const memoryPacing = createMemoryPacing({ settings: pacingSettings });
  if (environment.redisUrl === undefined) return { store: memory, pacing: given.pacing ?? memoryPacing };
  const connection = connectRedis({ url: environment.redisUrl.reveal(), log });
  undo.push(() => connection.close());
  return {
    store: createRedisStore({ connection, workspaceId, memory }),
    pacing:
      given.pacing ??
      createRedisPacing({ connection, workspaceId, settings: pacingSettings, memory: memoryPacing }),
  };
}
