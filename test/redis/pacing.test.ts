import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PacedCall, Pacing, PacingSettings } from '../../src/core/pacing.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';
import { createRedisPacing } from '../../src/redis/pacing.ts';
import fc from '../support/properties.ts';
import { testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const settings: PacingSettings = {
  updatesPerMinute: 40,
  updatesBurst: 8,
  postsPerSecondPerChannel: 1,
  postsBurst: 4,
  progressEverySeconds: 3,
};
const silent = { info: () => {}, warn: () => {} };
/** Fails every question: proves that an answer came from Redis. */
const noMemory: Pacing = {
  waitMilliseconds: () => Promise.reject(new Error('Redis was not used.')),
  pause: async () => {},
};

const connections: RedisConnection[] = [];
let url: string;
let redis: Redis;
beforeAll(async () => {
  ({ url } = await testRedis());
  redis = new Redis(url);
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all(connections.map((connection) => connection.close()));
});

/** One replica, with a connection of its own. */
function replica(workspaceId: string, clock?: () => number): Pacing {
  const connection = connectRedis({ url, log: silent, commandTimeoutMilliseconds: 5_000 });
  connections.push(connection);
  return createRedisPacing({
    connection,
    workspaceId,
    settings: () => settings,
    memory: noMemory,
    ...(clock && { clock }),
  });
}

describe('pacing shared through Redis', () => {
  it('gives replicas that ask at the same moment one budget together', async () => {
    const workspace = `T${randomUUID()}`;
    const now = Date.now();
    const replicas = [1, 2, 3].map(() => replica(workspace, () => now));
    const waits = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (replicas[index % 3] as Pacing).waitMilliseconds({ method: 'chat.update', urgency: 'decision' }),
      ),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(8);
    expect(new Set(waits)).toEqual(new Set([0, 1_500]));
  });

  it('answers as the process alone would, on any schedule', async () => {
    let now = 0;
    const one = replica('T-property', () => 1_700_000_000_000 + now);
    const step = fc.record({
      gap: fc.oneof(fc.nat(50), fc.nat(5_000)),
      call: fc.record({
        method: fc.constantFrom('chat.update', 'chat.postMessage', 'views.open'),
        urgency: fc.constantFrom('decision', 'critical', 'other', 'progress'),
        channelId: fc.constantFrom('C0A', 'C0B'),
        messageId: fc.constantFrom('a', 'b'),
      }) satisfies fc.Arbitrary<PacedCall>,
      pause: fc.option(fc.nat(4_000), { freq: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await redis.del(await keysOf('T-property'));
        const alone = createMemoryPacing({ settings: () => settings, clock: () => 1_700_000_000_000 + now });
        for (const { gap, call, pause } of steps) {
          now += gap;
          if (pause !== null)
            await Promise.all([one.pause(call.method, pause), alone.pause(call.method, pause)]);
          const [shared, own] = await Promise.all([one.waitMilliseconds(call), alone.waitMilliseconds(call)]);
          expect(shared).toBe(own);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('pauses a method for every replica, never for less than another asked', async () => {
    const workspace = `T${randomUUID()}`;
    const [one, other] = [replica(workspace), replica(workspace)];
    await one.pause('chat.update', 30_000);
    await other.pause('chat.update', 1_000);
    const wait = await other.waitMilliseconds({ method: 'chat.update', urgency: 'decision' });
    expect(wait).toBeGreaterThan(25_000);
    expect(wait).toBeLessThanOrEqual(30_000);
    expect(await other.waitMilliseconds({ method: 'views.open', urgency: 'decision' })).toBe(0);
  });

  it("counts by the Redis server's clock where none is given", async () => {
    const pacing = replica(`T${randomUUID()}`);
    const call: PacedCall = { method: 'chat.postMessage', urgency: 'decision', channelId: 'C0A' };
    for (let sent = 0; sent < 4; sent++) expect(await pacing.waitMilliseconds(call)).toBe(0);
    const wait = await pacing.waitMilliseconds(call);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(1_000);
    await until(async () => (await pacing.waitMilliseconds(call)) === 0);
  });

  it('leaves no key behind for ever', async () => {
    const workspace = `T${randomUUID()}`;
    const pacing = replica(workspace);
    await pacing.waitMilliseconds({ method: 'chat.update', urgency: 'progress', messageId: 'm' });
    await pacing.pause('chat.update', 10_000);
    const keys = await keysOf(workspace);
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});

async function keysOf(workspaceId: string): Promise<string[]> {
  const keys = await redis.keys(`countersign:{${workspaceId}}:*`);
  return keys.length === 0 ? ['none'] : keys;
}
