import { expect, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import { until } from '../../support/until.ts';
import {
  actions,
  boltByHttp,
  button,
  errorOf,
  section,
  webClient,
  workspaceForTest,
} from './bolt-fixture.ts';

const respond = async (url: string, body: unknown) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return [response.status, ((await response.json()) as { error?: string }).error];
};

/** A response URL of /ops in a channel the bot is not in. */
async function responseUrlInRandom(clock?: ManualClock) {
  const workspace = await workspaceForTest(clock ? { clock } : {});
  let url = '';
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack, command }) => {
      url = command.response_url;
      await ack();
    }),
  );
  await workspace.as('ada').do({ kind: 'send', channel: 'C0RANDOM', text: '/ops' });
  return { workspace, url };
}

test('a response URL answers five times, also where the bot is no member, and then never again', async () => {
  const { workspace, url } = await responseUrlInRandom();
  for (const text of ['1', '2', '3', '4']) expect(await respond(url, { text })).toEqual([200, undefined]);
  expect(await respond(url, { text: '5', response_type: 'in_channel' })).toEqual([200, undefined]);
  expect(await respond(url, { text: '6' })).toEqual([404, 'used_url']);
  expect(workspace.as('ada').state().messages.length).toBe(5);
  expect(
    workspace
      .as('grace')
      .state()
      .messages.map((message) => message.text),
  ).toEqual(['5']);
  expect(await errorOf(webClient(workspace).chat.postMessage({ channel: 'C0RANDOM', text: 'x' }))).toBe(
    'not_in_channel',
  );
});

test('a response URL expires after thirty minutes', async () => {
  const clock = new ManualClock();
  const { url } = await responseUrlInRandom(clock);
  clock.advance(30 * 60_000);
  expect(await respond(url, { text: 'just in time' })).toEqual([200, undefined]);
  clock.advance(1);
  expect(await respond(url, { text: 'late' })).toEqual([404, 'expired_url']);
  expect(await respond(`${url}x`, { text: 'x' })).toEqual([404, 'invalid_url']);
});

test('a response URL can be made to fail, which uses nothing up', async () => {
  const { workspace, url } = await responseUrlInRandom();
  workspace.faults.next('response_url', 'http_500');
  expect(await respond(url, { text: '1' })).toEqual([500, 'http_500']);
  for (const text of ['1', '2', '3', '4', '5'])
    expect(await respond(url, { text })).toEqual([200, undefined]);
  expect(workspace.calls.filter((call) => call.method === 'response_url').length).toBe(6);
});

test('a response URL refuses what is no message', async () => {
  const { url } = await responseUrlInRandom();
  expect(await respond(url, {})).toEqual([400, 'no_text']);
  expect(await respond(url, { blocks: [{ type: 'nope' }] })).toEqual([400, 'invalid_blocks']);
  expect(await respond(url, 'text')).toEqual([400, 'invalid_payload']);
});

test('replace_original and delete_original change the message that was clicked', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => {
    app.action('go', async ({ ack, respond: answer }) => {
      await ack();
      await answer({ replace_original: true, text: 'replaced' });
    });
    app.action('drop', async ({ ack, respond: answer }) => {
      await ack();
      await answer({ delete_original: true });
    });
  });
  const client = webClient(workspace);
  const blocks = [actions(button('go'), button('drop'))];
  const posted = await client.chat.postMessage({ channel: 'C0OPS', text: 'card', blocks });
  const second = await client.chat.postMessage({ channel: 'C0OPS', text: 'card', blocks });
  const ada = workspace.as('ada');
  await ada.do({ kind: 'click', channel: 'C0OPS', ts: posted.ts!, blockId: 'buttons', actionId: 'go' });
  await ada.do({ kind: 'click', channel: 'C0OPS', ts: second.ts!, blockId: 'buttons', actionId: 'drop' });
  // The app answers after its ack, so the workspace cannot know of it before it comes.
  const left = await until(() => (ada.state().messages.length === 1 ? ada.state().messages : undefined));
  expect(left).toMatchObject([{ ts: posted.ts, text: 'replaced', blocks: [] }]);
});

test('an ephemeral is seen and clicked by one person, cannot be edited, and is not sent back', async () => {
  const workspace = await workspaceForTest();
  let body: Record<string, unknown> = {};
  await boltByHttp(workspace, (app) =>
    app.action('go', async ({ ack, body: received, respond: answer }) => {
      body = received as unknown as Record<string, unknown>;
      await ack();
      await answer({ replace_original: true, response_type: 'in_channel', text: 'still yours alone' });
    }),
  );
  const client = webClient(workspace);
  const blocks = [actions(button('go'))];
  const post = (channel: string, user: string) =>
    client.chat.postEphemeral({ channel, user, text: 'psst', blocks });
  const { message_ts: ts = '' } = await post('C0OPS', 'U0ADA');
  const at = { kind: 'click', channel: 'C0OPS', ts, blockId: 'buttons', actionId: 'go' } as const;
  expect(workspace.as('grace').state().messages).toEqual([]);
  expect(await workspace.as('grace').do(at)).toEqual({ ok: false, error: 'message_not_found' });
  expect(await errorOf(client.chat.update({ channel: 'C0OPS', ts, text: 'x' }))).toBe('message_not_found');
  await workspace.as('ada').do(at);
  await until(() => workspace.events().some((event) => event.kind === 'ephemeral_replaced'));
  expect(body).toMatchObject({ container: { is_ephemeral: true, message_ts: ts } });
  expect(body.message).toBeUndefined();
  expect(workspace.as('ada').state().messages).toMatchObject([
    { text: 'still yours alone', ephemeralFor: 'U0ADA' },
  ]);
  expect(workspace.as('grace').state().messages).toEqual([]);
  expect(workspace.as('ada').state({ withEphemerals: false }).messages).toEqual([]);
  for (const user of ['U0GONE', 'U0FOREIGN', 'U0ROBOT', 'U0NOBODY'])
    expect(await errorOf(post('C0OPS', user)), user).toBe('user_not_in_channel');
});

test('a click carries the button, the message and one use of a trigger', async () => {
  const workspace = await workspaceForTest();
  await boltByHttp(workspace, (app) => app.action(/.*/, ({ ack }) => ack()));
  const menu = {
    type: 'overflow',
    action_id: 'menu',
    options: [{ text: { type: 'plain_text', text: 'One' }, value: '1' }],
  };
  const { ts = '' } = await webClient(workspace).chat.postMessage({
    channel: 'C0OPS',
    text: 'card',
    blocks: [section('*hi*'), actions(button('go', 'acme'), menu)],
  });
  const at = { kind: 'click', channel: 'C0OPS', ts, blockId: 'buttons' } as const;
  await workspace.as('grace').do({ ...at, actionId: 'go' });
  await workspace.as('grace').do({ ...at, actionId: 'menu', value: '1' });
  expect(await workspace.as('grace').do({ ...at, actionId: 'menu', value: '2' })).toMatchObject({
    ok: false,
  });
  expect(await workspace.as('grace').do({ ...at, actionId: 'gone' })).toMatchObject({ ok: false });
  expect(workspace.deliveries.map((one) => one.payload)).toMatchObject([
    {
      type: 'block_actions',
      user: { id: 'U0GRACE', username: 'grace' },
      container: { type: 'message', message_ts: ts, channel_id: 'C0OPS', is_ephemeral: false },
      channel: { id: 'C0OPS', name: 'ops' },
      message: { ts, bot_id: 'B0COUNTER', app_id: 'A0COUNTER', text: 'card' },
      state: { values: {} },
      actions: [{ type: 'button', action_id: 'go', block_id: 'buttons', value: 'acme' }],
    },
    { actions: [{ type: 'overflow', action_id: 'menu', selected_option: { value: '1' } }] },
  ]);
});
