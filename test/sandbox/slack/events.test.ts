import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import { until } from '../../support/until.ts';
import { boltByHttp, errorOf, manifest, modal, webClient, workspaceForTest } from './bolt-fixture.ts';

test('a mention reaches the app, in a channel and in a thread, where the bot is a member', async () => {
  const workspace = await workspaceForTest();
  const seen: { text: string; thread_ts?: string; user?: string }[] = [];
  await boltByHttp(workspace, (app) =>
    app.event('app_mention', async ({ event }) => {
      seen.push(event);
    }),
  );
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: '@countersign help' });
  await until(() => seen.length === 1);
  await ada.do({ kind: 'send', channel: 'C0OPS', text: '@countersign run 7', threadTs: ts });
  await ada.do({ kind: 'send', channel: 'C0RANDOM', text: '@countersign help' });
  await ada.do({ kind: 'send', channel: 'C0OPS', text: 'nothing for the bot' });
  await workspace.idle();
  await until(() => seen.length === 2);
  expect(seen).toMatchObject([
    { text: '<@U0COUNTER> help', user: 'U0ADA', channel: 'C0OPS' },
    { text: '<@U0COUNTER> run 7', thread_ts: ts },
  ]);
  expect(workspace.deliveries[0]?.payload).toMatchObject({
    type: 'event_callback',
    team_id: 'T0ACME',
    api_app_id: 'A0COUNTER',
    event_id: expect.stringMatching(/^Ev/),
    authorizations: [{ user_id: 'U0COUNTER', is_bot: true }],
  });
  expect(workspace.deliveries.length).toBe(2);
});

test('direct messages come as message.im, the own ones too, and only what is subscribed comes at all', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, () => {});
  await workspace.as('ada').do({ kind: 'send', channel: 'D0ADA', text: 'help' });
  await workspace.idle();
  await webClient(workspace).chat.postMessage({ channel: 'D0ADA', text: 'here' });
  await workspace.idle();
  expect(
    workspace.deliveries.map((one) => [one.subscription, (one.payload.event as { bot_id?: string }).bot_id]),
  ).toEqual([
    ['message.im', undefined],
    ['message.im', 'B0COUNTER'],
  ]);
  const deaf = await workspaceForTest({ manifest: manifest({ events: [] }) });
  await boltByHttp(deaf, () => {});
  await deaf.as('ada').do({ kind: 'send', channel: 'D0ADA', text: 'help' });
  await deaf.idle();
  expect(deaf.deliveries).toEqual([]);
});

/** A bot that answers as told, and the headers it got. */
async function failingBot(statuses: { status: number; noRetry?: boolean }) {
  const received: IncomingHttpHeaders[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    received.push(request.headers);
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    response.writeHead(statuses.status, statuses.noRetry ? { 'x-slack-no-retry': '1' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received, bodies };
}

test('an event is retried at once, after a minute and after five, saying why, and then given up', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  const bot = await failingBot({ status: 500 });
  workspace.deliverByHttp(bot.url);
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '@countersign help' });
  await workspace.idle();
  expect(bot.received.length).toBe(2);
  clock.advance(59_999);
  await workspace.idle();
  expect(bot.received.length).toBe(2);
  clock.advance(1);
  await workspace.idle();
  expect(bot.received.length).toBe(3);
  clock.advance(300_000);
  await workspace.idle();
  clock.advance(3_600_000);
  await workspace.idle();
  expect(bot.received.map((one) => [one['x-slack-retry-num'], one['x-slack-retry-reason']])).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_error'],
    ['3', 'http_error'],
  ]);
  expect(new Set(bot.bodies.map((body) => JSON.parse(body).event_id)).size).toBe(1);
});

test('x-slack-no-retry ends the retries', async () => {
  const workspace = await workspaceForTest({ clock: new ManualClock() });
  const bot = await failingBot({ status: 500, noRetry: true });
  workspace.deliverByHttp(bot.url);
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '@countersign help' });
  await workspace.idle();
  expect(bot.received.length).toBe(1);
});

test('opening the home tab tells the app, and what it publishes is seen by that person', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) =>
    app.event('app_home_opened', async ({ event, client }) => {
      await client.views.publish({
        user_id: event.user,
        view: { type: 'home', blocks: [{ type: 'divider' }] },
      });
    }),
  );
  await workspace.as('ada').do({ kind: 'open_home' });
  const home = await until(() => workspace.as('ada').state().home);
  expect(home).toMatchObject({ userId: 'U0ADA', view: { blocks: [{ type: 'divider' }] } });
  expect(workspace.as('grace').state().home).toBeUndefined();
});

test('shortcuts carry a trigger; message shortcuts also the message, never an ephemeral one', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => app.shortcut(/.*/, ({ ack }) => ack()));
  const client = webClient(workspace);
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'x' });
  const { message_ts: hidden = '' } = await client.chat.postEphemeral({
    channel: 'C0OPS',
    user: 'U0ADA',
    text: 'x',
  });
  const ada = workspace.as('ada');
  expect(await ada.do({ kind: 'shortcut', callbackId: 'run' })).toEqual({ ok: true });
  expect(await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts })).toEqual({
    ok: true,
  });
  expect(
    await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts: hidden }),
  ).toMatchObject({
    ok: false,
  });
  expect(workspace.deliveries.map((one) => one.payload)).toMatchObject([
    { type: 'shortcut', callback_id: 'run', trigger_id: expect.any(String) },
    { type: 'message_action', callback_id: 'explain', message_ts: ts, channel: { id: 'C0OPS' } },
  ]);
  expect(workspace.deliveries[0]?.payload).not.toHaveProperty('response_url');
});

test('a message shortcut brings the whole message, and its thread where it is a reply', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => app.shortcut(/.*/, ({ ack }) => ack()));
  const ada = workspace.as('ada');
  const { ts = '' } = await workspace.as('grace').do({ kind: 'send', channel: 'C0OPS', text: 'a <b>' });
  const reply = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'c', threadTs: ts });
  for (const used of [ts, reply.ts!])
    await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts: used });
  const payloads = workspace.deliveries.filter(({ type }) => type === 'message_action');
  const common = {
    type: 'message_action',
    callback_id: 'explain',
    token: workspace.app.verificationToken,
    api_app_id: workspace.app.appId,
    team: { id: workspace.directory.team.id },
    user: { id: 'U0ADA' },
    channel: { id: 'C0OPS', name: 'ops' },
    trigger_id: expect.any(String),
    response_url: expect.stringContaining('/response/'),
    action_ts: expect.stringMatching(/^\d+\.\d{6}$/),
  };
  expect(payloads.map(({ payload }) => payload)).toMatchObject([
    {
      ...common,
      message_ts: ts,
      message: { type: 'message', ts, user: 'U0GRACE', text: 'a &lt;b&gt;' },
    },
    { ...common, message_ts: reply.ts, message: { ts: reply.ts, thread_ts: ts, user: 'U0ADA', text: 'c' } },
  ]);
});

test('a message shortcut is for those who see the message, in every channel, and for nobody of elsewhere', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => app.shortcut(/.*/, ({ ack }) => ack()));
  const use = (who: string, channel: string, ts: string, callbackId = 'explain') =>
    workspace.as(who).do({ kind: 'shortcut', callbackId, channel, ts });
  // The app itself need not be there.
  const random = await workspace.as('ada').do({ kind: 'send', channel: 'C0RANDOM', text: 'hm' });
  expect(await use('ada', 'C0RANDOM', random.ts!)).toEqual({ ok: true });
  const hidden = await workspace.as('grace').do({ kind: 'send', channel: 'C0SECRET', text: 'hush' });
  expect(await use('grace', 'C0SECRET', hidden.ts!)).toEqual({ ok: true });
  expect(await use('ada', 'C0SECRET', hidden.ts!)).toMatchObject({ error: 'message_not_found' });
  expect(await use('ada', 'C0RANDOM', '1.000001')).toMatchObject({ error: 'message_not_found' });
  expect(await use('ada', 'C0RANDOM', random.ts!, 'nothing')).toMatchObject({ error: 'shortcut_not_found' });
});

test('the trigger of a message shortcut opens one form, within three seconds', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  const triggers: string[] = [];
  await boltByHttp(workspace, (app) =>
    app.shortcut(/.*/, async ({ ack, shortcut }) => {
      triggers.push(shortcut.trigger_id);
      await ack();
    }),
  );
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'x' });
  for (let time = 0; time < 2; time += 1)
    await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts });
  const client = webClient(workspace);
  const open = (trigger_id: string) => errorOf(client.views.open({ trigger_id, view: modal() }));
  expect(await open(triggers[0]!)).toBeUndefined();
  expect(await open(triggers[0]!)).toBe('exchanged_trigger_id');
  clock.advance(3_001);
  expect(await open(triggers[1]!)).toBe('expired_trigger_id');
});

test('the response URL of a message shortcut answers in the channel, not in the thread of the message', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) =>
    app.shortcut(/.*/, async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'done' });
    }),
  );
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'x' });
  const reply = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'y', threadTs: ts });
  await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts: reply.ts! });
  await workspace.idle();
  const answer = await until(() => ada.state().messages.find(({ text }) => text === 'done'));
  expect(answer).toMatchObject({ channel: 'C0OPS', ephemeralFor: 'U0ADA' });
  expect(answer).not.toHaveProperty('threadTs');
});

test('a message shortcut the app does not take is shown to the person, and not sent again', async () => {
  const workspace = await workspaceForTest();
  workspace.deliverByHttp('http://127.0.0.1:1/nobody');
  const ada = workspace.as('ada');
  const { ts = '' } = await ada.do({ kind: 'send', channel: 'C0OPS', text: 'x' });
  const result = await ada.do({ kind: 'shortcut', callbackId: 'explain', channel: 'C0OPS', ts });
  expect(result.ok).toBe(false);
  await workspace.idle();
  expect(workspace.deliveries.filter(({ type }) => type === 'message_action')).toHaveLength(1);
  expect(workspace.events().filter(({ kind }) => kind === 'app_failed')).toMatchObject([
    { userId: 'U0ADA', channel: 'C0OPS' },
  ]);
});
