import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActionResult } from '../../../sandbox/slack/client-api.ts';
import { eventually, launchBrowser, type OpenPage, openPage } from './browser.ts';
import { ada, stateFor } from './sample-state.ts';

let browser: Browser;
let open: OpenPage;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(open.problems).toEqual([]);
  await open.close();
});

const sampleAlerts = [
  { sample: 'disk-filling', label: 'Single alert', description: 'A disk fills up' },
  { sample: 'resolve all', label: 'Resolve', description: 'Everything that fires is over' },
];
const panel = () => open.page.getByRole('region', { name: 'Send alerts' });

describe('the panel "Send alerts"', () => {
  it('sends what its button says, and says when the app has taken it', async () => {
    open = await openPage(browser, [stateFor(ada, [], { sampleAlerts })]);
    const taken = Promise.withResolvers<ActionResult>();
    open.stub.answerAlert = () => taken.promise;
    const button = panel().getByRole('button', { name: 'Single alert', description: 'A disk fills up' });
    await button.click();
    await eventually(async () => expect(await button.getAttribute('aria-busy')).toBe('true'));
    // Pressed by somebody who cannot wait.
    await button.click();
    await panel().getByRole('button', { name: 'Resolve' }).click();
    taken.resolve({ ok: true });
    await panel().getByRole('status').filter({ hasText: ': sent' }).waitFor();
    await eventually(async () => expect(await button.getAttribute('aria-busy')).toBeNull());
    expect(open.stub.alerts).toEqual(['disk-filling', 'resolve all']);
    expect(open.stub.actions).toEqual([]);
  });

  it('says why something was not sent', async () => {
    open = await openPage(browser, [stateFor(ada, [], { sampleAlerts })]);
    open.stub.answerAlert = () => ({ ok: false, error: 'nothing that was sent fires any more' });
    await panel().getByRole('button', { name: 'Resolve' }).click();
    await panel().getByText('Resolve: nothing that was sent fires any more').waitFor();
  });

  it('is not there where nothing monitors', async () => {
    open = await openPage(browser, [stateFor(ada)]);
    await open.page.getByRole('region', { name: 'Acting as' }).waitFor();
    expect(await panel().count()).toBe(0);
  });

  it('is within reach on a phone, and big enough for a thumb', async () => {
    open = await openPage(browser, [stateFor(ada, [], { sampleAlerts })], {
      viewport: { width: 390, height: 844 },
    });
    await open.page.getByRole('button', { name: 'Channels and people' }).click();
    const button = panel().getByRole('button', { name: 'Single alert' });
    await button.click();
    await eventually(() => expect(open.stub.alerts).toEqual(['disk-filling']));
    expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(40);
    const [shown, wide] = await open.page.evaluate(() => [
      document.documentElement.clientWidth,
      document.documentElement.scrollWidth,
    ]);
    expect(wide).toBe(shown);
  });

  it('folds away', async () => {
    open = await openPage(browser, [stateFor(ada, [], { sampleAlerts })]);
    const button = panel().getByRole('button', { name: 'Single alert' });
    await button.waitFor();
    await panel().getByText('Send alerts', { exact: true }).click();
    await button.waitFor({ state: 'hidden' });
  });
});
