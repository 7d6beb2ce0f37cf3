import { type Browser, chromium } from 'playwright-core';
import { afterAll } from 'vitest';
import { testServer } from './test-server.ts';

/**
 * A headless Chromium, closed after the file's last test.
 * @example const browser = await testBrowser(); const page = await browser.newPage();
 */
export async function testBrowser(): Promise<Browser> {
  const { path } = await testServer('chromium');
  const browser = await chromium.launch({
    executablePath: path,
    // No sandbox, because it does not work as root or in most containers, and every page is our own. The
    // rest keeps it from talking to anyone but the page.
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  afterAll(() => browser.close());
  return browser;
}
