import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import type { SlackWorkspace } from '../../../sandbox/slack/server.ts';
import { until } from '../../support/until.ts';
import { errorOf, manifest, webClient, workspaceForTest } from './bolt-fixture.ts';

const overSockets = { manifest: manifest({ isSocketMode: true }) };

async function boltBySocket(workspace: SlackWorkspace, listen: (app: App) => void): Promise<void> {
  const clientOptions = { slackApiUrl: workspace.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: workspace.app.appToken,
    // Also how long Bolt waits before it connects again.
    clientPingTimeout: 1000,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions },
  });
  const app = new App({
    token: workspace.app.botToken,
    receiver,
    clientOptions,
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
  });
  await app.init();
  listen(app);
  await app.start();
  onTestFinished(async () => {
    await receiver.client.disconnect();
  });
}

async function openUrl(workspace: SlackWorkspace): Promise<string> {
  return (await webClient(workspace, workspace.app.appToken).apps.connections.open({})).url!;
}

/** A bare connection that acks only what the test says. */
async function bareConnection(workspace: SlackWorkspace) {
  const socket = new WebSocket(await openUrl(workspace));
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  onTestFinished(() => socket.terminate());
  await until(() => frames[0]);
  return { socket, frames };
}

test('a command and an event work over Socket Mode with real Bolt', async () => {
  const workspace = await workspaceForTest(overSockets);
  const seen: string[] = [];
  await boltBySocket(workspace, (app) => {
    app.command('/ops', async ({ ack }) => ack('answered'));
    app.event('app_mention', async ({ event }) => {
      seen.push(event.text);
    });
  });
  const ada = workspace.as('ada');
  expect(await ada.do({ kind: 'send', channel: 'C0OPS', text: '/ops help' })).toEqual({ ok: true });
  expect(ada.state().messages).toMatchObject([{ text: 'answered', ephemeralFor: 'U0ADA' }]);
  await ada.do({ kind: 'send', channel: 'C0OPS', text: '@countersign help' });
  await until(() => seen.length === 1);
  await workspace.idle();
  expect(workspace.deliveries.map((one) => [one.via, one.outcome])).toEqual([
    ['socket', 'acked'],
    ['socket', 'acked'],
  ]);
});

test('each envelope goes to exactly one of two connections, and both get some', async () => {
  const workspace = await workspaceForTest(overSockets);
  const counts = [0, 0];
  for (const index of [0, 1]) {
    await boltBySocket(workspace, (app) =>
      app.command('/ops', async ({ ack }) => {
        counts[index]! += 1;
        await ack();
      }),
    );
  }
  for (let i = 0; i < 6; i++) await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  expect(counts).toEqual([3, 3]);
});

test('hello says who is connected; envelopes say whether they take an answer', async () => {
  const workspace = await workspaceForTest(overSockets);
  const { socket, frames } = await bareConnection(workspace);
  expect(frames[0]).toMatchObject({
    type: 'hello',
    num_connections: 1,
    connection_info: { app_id: 'A0COUNTER' },
  });
  const asked = workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  await until(() => frames[1]);
  expect(frames[1]).toMatchObject({ type: 'slash_commands', accepts_response_payload: true });
  socket.send('not json');
  socket.send(JSON.stringify({ envelope_id: 'another' }));
  socket.send(JSON.stringify({ envelope_id: frames[1]!.envelope_id, payload: {} }));
  expect(await asked).toEqual({ ok: true });
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '@countersign hi' });
  await until(() => frames[2]);
  expect(frames[2]).toMatchObject({
    type: 'events_api',
    accepts_response_payload: false,
    retry_attempt: 0,
    retry_reason: '',
  });
});

test('an ack on another connection does not count: the person sees a timeout, an event comes again', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ ...overSockets, clock });
  const first = await bareConnection(workspace);
  const second = await bareConnection(workspace);
  const asked = workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  const envelope = () => [...first.frames, ...second.frames].filter((frame) => frame.envelope_id);
  await until(() => envelope().length === 1);
  const [to, other] = first.frames.some((frame) => frame.envelope_id) ? [first, second] : [second, first];
  other.socket.send(JSON.stringify({ envelope_id: to.frames.at(-1)!.envelope_id }));
  // A round trip on the same connection: by the time it is answered the stray ack has been read.
  await new Promise<void>((resolve) => {
    other.socket.once('pong', () => resolve());
    other.socket.ping();
  });
  clock.advance(3000);
  expect(await asked).toEqual({ ok: false, error: 'operation_timeout' });
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '@countersign hi' });
  await until(() => envelope().length === 2);
  clock.advance(3000);
  await until(() => envelope().length === 3);
  const retried = envelope().find((frame) => frame.retry_attempt === 1);
  expect(retried).toMatchObject({ type: 'events_api', retry_reason: 'timeout' });
});

test('a ticket connects once; bot tokens and a switched-off Socket Mode get none', async () => {
  const workspace = await workspaceForTest(overSockets);
  const url = await openUrl(workspace);
  const connect = () =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url);
      onTestFinished(() => socket.terminate());
      socket.on('open', () => resolve('open'));
      socket.on('error', (error) => resolve(error.message));
    });
  expect(await connect()).toBe('open');
  expect(await connect()).toContain('401');
  const inBody = await fetch(`${workspace.apiUrl}apps.connections.open`, {
    method: 'POST',
    body: new URLSearchParams({ token: workspace.app.appToken }),
  });
  expect(await inBody.json()).toMatchObject({ ok: false, error: 'not_authed' });
  const overHttp = await workspaceForTest();
  const opened = webClient(overHttp, overHttp.app.appToken).apps.connections.open({});
  expect(await errorOf(opened)).toBe('socket_mode_not_enabled');
});

test('a warned connection gets no more envelopes; without any the command cannot be dispatched', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ ...overSockets, clock });
  const { socket, frames } = await bareConnection(workspace);
  workspace.socketMode.disconnect('warning');
  await until(() => frames[1]);
  expect(frames[1]).toMatchObject({ type: 'disconnect', reason: 'warning' });
  expect(await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' })).toEqual({
    ok: false,
    error: 'dispatch_failed',
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  clock.advance(10_000);
  await closed;
  expect(frames[2]).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' });
});

test('the eleventh connection costs the oldest its place', async () => {
  const workspace = await workspaceForTest({ ...overSockets, rateLimits: { isOn: false } });
  const first = await bareConnection(workspace);
  for (let i = 0; i < 10; i++) await bareConnection(workspace);
  await until(() => first.frames[1]);
  expect(first.frames[1]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
  await until(() => workspace.socketMode.connectionCount === 10);
});

test('Bolt comes back after an abrupt disconnect', async () => {
  const workspace = await workspaceForTest(overSockets);
  await boltBySocket(workspace, (app) => app.command('/ops', ({ ack }) => ack()));
  workspace.socketMode.disconnect('abrupt');
  expect(workspace.socketMode.connectionCount).toBe(0);
  await until(() => workspace.socketMode.connectionCount === 1, { deadlineMilliseconds: 15_000 });
  expect(await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' })).toEqual({
    ok: true,
  });
});

test('a message shortcut comes as an interactive envelope, with the whole message', async () => {
  const workspace = await workspaceForTest(overSockets);
  const seen: unknown[] = [];
  await boltBySocket(workspace, (app) =>
    app.shortcut('explain', async ({ ack, shortcut }) => {
      seen.push(shortcut);
      await ack();
    }),
  );
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'emails are late' });
  expect(await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts })).toEqual({
    ok: true,
  });
  expect(seen).toMatchObject([
    { type: 'message_action', message: { ts, text: 'emails are late', user: 'U0ADA' } },
  ]);
  expect(workspace.deliveries.filter(({ type }) => type === 'message_action')).toMatchObject([
    { kind: 'interactive', via: 'socket', outcome: 'acked' },
  ]);
});
