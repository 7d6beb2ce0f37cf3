import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type CountersignProcess,
  endProcessesAfterwards,
  startCountersignProcess,
} from '../support/countersign-process.ts';
import { ownRedis } from '../support/redis.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { guardedPeople, twoSignatures } from './guarded-people.ts';
import { promisedMilliseconds } from './killed-process.ts';
import { putTenant } from './rms-tenant.ts';

const testMilliseconds = promisedMilliseconds + 20_000;

describe('two replicas of which one goes away in the middle of a run', async () => {
  const redis = await ownRedis();
  const surroundings = await startSurroundings({
    mode: 'socket',
    hasRms: true,
    policy: twoSignatures,
    redisUrl: redis.url,
  });
  endProcessesAfterwards();
  const { database } = surroundings;
  const rms = surroundings.rms!;
  const replicas = new Map<string, { process: CountersignProcess; proxy: TcpProxy }>();
  afterAll(async () => {
    for (const { proxy } of replicas.values()) await proxy.stop();
    await redis.stop();
  });
  for (let count = 0; count < 2; count++) {
    const proxy = await TcpProxy.to(database.appUrl);
    const process = await startCountersignProcess(surroundings, {
      DATABASE_URL: proxy.through(database.appUrl),
    });
    const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM countersign.processes');
    replicas.set(rows.find(({ id }) => !replicas.has(id))!.id, { process, proxy });
  }
  const bot = guardedPeople(surroundings);

  const carriedOutBy = async (runId: string) => {
    const { rows } = await database.pool.query<{ process_id: string }>(
      'SELECT process_id FROM countersign.runs WHERE id = $1',
      [runId],
    );
    return rows[0]!.process_id;
  };
  const sign = async (invocation: string) => {
    const runId = await bot.request(invocation);
    await bot.becomes(runId, 'awaiting_approval');
    await bot.sign('grace', runId);
    await bot.sign('linus', runId);
    return runId;
  };

  it(
    'by losing its database while its call is under way is followed by the other, and writes nothing any more',
    async () => {
      await putTenant(rms, 'wayne', 'active');
      const held = rms.faults.hold({ endpoint: 'suspend', when: 'before_effect' });
      const runId = await sign('suspend-tenant wayne --reason "card testing"');
      await held.reached;
      const first = await carriedOutBy(runId);
      // Whichever took it has a line of its own.
      const { proxy } = replicas.get(first)!;
      await proxy.refuse();
      onTestFinished(() => proxy.resume());
      await bot.becomes(runId, 'succeeded');
      expect(await carriedOutBy(runId)).not.toBe(first);
      held.release();
      await proxy.resume();
      await bot.quiet();
      expect((await bot.effects(runId)).map(({ endpoint }) => endpoint)).toEqual(['suspend']);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );

  it(
    'by SIGKILL is followed by the other within the time that was promised',
    async () => {
      await putTenant(rms, 'wayne', 'active');
      const held = rms.faults.hold({ endpoint: 'suspend', when: 'after_effect' });
      const runId = await sign('suspend-tenant wayne --reason "card testing"');
      await held.reached;
      const killed = await carriedOutBy(runId);
      await replicas.get(killed)!.process.kill();
      held.drop();
      const began = performance.now();
      await bot.becomes(runId, 'succeeded');
      expect(performance.now() - began).toBeLessThan(promisedMilliseconds);
      expect(await carriedOutBy(runId)).not.toBe(killed);
      await bot.quiet();
      expect((await bot.effects(runId)).map(({ endpoint }) => endpoint)).toEqual(['suspend']);
      expect(await bot.takeovers(runId)).toBe(1);
      await bot.expectHonest(runId);
    },
    testMilliseconds,
  );
});
