import { beforeEach, describe, expect, it } from 'vitest';
import { signature } from '../../sandbox/slack/bot/http-transport.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const form = 'application/x-www-form-urlencoded';

describe('the HTTP edge', async () => {
  let proxy: TcpProxy | undefined;
  const bot = await startTestCountersign({
    mode: 'http',
    databaseUrl: async (url) => {
      proxy = await TcpProxy.to(url);
      return proxy.through(url);
    },
  });
  const { app } = bot.workspace;
  beforeEach(() => bot.quiet());

  function command(text: string): string {
    return new URLSearchParams({
      command: '/ops',
      text,
      team_id: bot.workspace.directory.team.id,
      channel_id: 'C0OPS',
      user_id: 'U0ADA',
      trigger_id: `1.2.${Math.random()}`,
      response_url: `${bot.workspace.origin}/response/T0ACME/none`,
    }).toString();
  }

  interface Signed {
    readonly secret?: string;
    readonly secondsFromNow?: number;
    readonly contentType?: string;
    readonly signedBody?: string;
  }

  function post(body: string, { secret = app.signingSecret, secondsFromNow = 0, ...how }: Signed = {}) {
    const at = Math.floor(Date.now() / 1000) + secondsFromNow;
    return fetch(`${bot.url}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': how.contentType ?? form,
        'x-slack-request-timestamp': String(at),
        'x-slack-signature': signature(secret, at, how.signedBody ?? body),
      },
      body,
    });
  }

  const storedRequests = async () => {
    const { rows } = await bot.database.pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM countersign.inbox',
    );
    return rows[0]!.count;
  };

  it('takes a request signed by Slack', async () => {
    const stored = await storedRequests();
    const answer = await post(command('verify-audit acme'));
    expect(answer.status).toBe(200);
    expect(await storedRequests()).toBe(stored + 1);
  });

  it.each<[string, Signed]>([
    ['with a wrong secret', { secret: 'not-the-signing-secret-at-all' }],
    ['over another body', { signedBody: 'command=%2Fops&text=help' }],
    ['six minutes old', { secondsFromNow: -360 }],
    ['from six minutes ahead', { secondsFromNow: 360 }],
  ])('refuses a signature %s, and stores nothing', async (_, signed) => {
    const stored = await storedRequests();
    const runs = await bot.countRuns();
    const answer = await post(command('verify-audit acme'), signed);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: 'invalid_signature' });
    expect(await storedRequests()).toBe(stored);
    expect(await bot.countRuns()).toBe(runs);
  });

  it('refuses a request without a signature', async () => {
    const answer = await fetch(`${bot.url}/slack/events`, { method: 'POST', body: command('help') });
    expect(answer.status).toBe(401);
  });

  it('refuses a body over 1 MB, signed or not, however its length is told', async () => {
    const body = `text=${'a'.repeat(1024 * 1024)}`;
    const told = await post(body);
    expect(told.status).toBe(413);
    const inChunks = await fetch(`${bot.url}/slack/events`, {
      method: 'POST',
      headers: { 'content-type': form },
      body: new Blob([body]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(inChunks.status).toBe(413);
    expect(bot.logged.some((line) => line.includes('body over 1 MB'))).toBe(true);
  });

  it('takes a form whose content type names a charset', async () => {
    const runs = await bot.countRuns();
    const answer = await post(command('verify-audit acme'), { contentType: `${form}; charset=utf-8` });
    expect(answer.status).toBe(200);
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs + 1);
  });

  it('answers Slack’s certificate check, and only that, without a signature', async () => {
    const check = (body: string) =>
      fetch(`${bot.url}/slack/events`, { method: 'POST', headers: { 'content-type': form }, body });
    expect((await check('ssl_check=1&token=x')).status).toBe(200);
    expect((await check('ssl_check=0&token=x')).status).toBe(401);
  });

  it('answers the challenge of the request URL', async () => {
    expect(await bot.workspace.verifyRequestUrl(`${bot.url}/slack/events`)).toBeUndefined();
  });

  it.each([
    ['{"type":"event_callback"', 'application/json'],
    ['payload=%7Bnot-json', form],
    ['{}', 'application/json'],
    ['payload=%7B%22type%22%3A%22block_actions%22%7D', form],
  ])('survives the signed nonsense %s', async (body, contentType) => {
    const runs = await bot.countRuns();
    const answer = await post(body, { contentType });
    expect(answer.status).toBeGreaterThanOrEqual(200);
    expect(answer.status).toBeLessThan(500);
    expect((await fetch(`${bot.url}/health`)).status).toBe(200);
    expect(await bot.countRuns()).toBe(runs);
  });

  it('says what it does not serve', async () => {
    expect((await fetch(`${bot.url}/slack/events`)).status).toBe(405);
    expect((await fetch(`${bot.url}/nothing/here`)).status).toBe(404);
    expect((await fetch(`${bot.url}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('tells its health, and whether it is ready', async () => {
    const health = await fetch(`${bot.url}/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await fetch(`${bot.url}/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ready',
      database: 'ok',
      slack: { state: 'connected' },
    });
  });

  it('stays ready while Slack is down', async () => {
    bot.workspace.goDown();
    const ready = await fetch(`${bot.url}/ready`);
    bot.workspace.comeBack();
    expect(ready.status).toBe(200);
    expect(await ready.json()).toHaveProperty('slack.state');
  });

  it('is healthy and not ready while its database is down, and ready again after', async () => {
    await proxy!.refuse();
    const ready = await fetch(`${bot.url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'not_ready', database: 'unreachable' });
    expect((await fetch(`${bot.url}/health`)).status).toBe(200);
    await proxy!.resume();
    await until(async () => (await fetch(`${bot.url}/ready`)).status === 200);
  });
});
