import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readManifest } from '../../../sandbox/slack/manifest.ts';
import { startSlackWorkspace } from '../../../sandbox/slack/server.ts';
import { boltByHttp, manifest, webClient, workspaceForTest } from './bolt-fixture.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'slack-workspace-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('messages, threads and metadata survive a restart, and time goes on from there', async () => {
  const directory = await folder();
  const stateFile = join(directory, 'state', 'slack.json');
  const first = await startSlackWorkspace({ manifest: manifest(), stateFile });
  const metadata = { event_type: 'run', event_payload: { id: 'r1' } };
  const { ts = '' } = await webClient(first).chat.postMessage({ channel: 'C0OPS', text: 'kept', metadata });
  await webClient(first).chat.postMessage({ channel: 'C0OPS', text: 'reply', thread_ts: ts });
  await webClient(first).chat.postEphemeral({ channel: 'C0OPS', user: 'U0ADA', text: 'gone' });
  const before = first.as('ada').state();
  await first.close();
  const second = await workspaceForTest({ stateFile });
  const after = second.as('ada').state();
  expect(after.messages).toEqual(before.messages.filter((message) => !message.ephemeralFor));
  expect(after.messages[0]).toMatchObject({ metadata, replyCount: 1 });
  expect(after.sequence).toBe(before.sequence);
  const later = await webClient(second).chat.update({ channel: 'C0OPS', ts, text: 'edited' });
  expect(later.ok).toBe(true);
  expect(await readdir(join(directory, 'state'))).toEqual(['slack.json']);
});

test('a file that is no workspace is named, not overwritten', async () => {
  const stateFile = join(await folder(), 'slack.json');
  await writeFile(stateFile, '{"version":1}');
  await expect(startSlackWorkspace({ manifest: manifest(), stateFile })).rejects.toThrow(stateFile);
});

test.each([
  ['a scope-less event', { events: ['message.channels'], scopes: ['commands'] }, 'message.channels'],
  ['an event nobody sends', { events: ['nonsense'] }, 'nonsense'],
  ['commands without the scope', { scopes: ['chat:write'], events: [] }, 'commands'],
])('refuses a manifest with %s', (_name, changes, named) => {
  expect(() => readManifest(manifest(changes))).toThrow(named);
});

test('refuses a manifest with an unknown key or too long a name, naming both', () => {
  const wrong = { ...manifest(), display_information: { name: 'x'.repeat(36), colour: 'red' } };
  expect(() => readManifest(wrong)).toThrow(/display_information\.name[\s\S]*colour/);
});

/** fetch forbids setting Host and Origin, which is what has to be tried. */
function clientRequest(origin: string, path: string, headers: Record<string, string>, body?: unknown) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, { method: body ? 'POST' : 'GET', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body ? JSON.stringify(body) : undefined);
  });
}

test("people's side answers its own origin only", async () => {
  const workspace = await workspaceForTest();
  const state = (headers: Record<string, string>) =>
    clientRequest(workspace.origin, '/client/state?user=ada', headers).then((answer) => answer.status);
  const { host } = new URL(workspace.origin);
  expect(await state({})).toBe(200);
  expect(await state({ origin: workspace.origin })).toBe(200);
  expect(await state({ origin: 'https://evil.example' })).toBe(403);
  expect(await state({ host: `evil.example:${host.split(':')[1]}` })).toBe(403);
  expect(await state({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  const act = { user: 'U0ADA', action: { kind: 'send', channel: 'C0OPS', text: 'hi' } };
  const post = (type: string) => clientRequest(workspace.origin, '/client/do', { 'content-type': type }, act);
  expect((await post('text/plain')).status).toBe(400);
  expect(workspace.events()).toEqual([]);
  expect(JSON.parse((await post('application/json')).text)).toMatchObject({
    ok: true,
    ts: expect.any(String),
  });
  expect((await clientRequest(workspace.origin, '/client/state?user=nobody', {})).status).toBe(404);
});

test('the event stream catches up from Last-Event-ID and shows nobody what is for another', async () => {
  const workspace = await workspaceForTest();
  const client = webClient(workspace);
  await client.chat.postMessage({ channel: 'C0OPS', text: 'one' });
  await client.chat.postEphemeral({ channel: 'C0OPS', user: 'U0ADA', text: 'for ada' });
  await client.chat.postMessage({ channel: 'C0LEDGER', text: 'two' });
  await client.chat.postMessage({ channel: 'C0OPS', text: 'three' });
  const firstEvents = async (user: string, since: string, count: number) => {
    const response = await fetch(`${workspace.origin}/client/events?user=${user}`, {
      headers: { 'last-event-id': since },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('\ndata: ').length <= count) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    await reader.cancel();
    return [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1]!).message.text);
  };
  expect(await firstEvents('ada', '1', 3)).toEqual(['for ada', 'two', 'three']);
  expect(await firstEvents('guest', '0', 2)).toEqual(['one', 'three']);
});

test('the page and its assets are served, and nothing else', async () => {
  const page = {
    html: '<!doctype html><title>Slack</title>',
    assets: { '/assets/page.js': { contentType: 'text/javascript', body: 'go()' } },
  };
  const workspace = await workspaceForTest({ page });
  const get = async (path: string) => {
    const response = await fetch(`${workspace.origin}${path}`);
    return [response.status, response.headers.get('content-type'), await response.text()];
  };
  expect(await get('/')).toEqual([200, 'text/html; charset=utf-8', page.html]);
  expect(await get('/assets/page.js')).toEqual([200, 'text/javascript', 'go()']);
  expect((await get('/assets/other.js'))[0]).toBe(404);
  expect((await get('/other'))[0]).toBe(404);
});

test('idle waits for the app to answer', async () => {
  const workspace = await workspaceForTest();
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack }) => {
      await held;
      await ack('done');
    }),
  );
  void workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  let isIdle = false;
  const idle = workspace.idle().then(() => {
    isIdle = true;
  });
  await webClient(workspace).api.test();
  expect(isIdle).toBe(false);
  finish();
  await idle;
  expect(workspace.as('ada').state().messages).toMatchObject([{ text: 'done' }]);
});
