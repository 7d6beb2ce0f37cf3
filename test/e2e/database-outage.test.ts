import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { buttons, cardText } from '../support/slack.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

/** Slack shows an error of its own after this. */
const slackPatienceMilliseconds = 3_000;

describe.each(['http', 'socket'] as const)('when its own database is away, by %s', async (mode) => {
  let proxy!: TcpProxy;
  const bot = await startTestCountersign({
    mode,
    databaseUrl: async (url) => {
      proxy = await TcpProxy.to(url);
      return proxy.through(url);
    },
  });
  beforeEach(() => bot.quiet());

  it.each(['refuse', 'blackhole'] as const)(
    'tells the person at once that nothing was recorded or done, does nothing later, and recovers (%s)',
    async (weather) => {
      await bot.ask('ada', 'verify-audit acme');
      await bot.quiet();
      const runs = await bot.countRuns();
      const since = bot.now();
      await proxy[weather]();
      onTestFinished(() => proxy.resume());
      const began = performance.now();
      expect(await bot.ops('ada', 'verify-audit globex')).toEqual({ ok: true });
      expect(performance.now() - began).toBeLessThan(slackPatienceMilliseconds);
      const told = await bot.sees('ada', { since, matching: /Nothing was recorded or done/ });
      expect(told.ephemeralFor).toBe('U0ADA');

      await proxy.resume();
      const card = await bot.ask('ada', 'verify-audit initech', {
        since,
        matching: /✗ initech/,
        deadlineMilliseconds: 15_000,
      });
      expect(card.ephemeralFor).toBeUndefined();
      await bot.quiet();
      // Also when the black hole gives back an INSERT it had swallowed: nobody goes on with that.
      expect(bot.screen('ada').filter((message) => cardText(message).includes('✗ globex'))).toEqual([]);
      expect(await bot.countRuns()).toBe(runs + 1);
    },
  );

  it('tells someone who clicked, and someone who mentioned it', async () => {
    const card = await bot.ask('ada', 'verify-audit stark');
    await bot.quiet();
    const runs = await bot.countRuns();
    await proxy.refuse();
    onTestFinished(() => proxy.resume());
    expect(await bot.click('ada', card, 'Verify again, full')).toEqual({ ok: true });
    const told = await bot.sees('ada', { since: card.ts, matching: /Nothing was recorded or done/ });
    await bot.say('ada', '@countersign verify-audit acme');
    await bot.sees('ada', { since: told.ts, matching: /Nothing was recorded or done/ });
    await proxy.resume();
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
  });

  it('shows it in the form that was submitted', async () => {
    await bot.ops('ada', 'explain');
    const modal = await bot.modal('ada');
    const blockId = 'argument:command';
    const actionId = Object.keys(modal.values[blockId] ?? {})[0]!;
    await bot.workspace
      .as('ada')
      .do({ kind: 'fill', viewId: modal.id, blockId, actionId, value: 'verify-audit' });
    await proxy.refuse();
    onTestFinished(() => proxy.resume());
    expect(await bot.workspace.as('ada').do({ kind: 'submit', viewId: modal.id })).toEqual({ ok: true });
    await bot.modal('ada', /Nothing was recorded or done/);
    await proxy.resume();
    await bot.quiet();
    expect(await bot.lastRun('U0ADA')).not.toMatchObject({ command: 'explain' });
  });
});

describe('when the target’s database is away', async () => {
  let proxy!: TcpProxy;
  const bot = await startTestCountersign({
    mode: 'http',
    pilotUrl: async (url) => {
      proxy = await TcpProxy.to(url);
      return proxy.through(url);
    },
  });
  beforeEach(() => bot.quiet());

  it('says so, offers to try again, and does when asked', async () => {
    await proxy.refuse();
    onTestFinished(() => proxy.resume());
    const failed = await bot.ask('ada', 'verify-audit acme');
    expect(cardText(failed)).toMatch(/✗ failed: cannot reach pilot's database/);
    expect(await bot.lastRun('U0ADA')).toMatchObject({ state: 'failed' });
    expect(buttons(failed).map(({ label }) => label)).toEqual(['Retry']);
    await proxy.resume();
    expect(await bot.click('grace', failed, 'Retry')).toEqual({ ok: true });
    const card = await bot.sees('ada', { since: failed.ts, matching: /acme: audit chain intact/ });
    expect(cardText(card)).toMatch(/Asked by (grace|Grace Okafor)/);
  });

  it('offers what was typed when it cannot be searched', async () => {
    await bot.ops('ada', 'verify-audit');
    const modal = await bot.modal('ada');
    proxy.blackhole();
    onTestFinished(() => proxy.resume());
    const began = performance.now();
    const offered = await bot.workspace.as('ada').options({
      viewId: modal.id,
      blockId: 'argument:tenant',
      actionId: 'option_search:verify-audit:tenant',
      text: 'acme',
    });
    expect(performance.now() - began).toBeLessThan(slackPatienceMilliseconds);
    expect(offered).toEqual({ ok: true, options: [{ label: 'Use "acme"', value: 'acme' }] });
  });
});
