import { expect, test } from 'vitest';
import type { SampleMonitoring } from '../../../sandbox/slack/core.ts';
import { manifest, workspaceForTest } from './bolt-fixture.ts';

const offered = [{ sample: 'worse disk', label: 'Worse', description: 'The disk is nearly full' }];

async function workspace(send: SampleMonitoring['send']) {
  const started = await workspaceForTest({ manifest: manifest(), monitoring: { offered, send } });
  const ask = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${started.origin}/client/alert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  return { started, ask };
}

test('a person sees what monitoring offers, and has it sent', async () => {
  const sent: string[] = [];
  const { started, ask } = await workspace(async (sample) => void sent.push(sample));
  expect(started.as('ada').state().sampleAlerts).toEqual(offered);
  expect(await ask({ sample: 'worse disk' })).toEqual({ status: 200, body: { ok: true } });
  expect(sent).toEqual(['worse disk']);
});

test('what is not offered is not sent', async () => {
  const sent: string[] = [];
  const { ask } = await workspace(async (sample) => void sent.push(sample));
  expect(await ask({ sample: 'silent' })).toEqual({
    status: 200,
    body: { ok: false, error: 'unknown_sample' },
  });
  expect((await ask({ sample: 1 })).status).toBe(400);
  expect((await ask({ sample: 'worse disk', more: true })).status).toBe(400);
  expect((await ask({ sample: 'worse disk' }, { 'content-type': 'text/plain' })).status).toBe(400);
  expect((await ask({ sample: 'worse disk' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect(sent).toEqual([]);
});

test('what the app said instead is told', async () => {
  const { ask } = await workspace(() => Promise.reject(new Error('The bot answered 401')));
  expect((await ask({ sample: 'worse disk' })).body).toEqual({ ok: false, error: 'The bot answered 401' });
});

test('is waited for like any other action', async () => {
  const taken = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { started, ask } = await workspace(() => {
    begun.resolve();
    return taken.promise;
  });
  const asked = ask({ sample: 'worse disk' });
  await begun.promise;
  let isIdle = false;
  const idle = started.idle().then(() => {
    isIdle = true;
  });
  await Promise.resolve();
  expect(isIdle).toBe(false);
  taken.resolve();
  await Promise.all([asked, idle]);
});

test('a workspace that nothing monitors has no such address', async () => {
  const started = await workspaceForTest({ manifest: manifest() });
  expect(started.as('ada').state().sampleAlerts).toBeUndefined();
  const response = await fetch(`${started.origin}/client/alert`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"sample":"storm"}',
  });
  expect(response.status).toBe(404);
});
