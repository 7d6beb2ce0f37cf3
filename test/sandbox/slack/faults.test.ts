import { WebClient } from '@slack/web-api';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import { until } from '../../support/until.ts';
import { boltByHttp, errorOf, webClient, workspaceForTest } from './bolt-fixture.ts';

const hello = { channel: 'C0OPS', text: 'hello' };

test('a faulty method fails the next so many calls and then works again', async () => {
  const workspace = await workspaceForTest();
  const { chat } = webClient(workspace);
  workspace.faults.next('chat.postMessage', 'http_500');
  workspace.faults.next('chat.postMessage', 'error:fatal_error', 2);
  expect(await errorOf(chat.postMessage(hello))).toContain('500');
  expect(await errorOf(chat.postMessage(hello))).toBe('fatal_error');
  expect(await errorOf(chat.postMessage(hello))).toBe('fatal_error');
  expect(await errorOf(chat.postMessage(hello))).toBeUndefined();
  expect(workspace.calls.map((call) => [call.outcome, call.error])).toEqual([
    ['fault', 'http_500'],
    ['fault', 'error:fatal_error'],
    ['fault', 'error:fatal_error'],
    ['ok', undefined],
  ]);
  expect(workspace.as('ada').state().messages.length).toBe(1);
});

test('a timeout comes after the effect or before it', async () => {
  const workspace = await workspaceForTest();
  const impatient = () =>
    new WebClient(workspace.app.botToken, {
      slackApiUrl: workspace.apiUrl,
      retryConfig: { retries: 0 },
      timeout: 300,
      logLevel: 'error' as never,
    });
  workspace.faults.next('chat.postMessage', 'timeout_after_effect');
  await expect(impatient().chat.postMessage(hello)).rejects.toThrow();
  expect(workspace.as('ada').state().messages.length).toBe(1);
  workspace.faults.next('chat.postMessage', 'timeout_before_effect');
  await expect(impatient().chat.postMessage(hello)).rejects.toThrow();
  expect(workspace.as('ada').state().messages.length).toBe(1);
});

test('a duplicated delivery reaches the app twice and the person once', async () => {
  const workspace = await workspaceForTest();
  let times = 0;
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack }) => {
      times += 1;
      await ack('answer');
    }),
  );
  workspace.faults.duplicateNextDelivery();
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  await workspace.idle();
  expect(times).toBe(2);
  const [first, copy] = workspace.deliveries;
  expect(copy?.payload).toEqual(first?.payload);
  expect(workspace.as('ada').state().messages.length).toBe(1);
});

test('a lost ack is a timeout for the person, and an event comes again', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  let mentions = 0;
  await boltByHttp(workspace, (app) => {
    app.command('/ops', ({ ack }) => ack('never seen'));
    app.event('app_mention', async () => {
      mentions += 1;
    });
  });
  workspace.faults.loseNextAck();
  const asked = workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  await until(() => workspace.deliveries[0]?.outcome === 'acked');
  clock.advance(3000);
  expect(await asked).toEqual({ ok: false, error: 'operation_timeout' });
  expect(workspace.as('ada').state().messages).toEqual([]);
  workspace.faults.loseNextAck();
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '@countersign hi' });
  await until(() => workspace.deliveries[1]?.outcome === 'acked');
  clock.advance(3000);
  await until(() => mentions === 2);
  expect(workspace.deliveries.map((one) => one.retry)).toEqual([0, 0, 1]);
});

test('while Slack is down every call is cut and people can do nothing; afterwards all works', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  workspace.goDown();
  await expect(client.chat.postMessage(hello)).rejects.toMatchObject({ code: 'slack_webapi_request_error' });
  expect(await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: 'hi' })).toMatchObject({
    ok: false,
  });
  workspace.comeBack();
  expect(await errorOf(client.chat.postMessage(hello))).toBeUndefined();
});
