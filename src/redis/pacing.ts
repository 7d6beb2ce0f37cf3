import { bucketsFor, type Pacing, type PacingSettings } from '../core/pacing.ts';
import type { RedisConnection } from './connection.ts';
import { redisKey } from './key.ts';
import { pacingScript, pauseScript } from './pacing-script.ts';

/** {@link Pacing} shared by every replica of one workspace, answered by `memory` while Redis is away. */
export function createRedisPacing(options: {
  readonly connection: RedisConnection;
  readonly workspaceId: string;
  readonly settings: () => PacingSettings;
  readonly memory: Pacing;
  /** Milliseconds since the epoch. Default: the Redis server's clock, so that replicas agree. */
  readonly clock?: () => number;
}): Pacing {
  const { connection, workspaceId, settings, memory, clock } = options;
  const now = (): number | '' => clock?.() ?? '';
  const pauseKey = (method: string): string => redisKey(workspaceId, `pause/${method}`);

  return {
    waitMilliseconds(call) {
      const buckets = bucketsFor(call, settings());
      return connection.attempt(
        async (redis) => {
          const keys = [
            pauseKey(call.method),
            ...buckets.map((bucket) => redisKey(workspaceId, `pace/${bucket.key}`)),
          ];
          const numbers = buckets.flatMap(({ capacity, refillPerSecond, leave }) => [
            capacity,
            refillPerSecond,
            leave,
          ]);
          return Number(await redis.eval(pacingScript, keys.length, ...keys, now(), ...numbers));
        },
        () => memory.waitMilliseconds(call),
      );
    },
    async pause(method, milliseconds) {
      // In memory too: a pause Slack asked for must survive Redis going away a second later.
      await memory.pause(method, milliseconds);
      await connection.attempt<unknown>(
        (redis) => redis.eval(pauseScript, 1, pauseKey(method), now(), milliseconds),
        async () => {},
      );
    },
  };
}
