import type { VolatileStore } from '../core/volatile-store.ts';
import type { RedisConnection } from './connection.ts';
import { redisKey } from './key.ts';

/** Counting and starting the window are one step: a crash between them would leave a count that never ends. */
const countScript = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
`;

/** {@link VolatileStore} shared by every replica, answered by `memory` while Redis is away. */
export function createRedisStore(options: {
  readonly connection: RedisConnection;
  readonly workspaceId: string;
  readonly memory: VolatileStore;
}): VolatileStore {
  const { connection, workspaceId, memory } = options;
  const keyOf = (key: string): string => redisKey(workspaceId, `store/${key}`);

  return {
    maybeText: (key) =>
      connection.attempt<string | undefined>(
        async (redis) => (await redis.get(keyOf(key))) ?? undefined,
        () => memory.maybeText(key),
      ),
    async setText(key, text, lifetimeMilliseconds) {
      await connection.attempt<unknown>(
        (redis) => redis.set(keyOf(key), text, 'PX', wholeMilliseconds(lifetimeMilliseconds)),
        () => memory.setText(key, text, lifetimeMilliseconds),
      );
    },
    async delete(key) {
      // Also here: a value kept during an outage must not come back in the next one.
      await memory.delete(key);
      await connection.attempt<unknown>(
        (redis) => redis.del(keyOf(key)),
        async () => {},
      );
    },
    claim: (key, lifetimeMilliseconds) =>
      connection.attempt(
        async (redis) =>
          (await redis.set(keyOf(key), '1', 'PX', wholeMilliseconds(lifetimeMilliseconds), 'NX')) === 'OK',
        () => memory.claim(key, lifetimeMilliseconds),
      ),
    count: (key, windowMilliseconds) =>
      connection.attempt(
        async (redis) =>
          Number(await redis.eval(countScript, 1, keyOf(key), wholeMilliseconds(windowMilliseconds))),
        () => memory.count(key, windowMilliseconds),
      ),
  };
}

/** Redis takes whole positive milliseconds only. */
function wholeMilliseconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds));
}
