import { expect, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import { allScopes, errorOf, manifest, section, webClient, workspaceForTest } from './bolt-fixture.ts';

test('a post reads back as Slack stores it: ids filled in, defaults spelled out, the app named', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const { ts, message } = await client.chat.postMessage({
    channel: '#ops',
    text: 'hello',
    blocks: [section('hi'), { type: 'header', block_id: 'mine', text: { type: 'plain_text', text: 'H' } }],
  });
  expect(ts).toMatch(/^\d{10}\.\d{6}$/);
  expect(message).toMatchObject({
    type: 'message',
    ts,
    user: 'U0COUNTER',
    bot_id: 'B0COUNTER',
    app_id: 'A0COUNTER',
    team: 'T0ACME',
    blocks: [
      {
        type: 'section',
        block_id: expect.stringMatching(/^\w{5}$/),
        text: { type: 'mrkdwn', verbatim: false },
      },
      { type: 'header', block_id: 'mine', text: { emoji: true } },
    ],
  });
});

test('timestamps are unique and grow, even when the clock stands still', async () => {
  const workspace = await workspaceForTest({ clock: new ManualClock(), rateLimits: { isOn: false } });
  const client = webClient(workspace);
  const seen: string[] = [];
  for (let i = 0; i < 20; i++)
    seen.push((await client.chat.postMessage({ channel: 'C0OPS', text: 'x' })).ts!);
  expect(new Set(seen).size).toBe(20);
  expect([...seen].sort()).toEqual(seen);
});

test('history shows channels newest first without replies, and metadata only when asked', async () => {
  const workspace = await workspaceForTest({ rateLimits: { isOn: false } });
  const client = webClient(workspace);
  const metadata = { event_type: 'run', event_payload: { id: 'r1' } };
  const parent = await client.chat.postMessage({ channel: 'C0OPS', text: 'parent', metadata });
  await client.chat.postMessage({ channel: 'C0OPS', text: 'reply', thread_ts: parent.ts! });
  await client.chat.postMessage({
    channel: 'C0OPS',
    text: 'shout',
    thread_ts: parent.ts!,
    reply_broadcast: true,
  });
  await client.chat.postMessage({ channel: 'C0OPS', text: 'later' });
  const plain = await client.conversations.history({ channel: 'C0OPS' });
  expect(plain.messages?.map((one) => one.text)).toEqual(['later', 'shout', 'parent']);
  expect(plain.messages?.at(-1)).toMatchObject({ reply_count: 2, thread_ts: parent.ts });
  expect(plain.messages?.at(-1)?.metadata).toBeUndefined();
  const full = await client.conversations.history({
    channel: 'C0OPS',
    include_all_metadata: true,
    oldest: '0',
  });
  expect(full.messages?.at(-1)?.metadata).toEqual(metadata);
  const replies = await client.conversations.replies({
    channel: 'C0OPS',
    ts: parent.ts!,
    include_all_metadata: true,
  });
  expect(replies.messages?.map((one) => one.text)).toEqual(['parent', 'reply', 'shout']);
  expect(await errorOf(client.conversations.replies({ channel: 'C0OPS', ts: '1.000000' }))).toBe(
    'thread_not_found',
  );
});

test('history pages by cursor and by time, exclusive unless inclusive', async () => {
  const workspace = await workspaceForTest({ rateLimits: { isOn: false } });
  const client = webClient(workspace);
  const ts: string[] = [];
  for (const text of ['1', '2', '3', '4', '5'])
    ts.push((await client.chat.postMessage({ channel: 'C0OPS', text })).ts!);
  const texts = async (more: object) =>
    (await client.conversations.history({ channel: 'C0OPS', ...more })).messages?.map((one) => one.text);
  expect(await texts({ oldest: ts[1]!, latest: ts[3]! })).toEqual(['3']);
  expect(await texts({ oldest: ts[1]!, latest: ts[3]!, inclusive: true })).toEqual(['4', '3', '2']);
  const pages: (string | undefined)[] = [];
  for await (const page of client.paginate('conversations.history', { channel: 'C0OPS', limit: 2 }))
    pages.push((page as { messages?: { text?: string }[] }).messages?.map((one) => one.text).join(''));
  expect(pages).toEqual(['54', '32', '1']);
  expect(await errorOf(client.conversations.history({ channel: 'C0OPS', cursor: 'x' }))).toBe(
    'invalid_cursor',
  );
});

test('updating with text alone drops blocks and keeps metadata', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const metadata = { event_type: 'run', event_payload: { id: 'r1' } };
  const { ts = '' } = await client.chat.postMessage({
    channel: 'C0OPS',
    text: 'a',
    blocks: [section('a')],
    metadata,
  });
  const updated = await client.chat.update({ channel: 'C0OPS', ts, text: 'b' });
  expect(updated.message).toMatchObject({ text: 'b', metadata });
  expect((updated.message as { blocks?: unknown }).blocks).toBeUndefined();
  expect(workspace.events().at(-1)).toMatchObject({
    kind: 'message_edited',
    message: { text: 'b', blocks: [] },
    previous: { text: 'a' },
  });
});

test('updates and deletions are refused as Slack refuses them', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  const client = webClient(workspace);
  const { ts: theirs = '' } = await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: 'mine' });
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'x' });
  const update = (more: { ts?: string; channel?: string; text?: string }) =>
    errorOf(client.chat.update({ channel: 'C0OPS', ts, text: 'y', ...more }));
  expect(await update({ ts: theirs })).toBe('cant_update_message');
  expect(await update({ ts: '1.000000' })).toBe('message_not_found');
  expect(await update({ channel: 'C0NONE' })).toBe('channel_not_found');
  expect(await update({ text: '' })).toBe('no_text');
  expect(await update({ text: 'x'.repeat(4001) })).toBe('msg_too_long');
  expect(await update({})).toBeUndefined();
  workspace.settings.editWindowMinutes = 5;
  clock.advance(5 * 60_000 + 1000);
  expect(await update({})).toBe('edit_window_closed');
  expect(await errorOf(client.chat.delete({ channel: 'C0OPS', ts: theirs }))).toBe('cant_delete_message');
  expect(await errorOf(client.chat.delete({ channel: 'C0OPS', ts }))).toBeUndefined();
  expect(await errorOf(client.chat.delete({ channel: 'C0OPS', ts }))).toBe('message_not_found');
});

test('posting is refused where the bot may not, and what may not be posted', async () => {
  const workspace = await workspaceForTest({ rateLimits: { isOn: false } });
  const client = webClient(workspace);
  const post = (more: object) =>
    errorOf(client.chat.postMessage({ channel: 'C0OPS', text: 'x', ...more } as never));
  expect(await post({ channel: 'C0RANDOM' })).toBe('not_in_channel');
  expect(await post({ channel: 'C0SECRET' })).toBe('channel_not_found');
  expect(await post({ channel: 'C0NONE' })).toBe('channel_not_found');
  expect(await post({ channel: 'C0OLD' })).toBe('is_archived');
  expect(await post({ channel: 'U0FOREIGN' })).toBe('channel_not_found');
  expect(await post({ channel: 'U0ADA' })).toBeUndefined();
  expect(await post({ text: ' ' })).toBe('no_text');
  expect(await post({ thread_ts: '1.000000' })).toBe('thread_not_found');
  expect(await post({ markdown_text: 'x' })).toBe('markdown_text_conflict');
  expect(await post({ blocks: '{' })).toBe('invalid_blocks_format');
  expect(await post({ metadata: { event_type: 'x' } })).toBe('invalid_metadata_format');
  const big = { event_type: 'x', event_payload: { x: 'x'.repeat(20_000) } };
  expect(await post({ metadata: big })).toBe('metadata_too_large');
  expect(await post({ channel: undefined })).toBe('invalid_arguments');
});

test('tokens and scopes are checked before anything else', async () => {
  const scopes = allScopes.filter((scope) => scope !== 'usergroups:read' && scope !== 'users:read.email');
  const workspace = await workspaceForTest({ manifest: manifest({ scopes }) });
  expect(await errorOf(webClient(workspace, 'xoxb-wrong').auth.test())).toBe('invalid_auth');
  expect(await errorOf(webClient(workspace, '').auth.test())).toBe('not_authed');
  expect(
    await errorOf(
      webClient(workspace, workspace.app.appToken).chat.postMessage({ channel: 'C0OPS', text: 'x' }),
    ),
  ).toBe('not_allowed_token_type');
  expect(await errorOf(webClient(workspace).apps.connections.open())).toBe('not_allowed_token_type');
  expect(await errorOf(webClient(workspace).apiCall('nope.nothing'))).toBe('unknown_method');
  const refused = await webClient(workspace)
    .usergroups.users.list({ usergroup: 'S0ONCALL' })
    .catch((error: { data: unknown }) => error.data);
  expect(refused).toMatchObject({
    error: 'missing_scope',
    needed: 'usergroups:read',
    provided: scopes.join(','),
  });
  const { user } = await webClient(workspace).users.info({ user: 'U0ADA' });
  expect(user?.profile?.email).toBeUndefined();
  workspace.directory.deactivate('U0COUNTER');
  expect(await errorOf(webClient(workspace).auth.test())).toBe('account_inactive');
});

test('people and groups are described as Slack describes them', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const info = async (user: string) => (await client.users.info({ user })).user;
  expect(await info('U0GUEST')).toMatchObject({ is_restricted: true, deleted: false });
  expect(await info('U0GONE')).toMatchObject({ deleted: true });
  expect(await info('U0FOREIGN')).toMatchObject({ team_id: 'T0OTHER', is_stranger: true });
  expect(await info('U0ROBOT')).toMatchObject({ is_bot: true });
  expect(await info('U0COUNTER')).toMatchObject({
    is_bot: true,
    name: 'countersign',
    profile: { bot_id: 'B0COUNTER' },
  });
  expect((await client.usergroups.users.list({ usergroup: 'S0ONCALL' })).users).toEqual([
    'U0MARGARET',
    'U0ADA',
  ]);
  expect(await errorOf(client.usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');
  expect((await client.users.lookupByEmail({ email: 'ada@acme.example' })).user?.id).toBe('U0ADA');
  expect(await errorOf(client.users.lookupByEmail({ email: 'gone@acme.example' }))).toBe('users_not_found');
  expect((await client.conversations.open({ users: 'U0ADA' })).channel?.id).toBe('D0ADA');
  expect((await client.conversations.members({ channel: 'C0OPS' })).members).not.toContain('U0GONE');
  const { channels } = await client.conversations.list({ exclude_archived: true });
  expect(channels?.map((one) => one.name)).not.toContain('old-launch');
});

test('an upload becomes a message only once completed', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  await client.filesUploadV2({
    channel_id: 'C0OPS',
    filename: 'ledger.jsonl',
    file: Buffer.from('{"seq":1}\n'),
    initial_comment: 'the ledger',
  });
  const [message] = workspace.as('ada').state().messages;
  expect(message).toMatchObject({ text: 'the ledger', files: [{ name: 'ledger.jsonl', size: 10 }] });
  expect(await (await fetch(message!.files![0]!.url)).text()).toBe('{"seq":1}\n');
  const begun = await client.files.getUploadURLExternal({ filename: 'x.txt', length: 3 });
  const complete = client.files.completeUploadExternal({ files: [{ id: begun.file_id!, title: 'x' }] });
  expect(await errorOf(complete)).toBe('file_not_found');
});

test('JSON and form bodies are taken alike, a JSON token is not', async () => {
  const workspace = await workspaceForTest();
  const call = async (contentType: string, body: string, token?: string) => {
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body,
    });
    return [response.status, await response.json(), response.headers.get('x-oauth-scopes')] as const;
  };
  const { botToken } = workspace.app;
  const json = await call('application/json', '{"channel":"C0OPS","text":"x"}', botToken);
  expect(json[1]).toMatchObject({ ok: true, warning: 'missing_charset' });
  expect(json[2]).toBe(allScopes.join(','));
  const form = new URLSearchParams({ channel: 'C0OPS', text: 'x', token: botToken }).toString();
  expect((await call('application/x-www-form-urlencoded', form))[1]).toMatchObject({ ok: true });
  const inBody = JSON.stringify({ channel: 'C0OPS', text: 'x', token: botToken });
  expect((await call('application/json', inBody))[1]).toMatchObject({ ok: false, error: 'not_authed' });
  expect((await call('application/json', '{', botToken))[1]).toMatchObject({ error: 'invalid_json' });
  expect((await call('text/plain', 'x', botToken))[1]).toMatchObject({ error: 'invalid_post_type' });
});

test('each recorded call names the scopes it needed, for the kind of conversation it was about', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  await client.auth.test();
  await client.conversations.info({ channel: 'C0OPS' });
  await client.conversations.history({ channel: 'D0ADA' });
  await errorOf(client.conversations.replies({ channel: 'C0OPS', ts: '1.000000' }));
  expect(workspace.calls.map((call) => [call.method, call.scopes, call.outcome])).toEqual([
    ['auth.test', [], 'ok'],
    ['conversations.info', ['channels:read'], 'ok'],
    ['conversations.history', ['im:history'], 'ok'],
    ['conversations.replies', ['channels:history'], 'error'],
  ]);
});

test('a deleted parent with replies leaves a stone, an edited thread keeps its replies', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const { ts = '' } = await client.chat.postMessage({ channel: 'C0OPS', text: 'parent' });
  const { ts: reply = '' } = await client.chat.postMessage({
    channel: 'C0OPS',
    text: 'reply',
    thread_ts: ts,
  });
  // A reply to a reply belongs to the parent.
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: 'second', threadTs: reply });
  await client.chat.delete({ channel: 'C0OPS', ts });
  const { messages } = await client.conversations.replies({ channel: 'C0OPS', ts });
  expect(messages?.map((one) => [(one as { subtype?: string }).subtype, one.text])).toEqual([
    ['tombstone', 'This message was deleted.'],
    [undefined, 'reply'],
    [undefined, 'second'],
  ]);
});
