import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundlePage } from '../../../sandbox/page/bundle.ts';
import { startSlackWorkspace } from '../../../sandbox/slack/server.ts';
import { launchBrowser } from './browser.ts';

let browser: Browser;
let close: () => Promise<void>;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
afterEach(() => close());

const text = `# Postmortem\n\n${'- 18:15:22 UTC · Ada acknowledged it\n'.repeat(60)}<img src=x onerror=alert(1)> the end\n`;

/** The real workspace with one file in the thread of one message, as ada's page shows it. */
async function openThread(viewport: { width: number; height: number }) {
  const manifest: unknown = parse(await readFile(new URL('../../../manifest.yml', import.meta.url), 'utf8'));
  const slack = await startSlackWorkspace({ manifest, page: await bundlePage() });
  const call = async (method: string, args: Record<string, string>) => {
    const answer = await fetch(`${slack.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.app.botToken}` },
      body: new URLSearchParams(args),
    });
    return (await answer.json()) as { ok: boolean; ts: string; upload_url: string; file_id: string };
  };
  const { ts } = await call('chat.postMessage', { channel: 'C0OPS', text: 'The incident' });
  const length = String(Buffer.byteLength(text));
  const begun = await call('files.getUploadURLExternal', { filename: 'postmortem.md', length });
  await fetch(begun.upload_url, { method: 'POST', body: text });
  const files = JSON.stringify([{ id: begun.file_id, title: 'Postmortem draft' }]);
  const shared = await call('files.completeUploadExternal', { files, channel_id: 'C0OPS', thread_ts: ts });
  expect(shared).toMatchObject({ ok: true });

  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => {
    if (line.type() === 'error') problems.push(line.text());
  });
  close = async () => {
    await context.close();
    await slack.close();
    expect(problems).toEqual([]);
  };
  const phone = viewport.width < 600 ? '&view=phone' : '';
  await page.goto(`${slack.origin}/?user=ada&channel=ops${phone}`);
  await page.getByRole('button', { name: /1 reply/ }).click();
  return page;
}

describe.each([
  ['a wide page', { width: 1280, height: 800 }],
  ['a phone', { width: 390, height: 844 }],
])('a text file in a thread, on %s', (_, viewport) => {
  it('shows its first lines as they are', async () => {
    const page = await openThread(viewport);
    const preview = page.locator('.file-preview');
    await preview.waitFor();
    expect((await preview.textContent())!.split('\n').slice(0, 3)).toEqual(text.split('\n').slice(0, 3));
    const box = (await preview.boundingBox())!;
    expect(box.height).toBeLessThan(180);
    expect(box.x + box.width).toBeLessThanOrEqual(viewport.width);
  });

  it('opens whole, and nothing in it is markup', async () => {
    const page = await openThread(viewport);
    await page.getByRole('button', { name: 'Open file' }).click();
    const dialog = page.getByRole('dialog', { name: 'Postmortem draft' });
    await dialog.getByText('the end').waitFor();
    expect(await dialog.locator('.file-text').textContent()).toBe(text);
    expect(await dialog.locator('img').count()).toBe(0);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

it('a lock screen tells a file without words by its title', async () => {
  const page = await openThread({ width: 390, height: 844 });
  const notification = page.getByRole('region', { name: 'Notification' });
  await notification.getByText('shared a file: Postmortem draft').waitFor();
});
