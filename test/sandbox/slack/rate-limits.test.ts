import { expect, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import type { SlackWorkspace } from '../../../sandbox/slack/server.ts';
import { workspaceForTest } from './bolt-fixture.ts';

async function call(workspace: SlackWorkspace, method: string, args: Record<string, string>) {
  const response = await fetch(`${workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${workspace.app.botToken}` },
    body: new URLSearchParams(args),
  });
  return [response.status, response.headers.get('retry-after'), await response.json()] as const;
}

test('a tier-3 method takes fifty calls a minute, then says how long to wait', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  const update = () => call(workspace, 'chat.update', { channel: 'C0OPS', ts: '1.000000', text: 'x' });
  for (let i = 0; i < 50; i++) expect((await update())[0]).toBe(200);
  clock.advance(20_000);
  expect(await update()).toEqual([429, '40', { ok: false, error: 'ratelimited' }]);
  clock.advance(39_999);
  expect((await update())[0]).toBe(429);
  clock.advance(1);
  expect((await update())[0]).toBe(200);
});

test('a channel takes a short burst of messages, then one a second; another channel is free', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock, rateLimits: { postBurst: 2 } });
  const post = async (channel: string) =>
    (await call(workspace, 'chat.postMessage', { channel, text: 'x' }))[0];
  expect([await post('C0OPS'), await post('C0OPS'), await post('C0OPS')]).toEqual([200, 200, 429]);
  expect(await post('C0INC')).toBe(200);
  clock.advance(1000);
  expect([await post('C0OPS'), await post('C0OPS')]).toEqual([200, 429]);
});

test('limits can be set for one method, and switched off', async () => {
  const workspace = await workspaceForTest({ rateLimits: { perMinute: { 'users.info': 1 } } });
  const info = async () => (await call(workspace, 'users.info', { user: 'U0ADA' }))[0];
  expect([await info(), await info()]).toEqual([200, 429]);
  workspace.rateLimits.isOn = false;
  expect(await info()).toBe(200);
});
