import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { holdAuditLog } from '../support/hold-audit-log.ts';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';

describe('when Slack has trouble', async () => {
  const bot = await startTestCountersign({ mode: 'http' });
  const { workspace } = bot;
  beforeEach(() => bot.quiet());
  const calls = (method: string) => workspace.calls.filter((call) => call.method === method);

  it('delivers the answer once Slack is back', async () => {
    const since = bot.now();
    const letGo = await holdAuditLog(bot.pilot);
    expect(await bot.ops('ada', 'verify-audit acme')).toEqual({ ok: true });
    await until(async () => (await bot.lastRun('U0ADA'))?.state === 'executing');
    workspace.goDown();
    await letGo();
    await until(async () => (await bot.lastRun('U0ADA'))?.state === 'succeeded');
    const { rows } = await bot.database.pool.query<{ id: string }>(
      `SELECT id FROM countersign.messages WHERE sent < wanted`,
    );
    expect(rows).toHaveLength(1);
    const ready = await fetch(`${bot.url}/ready`);
    expect(ready.status).toBe(200);
    workspace.comeBack();
    const card = await bot.sees('grace', { since, matching: /acme: audit chain intact/ });
    await bot.quiet();
    expect(
      bot.screen('grace').filter(({ ts, threadTs }) => Number(ts) > Number(since) && threadTs === undefined),
    ).toEqual([card]);
  });

  it('waits as long as a 429 says, for every message of that kind', async () => {
    const before = calls('chat.postMessage').length;
    workspace.faults.next('chat.postMessage', 'ratelimited');
    await bot.ops('ada', 'verify-audit acme');
    await until(() => calls('chat.postMessage').length === before + 2);
    const [refused, taken] = calls('chat.postMessage').slice(before);
    expect(refused?.outcome).toBe('ratelimited');
    expect(taken?.outcome).toBe('ok');
    expect(taken!.at - refused!.at).toBeGreaterThanOrEqual(1_000);
  });

  it('tries again after an error of Slack’s own, and posts once', async () => {
    const since = bot.now();
    workspace.faults.next('chat.postMessage', 'http_500');
    await bot.ops('ada', 'verify-audit globex');
    await bot.sees('ada', { since, matching: /globex/ });
    await bot.quiet();
    expect(bot.screen('ada').filter(({ ts }) => Number(ts) > Number(since))).toHaveLength(1);
  });

  it('posts the words alone when Slack refuses the blocks', async () => {
    const since = bot.now();
    workspace.faults.next('chat.postMessage', 'error:invalid_blocks');
    await bot.ops('ada', 'verify-audit acme');
    const card = await bot.sees('ada', { since, matching: /acme: audit chain intact/ });
    expect(card.blocks).toEqual([]);
  });

  it('posts a successor that links back when a card can no longer be edited', async () => {
    const card = await bot.ask('ada', 'verify-audit acme');
    const run = await bot.lastRun('U0ADA');
    workspace.faults.next('chat.update', 'error:edit_window_closed');
    await bot.database.pool.query(
      `WITH wanted AS (UPDATE countersign.messages SET wanted = wanted + 1 WHERE id = $1 RETURNING workspace_id, id)
       SELECT graphile_worker.add_job('deliver:' || workspace_id,
         json_build_object('workspaceId', workspace_id, 'messageId', id)) FROM wanted`,
      [`run:${run?.id}:card`],
    );
    const successor = await bot.sees('ada', { since: card.ts, matching: /can no longer be edited/ });
    expect(cardText(successor)).toContain(`/p${card.ts.replace('.', '')}`);
    expect(cardText(successor)).toContain('acme: audit chain intact');
    await bot.quiet();
    expect(bot.screen('ada').filter(({ ts }) => Number(ts) > Number(card.ts))).toEqual([successor]);
  });

  it('says in the channel what it could not say by a spent response URL', async () => {
    workspace.faults.next('response_url', 'error:used_url');
    const answer = await bot.ask('ada', 'explain verify-audit', { matching: /You may run/ });
    expect(answer.ephemeralFor).toBe('U0ADA');
  });

  it('opens nothing and records nothing when a form cannot be opened', async () => {
    const runs = await bot.countRuns();
    workspace.faults.next('views.open', 'error:expired_trigger_id');
    expect(await bot.ops('ada', 'verify-audit')).toEqual({ ok: true });
    await bot.quiet();
    expect(workspace.as('ada').state().views).toEqual([]);
    expect(await bot.countRuns()).toBe(runs);
    expect(bot.logged.some((line) => line.includes('expired_trigger_id'))).toBe(true);
  });
});
