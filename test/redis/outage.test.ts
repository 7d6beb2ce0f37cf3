import { afterEach, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../src/redis/connection.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';
import { createMemoryStore } from '../../src/redis/memory-store.ts';
import { createRedisPacing } from '../../src/redis/pacing.ts';
import { createRedisStore } from '../../src/redis/redis-store.ts';
import { ownRedis } from '../support/redis.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function connect(url: string) {
  const events: string[] = [];
  const connection: RedisConnection = connectRedis({
    url,
    log: { warn: () => void events.push('away'), info: () => void events.push('back') },
    retryAfterMilliseconds: 300,
  });
  cleanUp.push(() => connection.close());
  const store = createRedisStore({ connection, workspaceId: 'T0', memory: createMemoryStore() });
  return { connection, store, events };
}

async function redisBehindProxy() {
  const server = await ownRedis();
  cleanUp.push(server.stop);
  const proxy = await TcpProxy.to(server.url);
  cleanUp.push(() => proxy.stop());
  return { server, proxy, ...connect(proxy.through(server.url)) };
}

describe('Redis going away', () => {
  it('warns once, keeps answering from memory, and is shared again when it is back', async () => {
    const { store, events, proxy } = await redisBehindProxy();
    await store.setText('in redis', '1', 60_000);
    await proxy.refuse();
    for (let round = 0; round < 30; round++) {
      await store.setText('in memory', '2', 60_000);
      expect(await store.maybeText('in memory')).toBe('2');
    }
    await until(() => events.length > 0);
    expect(await store.maybeText('in redis')).toBeUndefined();
    expect(await store.claim('once', 60_000)).toBe(true);
    expect(await store.claim('once', 60_000)).toBe(false);
    expect(events).toEqual(['away']);

    await proxy.resume();
    await until(async () => (await store.maybeText('in redis')) === '1');
    expect(events).toEqual(['away', 'back']);
  });

  it('answers within the command timeout when Redis swallows commands, and at once after that', async () => {
    const { store, connection, events, proxy } = await redisBehindProxy();
    await store.setText('k', '1', 60_000);
    expect(await connection.problem()).toBeUndefined();
    proxy.blackhole();
    const began = performance.now();
    await store.setText('k', '2', 60_000);
    expect(await store.maybeText('k')).toBe('2');
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await connection.problem()).toEqual(expect.any(String));

    // While it is away one caller at a time waits to find out; the others are answered at once.
    let asked = 0;
    const ask = (): Promise<string> =>
      connection.attempt(
        async (redis) => {
          asked += 1;
          return await redis.ping();
        },
        async () => 'memory',
      );
    await until(async () => {
      await Promise.all(Array.from({ length: 100 }, ask));
      return asked > 0;
    });
    expect(asked).toBe(1);
    expect(events).toEqual(['away']);

    await proxy.resume();
    await until(async () => {
      await store.maybeText('k');
      return events.includes('back');
    });
    expect(await connection.problem()).toBeUndefined();
  });

  it('starts without Redis and joins it later', async () => {
    const server = await ownRedis();
    const port = Number(new URL(server.url).port);
    await server.stop();
    const { store, events, connection } = connect(server.url);
    await store.setText('k', 'memory', 60_000);
    expect(await store.maybeText('k')).toBe('memory');
    expect(await connection.problem()).toEqual(expect.any(String));
    expect(events).toEqual(['away']);

    const again = await ownRedis({ port });
    cleanUp.push(again.stop);
    await until(() => events.includes('back'), { deadlineMilliseconds: 10_000 });
    await until(async () => (await store.maybeText('k')) === undefined);
    expect(events).toEqual(['away', 'back']);
  });

  it('keeps a pause that Slack asked for, though only Redis was used before', async () => {
    const { connection, proxy } = await redisBehindProxy();
    const settings = () => ({
      updatesPerMinute: 40,
      updatesBurst: 8,
      postsPerSecondPerChannel: 1,
      postsBurst: 4,
      progressEverySeconds: 3,
    });
    const memory = createMemoryPacing({ settings });
    const pacing = createRedisPacing({ connection, workspaceId: 'T0', settings, memory });
    await pacing.pause('chat.update', 60_000);
    await proxy.refuse();
    expect(await pacing.waitMilliseconds({ method: 'chat.update', urgency: 'decision' })).toBeGreaterThan(
      30_000,
    );
  });

  it('does not bring back, in the next outage, what was deleted in between', async () => {
    const { store, proxy, events } = await redisBehindProxy();
    await proxy.refuse();
    await until(() => events.length === 1);
    await store.setText('k', 'old', 60_000);
    await proxy.resume();
    await until(() => events.length === 2);
    await store.delete('k');
    await proxy.refuse();
    await until(() => events.length === 3);
    expect(await store.maybeText('k')).toBeUndefined();
  });

  it('says nothing when it is closed on purpose', async () => {
    const { connection, store, events } = await redisBehindProxy();
    await store.setText('k', '1', 60_000);
    await connection.close();
    await store.setText('k', '2', 60_000);
    expect(await store.maybeText('k')).toBe('2');
    expect(events).toEqual([]);
  });
});
