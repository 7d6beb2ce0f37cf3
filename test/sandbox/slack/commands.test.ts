import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HTTPReceiver } from '@slack/bolt';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import { until } from '../../support/until.ts';
import { boltByHttp, workspaceForTest } from './bolt-fixture.ts';

test('an acked command reaches Bolt signed, with every documented field', async () => {
  const workspace = await workspaceForTest();
  let seen: Record<string, unknown> = {};
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack, command }) => {
      seen = { ...command };
      await ack();
    }),
  );
  const result = await workspace.as('ada').do({
    kind: 'send',
    channel: 'C0OPS',
    text: '/ops suspend @grace in #incidents because a < b & https://acme.example/x @nobody',
  });
  expect(result).toEqual({ ok: true });
  expect(seen).toMatchObject({
    command: '/ops',
    text: 'suspend <@U0GRACE|grace> in <#C0INC|incidents> because a &lt; b &amp; <https://acme.example/x> @nobody',
    channel_id: 'C0OPS',
    channel_name: 'ops',
    user_id: 'U0ADA',
    user_name: 'ada',
    team_id: 'T0ACME',
    team_domain: 'acme-ops',
    api_app_id: 'A0COUNTER',
    is_enterprise_install: 'false',
    response_url: expect.stringContaining(`${workspace.origin}/response/`),
    trigger_id: expect.any(String),
  });
  expect(workspace.events()).toEqual([]);
});

test('without should_escape the text stays as typed', async () => {
  const workspace = await workspaceForTest();
  let text = '';
  await boltByHttp(workspace, (app) =>
    app.command('/raw', async ({ ack, command }) => {
      text = command.text;
      await ack();
    }),
  );
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/raw @grace a<b' });
  expect(text).toBe('@grace a<b');
});

test('a text ack is seen by the person alone, an in_channel ack by all, with the command', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack, command }) => {
      if (command.text === 'quiet') await ack('for you');
      else await ack({ response_type: 'in_channel', text: 'for all' });
    }),
  );
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops quiet' });
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops loud' });
  const adaSees = workspace
    .as('ada')
    .state()
    .messages.map((message) => [message.userId, message.text]);
  const graceSees = workspace
    .as('grace')
    .state()
    .messages.map((message) => [message.userId, message.text]);
  expect(adaSees).toEqual([
    ['U0COUNTER', 'for you'],
    ['U0ADA', '/ops loud'],
    ['U0COUNTER', 'for all'],
  ]);
  expect(graceSees).toEqual(adaSees.slice(1));
});

test('an ack that is no valid message is shown as a failure of the app', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack }) => {
      await ack({ blocks: [{ type: 'header', text: { type: 'plain_text', text: '' } }] });
    }),
  );
  const result = await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops x' });
  expect(result).toEqual({ ok: false, error: 'invalid_blocks' });
  expect(workspace.events().map((event) => event.kind)).toEqual(['app_failed']);
});

test('a command in a thread, an unknown one and one by a foreign user never leave the client', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => app.command('/ops', ({ ack }) => ack()));
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'hello' });
  expect(await ada.do({ kind: 'send', channel: 'C0OPS', text: '/ops help', threadTs: ts })).toEqual({
    ok: false,
    error: '/ops is not supported in threads. Sorry!',
  });
  expect(await ada.do({ kind: 'send', channel: 'C0OPS', text: '/nope' })).toMatchObject({ ok: false });
  const foreign = workspace.as('foreign');
  expect(await foreign.do({ kind: 'send', channel: 'C0INC', text: '/ops help' })).toMatchObject({
    ok: false,
  });
  expect(workspace.deliveries).toEqual([]);
});

test('a bot that is gone, errs or stays silent is named to the person as Slack names it', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  let mode: 'err' | 'silent' = 'err';
  const server = createServer((_request, response) => {
    if (mode === 'err') response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const say = () => workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops help' });
  workspace.deliverByHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await say()).toEqual({ ok: false, error: '500_service_error' });
  mode = 'silent';
  const silent = say();
  await until(() => clock.armed > 0);
  clock.advance(2999);
  expect(workspace.events().length).toBe(1);
  clock.advance(1);
  expect(await silent).toEqual({ ok: false, error: 'operation_timeout' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await say()).toEqual({ ok: false, error: 'dispatch_failed' });
  expect(workspace.events().map((event) => ('error' in event ? event.error : event.kind))).toEqual([
    '500_service_error',
    'operation_timeout',
    'dispatch_failed',
  ]);
});

test("a wrong secret is caught by Bolt's own verifier", async () => {
  const workspace = await workspaceForTest();
  const receiver = new HTTPReceiver({ signingSecret: 'another secret', logLevel: 'error' as never });
  const server = (await receiver.start({ port: 0, host: '127.0.0.1' })) as import('node:http').Server;
  onTestFinished(() => void server.close());
  workspace.deliverByHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  const result = await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops help' });
  expect(result).toEqual({ ok: false, error: '401_client_error' });
});

test('the Request URL challenge passes with Bolt and fails with a server that does not echo it', async () => {
  const workspace = await workspaceForTest();
  const received: import('node:http').IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await workspace.verifyRequestUrl(url)).toContain('challenge');
  expect(received[0]).toMatchObject({
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'content-type': 'application/json',
    'x-slack-signature': expect.stringMatching(/^v0=[0-9a-f]{64}$/),
  });
  const receiver = new HTTPReceiver({ signingSecret: workspace.app.signingSecret });
  const bolt = (await receiver.start({ port: 0, host: '127.0.0.1' })) as import('node:http').Server;
  onTestFinished(() => void bolt.close());
  const boltUrl = `http://127.0.0.1:${(bolt.address() as AddressInfo).port}/slack/events`;
  expect(await workspace.verifyRequestUrl(boltUrl)).toBeUndefined();
});

test('people who are deactivated, or not in the channel, cannot act there', async () => {
  const workspace = await workspaceForTest();
  const say = (who: string, channel: string) =>
    workspace.as(who).do({ kind: 'send', channel, text: 'hello' });
  expect(await say('gone', 'C0OPS')).toEqual({ ok: false, error: 'account_inactive' });
  expect(await say('guest', 'C0LEDGER')).toEqual({ ok: false, error: 'not_in_channel' });
  expect(await say('ada', 'C0OLD')).toEqual({ ok: false, error: 'is_archived' });
  workspace.directory.deactivate('U0MARGARET');
  expect(await say('margaret', 'C0OPS')).toEqual({ ok: false, error: 'account_inactive' });
});
