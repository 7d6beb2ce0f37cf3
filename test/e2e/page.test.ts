import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundlePage } from '../../sandbox/page/bundle.ts';
import { testBrowser } from '../support/browser.ts';
import { startTestCountersign } from '../support/countersign.ts';

const screenshot = join(import.meta.dirname, '../../docs/images/demo.png');
/** Far beyond what anything here takes, so that a busy machine fails no test. */
const patienceMilliseconds = 15_000;

describe('the demo page', async () => {
  const browser = await testBrowser();
  const bot = await startTestCountersign({ mode: 'socket', workspace: { page: await bundlePage() } });

  async function open(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(patienceMilliseconds);
    const page = await context.newPage();
    await page.goto(`${bot.workspace.origin}/?user=ada&channel=ops`);
    await page.getByRole('textbox', { name: 'Message #ops' }).waitFor();
    return page;
  }

  it('shows the card of a command typed as a person types it', async () => {
    const page = await open();
    await page.getByRole('textbox', { name: 'Message #ops' }).click();
    await page.keyboard.type('/ops verify-audit acme');
    await page.keyboard.press('Enter');
    const card = page.getByRole('article').filter({ hasText: 'acme: audit chain intact, 200 records' });
    await card.waitFor();
    expect(await card.innerText()).toContain('pilot (production)');

    await page.keyboard.type('/ops verify-audit initech');
    await page.keyboard.press('Enter');
    const broken = page.getByRole('article').filter({ hasText: 'initech: audit chain broken' });
    await broken.getByRole('button', { name: 'Verify again, full' }).waitFor();
    if (process.env.UPDATE_SCREENSHOT === '1') {
      await mkdir(dirname(screenshot), { recursive: true });
      await page.screenshot({ path: screenshot });
    }
  });

  it('lets a form be filled and sent with the keyboard alone', async () => {
    const page = await open();
    await page.getByRole('textbox', { name: 'Message #ops' }).focus();
    await page.keyboard.type('/ops verify-audit');
    // The first Enter may take a suggestion; the message is sent when the box is empty.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await dialog.getByLabel('Tenant', { exact: true }).focus();
    await page.keyboard.type('glob');
    await dialog.getByRole('option', { name: /globex/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Run' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('globex: audit chain broken, a record is missing').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('article').filter({ hasText: 'globex: audit chain broken' }).waitFor();
  });

  it('shows a private answer to the one who asked and not to another', async () => {
    const page = await open();
    await page.getByRole('textbox', { name: 'Message #ops' }).focus();
    await page.keyboard.type('/ops explain verify-audit');
    await page.keyboard.press('Enter');
    await page.getByRole('article').filter({ hasText: 'You may run verify-audit' }).waitFor();
    await page.getByRole('button', { name: 'Act as Grace Okafor' }).click();
    await page.getByText('as Grace Okafor').waitFor();
    expect(await page.getByRole('article').filter({ hasText: 'You may run verify-audit' }).count()).toBe(0);
  });
});
