import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { vi } from 'vitest';
import type { ClientState } from '../../../sandbox/slack/client-api.ts';
import { StubWorkspace } from './stub-workspace.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function chromiumPath(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not here; the next one.
      }
    }
  }
  throw new Error(
    `No Chromium on PATH (looked for ${names.join(', ')}). Install one: apt-get install -y chromium`,
  );
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
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
}

/** Far beyond what anything here takes, so that a busy machine fails no test. */
const deadlineMilliseconds = 15_000;

export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: deadlineMilliseconds });
}

export interface OpenPage {
  page: Page;
  stub: StubWorkspace;
  origin: string;
  /** What went wrong in the page: exceptions, console errors, refusals of the content security policy. */
  problems: string[];
  close(): Promise<void>;
}

/** The page against a stub workspace of its own, in a browser context of its own. */
export async function openPage(
  browser: Browser,
  states: ClientState[],
  options: BrowserContextOptions & { search?: string } = {},
): Promise<OpenPage> {
  const { search = '?user=ada&channel=ops', ...contextOptions } = options;
  const stub = new StubWorkspace(states);
  const origin = await stub.start();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
  context.setDefaultTimeout(deadlineMilliseconds);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') problems.push(line.text());
  });
  await page.goto(`${origin}/${search}`);
  await page.getByRole('textbox', { name: /^Message / }).waitFor();
  return {
    page,
    stub,
    origin,
    problems,
    close: async () => {
      await context.close();
      await stub.stop();
    },
  };
}
