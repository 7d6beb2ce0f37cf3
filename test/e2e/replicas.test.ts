import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';
import { Secrets } from '../../src/core/secret.ts';
import { createLog } from '../../src/log.ts';
import { bePresent } from '../../src/presence.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { ownRedis } from '../support/redis.ts';
import { cardText } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

describe('without Redis', async () => {
  const bot = await startTestCountersign({ mode: 'http' });
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    redactor: createRedactor(new Secrets()),
    destination: { write: (line) => void lines.push(line) },
  });
  const enter = (sharing: 'alone' | 'shared' | 'guest', waitMilliseconds: number) =>
    bePresent({
      databaseUrl: bot.database.appUrl,
      pool: bot.database.pool,
      workspaceId: bot.countersign.workspaceId,
      processId: randomUUID(),
      sharing,
      log,
      waitMilliseconds,
    });

  it.each(['alone', 'shared'] as const)(
    'a second process (%s) waits, and then refuses with the way out',
    async (sharing) => {
      await expect(enter(sharing, 100)).rejects.toMatchObject({
        code: 'already_running',
        message: expect.stringContaining('REDIS_URL'),
      });
      expect(lines.some((line) => line.includes('waiting for it to go'))).toBe(true);
    },
  );

  it('a short-lived command may run beside it', async () => {
    const presence = await enter('guest', 0);
    await presence.leave();
  });

  it('a second process takes over when the first one stops', async () => {
    const next = enter('alone', 15_000);
    await until(() => lines.filter((line) => line.includes('waiting for it to go')).length >= 2);
    await bot.stop();
    const presence = await next;
    onTestFinished(() => presence.leave());
  });
});

describe('with Redis', async () => {
  let redis = await ownRedis();
  const port = Number(new URL(redis.url).port);
  afterAll(() => redis.stop());
  const surroundings = await startSurroundings({ mode: 'socket', redisUrl: redis.url });
  const first = await startTestCountersign({ mode: 'socket', in: surroundings });
  const second = await startTestCountersign({ mode: 'socket', in: surroundings });

  it('two processes serve one workspace, and each command is run once', async () => {
    await until(() => surroundings.workspace.socketMode.connectionCount === 2);
    const runs = await first.countRuns();
    for (const tenant of ['acme', 'globex', 'hooli', 'stark']) {
      await first.ask('ada', `verify-audit ${tenant}`, { matching: new RegExp(tenant) });
    }
    await first.quiet();
    expect(await first.countRuns()).toBe(runs + 4);
    expect(second.countersign.workspaceId).toBe(first.countersign.workspaceId);
  });

  it('works on in memory while Redis is away, says so, and shares again when it is back', async () => {
    const said = (words: string) =>
      first.logged.some((line) => line.includes(words)) && second.logged.some((line) => line.includes(words));
    await redis.stop();
    await until(() => said('cannot use Redis'));
    const card = await first.ask('ada', 'verify-audit acme --full');
    expect(cardText(card)).toContain('acme: audit chain intact');
    const refusal = await first.ask('mallory', 'verify-audit acme');
    expect(cardText(refusal)).toContain('refused');
    redis = await ownRedis({ port });
    await until(() => said('Redis is back'), { deadlineMilliseconds: 10_000 });
    const after = await first.ask('ada', 'verify-audit initech');
    expect(cardText(after)).toContain('✗ initech');
  });
});
