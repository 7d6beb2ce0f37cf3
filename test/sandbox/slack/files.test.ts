/** Uploading in three calls, and what people see of it: https://docs.slack.dev/messaging/working-with-files#upload */
import { expect, test } from 'vitest';
import { errorOf, webClient, workspaceForTest } from './bolt-fixture.ts';

type Client = ReturnType<typeof webClient>;

async function upload(client: Client, text: string, filename = 'draft.md') {
  const begun = await client.files.getUploadURLExternal({ filename, length: Buffer.byteLength(text) });
  const put = (body = text) => fetch(begun.upload_url!, { method: 'POST', body });
  return { id: begun.file_id!, put };
}

async function uploaded(client: Client, text = '# Draft\n', filename?: string) {
  const begun = await upload(client, text, filename);
  expect((await begun.put()).status).toBe(200);
  return begun.id;
}

test('takes the bytes once, and as many as were announced', async () => {
  const client = webClient(await workspaceForTest());
  const { id, put } = await upload(client, 'ünï');
  expect((await put('longer than that')).status).toBe(400);
  expect((await put()).status).toBe(200);
  expect((await put()).status).toBe(404);
  expect(await client.files.completeUploadExternal({ files: [{ id }] })).toMatchObject({ ok: true });
});

test('shares a file in a thread, where its message lists it', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const { ts } = await client.chat.postMessage({ channel: 'C0OPS', text: 'the incident' });
  const id = await uploaded(client, `${'line\n'.repeat(40)}`);
  const answer = await client.files.completeUploadExternal({
    files: [{ id, title: 'Postmortem draft' }],
    channel_id: 'C0OPS',
    thread_ts: ts!,
    blocks: [{ type: 'section', text: { type: 'plain_text', text: 'Here it is' } }],
  });
  expect(answer.files).toEqual([{ id, title: 'Postmortem draft' }]);
  const { messages } = await client.conversations.replies({ channel: 'C0OPS', ts: ts! });
  expect(messages?.[1]).toMatchObject({
    thread_ts: ts,
    files: [{ id, name: 'draft.md', title: 'Postmortem draft', mimetype: 'text/markdown', size: 200 }],
    blocks: [{ type: 'section' }],
  });
  const shown = workspace.as('ada').state().messages.at(-1)!;
  expect(shown.files![0]!.preview!.split('\n')).toHaveLength(12);
});

test('shows the beginning of texts only', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  for (const name of ['a.md', 'b.png', 'c.jsonl']) {
    const id = await uploaded(client, 'words', name);
    await client.files.completeUploadExternal({ files: [{ id, title: name }], channel_id: 'C0OPS' });
  }
  const files = workspace
    .as('ada')
    .state()
    .messages.map((message) => message.files![0]!.preview);
  expect(files).toEqual(['words', undefined, 'words']);
});

test('refuses to share where Slack would', async () => {
  const client = webClient(await workspaceForTest());
  const reply = async () => {
    const parent = await client.chat.postMessage({ channel: 'C0OPS', text: 'parent' });
    const child = await client.chat.postMessage({ channel: 'C0OPS', text: 'child', thread_ts: parent.ts! });
    return child.ts!;
  };
  const sharing = async (more: Record<string, unknown>, id?: string) =>
    errorOf(
      client.apiCall('files.completeUploadExternal', {
        files: [{ id: id ?? (await uploaded(client)) }],
        channel_id: 'C0OPS',
        ...more,
      }),
    );
  const section = [{ type: 'section', text: { type: 'plain_text', text: 'x' } }];
  expect(await sharing({ channel_id: 'C0RANDOM' })).toBe('not_in_channel');
  expect(await sharing({ channel_id: '#ops' })).toBe('channel_not_found');
  expect(await sharing({ channel_id: 'U0ADA' })).toBe('channel_not_found');
  expect(await sharing({ thread_ts: '1.000001' })).toBe('thread_not_found');
  expect(await sharing({ thread_ts: await reply() })).toBe('thread_not_found');
  expect(await sharing({ initial_comment: 'x', blocks: section })).toBe('invalid_arguments');
  expect(await sharing({ blocks: [{ type: 'markdown', text: '# x' }] })).toBe('internal_error');
  expect(await sharing({ blocks: [{ type: 'nonsense' }] })).toBe('invalid_blocks');
  expect(await sharing({}, 'F0NONE')).toBe('file_not_found');
});

test('what was refused can still be shared, what was shared cannot be again', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const first = await uploaded(client);
  const { id: unsent } = await upload(client, 'x');
  const share = (...ids: string[]) =>
    client.files.completeUploadExternal({
      files: ids.map((id) => ({ id })) as [{ id: string }],
      channel_id: 'C0OPS',
    });
  expect(await errorOf(share(first, unsent))).toBe('file_not_found');
  expect(await errorOf(share(first, first))).toBe('file_not_found');
  expect(workspace.as('ada').state().messages).toEqual([]);
  await share(first);
  expect(await errorOf(share(first))).toBe('file_not_found');
  expect(workspace.as('ada').state().messages).toHaveLength(1);
});

test('an upload meets faults as calls do', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  const { id, put } = await upload(client, 'x');
  workspace.faults.next('upload', 'http_500');
  expect((await put()).status).toBe(500);
  workspace.faults.next('upload', 'ratelimited');
  expect((await put()).status).toBe(429);
  workspace.faults.next('upload', 'cut_after_effect');
  await expect(put()).rejects.toThrow();
  workspace.faults.next('files.completeUploadExternal', 'cut_after_effect');
  await expect(
    client.files.completeUploadExternal({ files: [{ id }], channel_id: 'C0OPS' }),
  ).rejects.toThrow();
  expect(workspace.as('ada').state().messages).toHaveLength(1);
});
