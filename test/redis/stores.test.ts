import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VolatileStore } from '../../src/core/volatile-store.ts';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { createMemoryStore } from '../../src/redis/memory-store.ts';
import { createRedisStore } from '../../src/redis/redis-store.ts';
import { testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const silent = { info: () => {}, warn: () => {} };
/** Fails every call: proves that an answer came from Redis. */
const noMemory = new Proxy({} as VolatileStore, {
  get: (_, name) => async () => {
    if (name !== 'delete') throw new Error('Redis was not used.');
  },
});

let connection: RedisConnection;
let redis: Redis;
beforeAll(async () => {
  const { url } = await testRedis();
  connection = connectRedis({ url, log: silent, commandTimeoutMilliseconds: 5_000 });
  redis = new Redis(url);
});
afterAll(async () => {
  await connection.close();
  redis.disconnect();
});

const redisStore = (workspaceId = `T${randomUUID()}`) =>
  createRedisStore({ connection, workspaceId, memory: noMemory });

describe.each([
  ['in memory', () => createMemoryStore()],
  ['in Redis', () => redisStore()],
])('the volatile store %s', (_, create) => {
  it('keeps a text until its lifetime is over', async () => {
    const store = create();
    await store.setText('long', 'ä"\n', 60_000);
    await store.setText('short', 'x', 30);
    expect(await store.maybeText('long')).toBe('ä"\n');
    expect(await store.maybeText('other')).toBeUndefined();
    await until(async () => (await store.maybeText('short')) === undefined);
    await store.setText('long', 'second', 60_000);
    expect(await store.maybeText('long')).toBe('second');
    await store.delete('long');
    expect(await store.maybeText('long')).toBeUndefined();
  });

  it('gives a claim to one of many', async () => {
    const store = create();
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim('once', 60_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store.claim('other', 30)).toBe(true);
    await until(() => store.claim('other', 60_000));
  });

  it('counts within a window that begins with the first and is not drawn out by later ones', async () => {
    const store = create();
    const counts = await Promise.all(Array.from({ length: 10 }, () => store.count('busy', 60_000)));
    expect([...counts].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await store.count('brief', 200)).toBe(1);
    // Asked again and again before the window ends: it must end all the same.
    await until(async () => (await store.count('brief', 200)) === 1);
  });
});

describe('keys in Redis', () => {
  it('carry the workspace, so that two workspaces never meet', async () => {
    const [one, other] = [redisStore('T0ONE-keys'), redisStore('T0OTHER-keys')];
    await one.setText('k', 'mine', 5_000);
    expect(await other.maybeText('k')).toBeUndefined();
    expect(await redis.keys('*T0ONE-keys*')).toEqual(['countersign:{T0ONE-keys}:store/k']);
  });

  it('all end by themselves', async () => {
    const store = redisStore('T0TTL-keys');
    await store.setText('a', '1', 5_000);
    await store.claim('b', 5_000);
    await store.count('c', 5_000);
    await store.count('c', 5_000);
    const keys = await redis.keys('*T0TTL-keys*');
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});

describe('the memory store', () => {
  it('forgets the oldest keys rather than grow without end', async () => {
    const store = createMemoryStore({ mostKeys: 100 });
    for (let index = 0; index < 1_000; index++) await store.setText(`k${index}`, 'x', 60_000);
    expect(await store.maybeText('k0')).toBeUndefined();
    expect(await store.maybeText('k999')).toBe('x');
    let kept = 0;
    for (let index = 0; index < 1_000; index++) if (await store.maybeText(`k${index}`)) kept += 1;
    expect(kept).toBeLessThanOrEqual(100);
  });

  it('makes room from keys that have ended before it forgets living ones', async () => {
    let now = 0;
    const store = createMemoryStore({ mostKeys: 10, clock: () => now });
    await store.setText('living', 'x', 1_000_000);
    for (let index = 0; index < 9; index++) await store.setText(`ended${index}`, 'x', 10);
    now = 10;
    await store.setText('new', 'x', 1_000);
    expect(await store.maybeText('living')).toBe('x');
  });
});
