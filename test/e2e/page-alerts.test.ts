import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostileTexts } from '../../sandbox/alerts/hostile.ts';
import { stormAlerts, stormGroups } from '../../sandbox/alerts/storm.ts';
import { bundlePage } from '../../sandbox/page/bundle.ts';
import { testBrowser } from '../support/browser.ts';
import { alertsChannel, startAlertBot } from './alert-bot.ts';

const images = join(import.meta.dirname, '../../docs/images');
/** Far beyond what anything here takes, so that a busy machine fails no test. */
const patienceMilliseconds = 20_000;
const phone = { width: 390, height: 844 };
const desktop = { width: 1080, height: 800 };

describe('alerts on the demo page', async () => {
  const browser = await testBrowser();
  const bot = await startAlertBot({ mode: 'socket', workspace: { page: await bundlePage() } });

  async function open(who: string, viewport: typeof phone): Promise<Page> {
    const context = await browser.newContext({
      viewport,
      colorScheme: 'light',
      // Sharp where a README is read on a good screen.
      deviceScaleFactor: 2,
    });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(patienceMilliseconds);
    const page = await context.newPage();
    await page.goto(`${bot.workspace.origin}/?user=${who}&channel=alerts`);
    await page.getByRole('textbox', { name: 'Message #alerts' }).waitFor();
    return page;
  }
  const press = async (page: Page, label: string) => {
    const drawer = page.getByRole('button', { name: 'Channels and people' });
    const isPhone = await drawer.isVisible();
    if (isPhone) await drawer.click();
    const panel = page.getByRole('region', { name: 'Send alerts' });
    await panel.getByRole('button', { name: label, exact: true }).click();
    await panel
      .getByRole('status')
      .filter({ hasText: `${label}: sent` })
      .waitFor();
    if (isPhone) await page.getByRole('button', { name: /^#? ?alerts/ }).click();
  };
  const cards = (page: Page, text: string | RegExp): Locator =>
    page.getByRole('log').getByRole('article').filter({ hasText: text });
  /** For the README, when asked to. */
  async function shoot(card: Locator, name: string): Promise<void> {
    if (process.env.UPDATE_SCREENSHOT !== '1') return;
    // What only a pointer shows is no part of it.
    await card.page().mouse.move(0, 0);
    await mkdir(images, { recursive: true });
    await card.screenshot({ path: join(images, `alert-${name}.png`), animations: 'disabled' });
  }
  /** To be looked at, when a folder is named for them. */
  async function look(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
  }
  async function expectNothingSticksOut(page: Page): Promise<void> {
    const [shown, wide] = await page.evaluate(() => [
      document.documentElement.clientWidth,
      document.documentElement.scrollWidth,
    ]);
    expect(wide).toBe(shown);
  }

  it.each([
    ['wide', desktop],
    ['phone', phone],
  ] as const)('fire, are acknowledged and resolve on one card, %s', async (size, viewport) => {
    await bot.quiet();
    const since = bot.now();
    // Cards that follow each other share one name and time.
    await bot.say('grace', 'payments-api 4.12 is out', { channel: alertsChannel });
    const page = await open('ada', viewport);
    await press(page, 'Critical alert');
    const card = cards(page, 'CheckoutErrors').last();
    await card.getByText('⛔ CRITICAL payments-api: CheckoutErrors (production)').waitFor();
    await card.getByText('Calling').waitFor();
    await card.getByText('Paged').waitFor();
    await bot.quiet();
    await shoot(card, `firing-${size}`);
    await look(page, `firing-${size}`);
    await expectNothingSticksOut(page);

    await card.getByRole('button', { name: 'Acknowledge' }).click();
    await card.getByText('Acknowledged by ada').waitFor();
    expect(await card.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    await bot.quiet();
    await shoot(card, `acknowledged-${size}`);

    await press(page, 'Resolve');
    await card.getByText('✓ RESOLVED payments-api: CheckoutErrors (production)').waitFor();
    await bot.quiet();
    await shoot(card, `resolved-${size}`);
    await expectNothingSticksOut(page);
    expect(bot.inChannel(since)).toHaveLength(1);
    // So long ago that the next one is another.
    await bot.passes(24 * 60, await groupOf(card));
  });

  async function groupOf(card: Locator): Promise<string> {
    return /\bg-[0-9a-z]+/.exec((await card.textContent()) ?? '')![0];
  }

  it('that get worse are seen in the channel by somebody else, on a phone', async () => {
    const grace = await open('grace', phone);
    const ada = await open('ada', desktop);
    await press(ada, 'Single alert');
    await cards(grace, '● WARNING orders-db: DiskFilling').waitFor();
    await press(ada, 'Worse');
    const reply = cards(grace, 'CRITICAL now, was WARNING');
    await reply.getByRole('button', { name: 'Replied to a thread' }).waitFor();
    await cards(grace, /^(?!.*now, was).*⛔ CRITICAL orders-db: DiskFilling/s)
      .first()
      .waitFor();
    await press(ada, 'Resolve');
    await cards(grace, '✓ RESOLVED orders-db: DiskFilling').waitFor();
    await look(grace, 'worse-phone');
    await look(ada, 'worse-wide');
    await expectNothingSticksOut(grace);
  });

  it.each([
    ['wide', desktop],
    ['phone', phone],
  ] as const)(
    'that are hostile show as text: nobody is named, nothing leads away, %s',
    async (size, viewport) => {
      await bot.quiet();
      const page = await open('ada', viewport);
      const dialogs: string[] = [];
      page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      await press(page, 'Hostile text');
      await cards(page, 'hostile-title').last().waitFor();
      await cards(page, 'hostile-labels').last().waitFor();
      const fake = cards(page, '<!channel>').last();
      await fake.waitFor();
      await bot.quiet();
      // What it says can be read, and is all that it is.
      expect(await fake.textContent()).toContain(hostileTexts[0]!.slice(0, 20));
      const all = page
        .getByRole('log')
        .getByRole('article')
        .filter({ hasText: /hostile|<!channel>/ });
      expect(await all.locator('.mention').count()).toBe(0);
      const addresses = await all
        .locator('a')
        .evaluateAll((links) =>
          links.map((link) => ({ href: (link as HTMLAnchorElement).href, text: link.textContent ?? '' })),
        );
      // Its links are the source's own fields under our words, with where they lead beside them.
      expect(addresses.filter(({ href }) => !/^https?:/.test(href))).toEqual([]);
      expect(addresses.filter(({ text }) => /[./<>@]/.test(text))).toEqual([]);
      expect(dialogs).toEqual([]);
      await look(page, `hostile-${size}`);
      await expectNothingSticksOut(page);
    },
  );

  it.each([
    ['wide', desktop],
    ['phone', phone],
  ] as const)('are silenced by a form, and shown as they came, %s', async (size, viewport) => {
    await bot.quiet();
    const page = await open('grace', viewport);
    await press(page, 'From Grafana');
    const card = cards(page, 'High latency p95').last();
    const choose = async (option: string) => {
      await card.getByRole('button', { name: 'More options' }).last().click();
      await page.getByRole('menuitem', { name: option }).click();
    };
    const dialog = page.getByRole('dialog');
    await choose('Raw');
    await dialog.getByText('"alertname": "High latency p95"').first().waitFor();
    await look(page, `raw-${size}`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await choose('Severity…');
    await dialog.getByText('It counts instead of what the source says').waitFor();
    await look(page, `severity-${size}`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await choose('Silence…');
    await dialog.getByLabel(/^Why/).fill(`known, ${size}`);
    await look(page, `silence-${size}`);
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await card.getByText(`by grace: known, ${size}`).waitFor();
    await expectNothingSticksOut(page);
    await press(page, 'Resolve');
    await card.getByText('✓ RESOLVED').waitFor();
    await bot.quiet();
    await bot.passes(24 * 60, await groupOf(card));
    await bot.database.pool.query('UPDATE countersign.silences SET ended_at = clock_timestamp()');
  });

  it(`that come ${stormAlerts} at once are few messages`, async () => {
    await bot.quiet();
    const since = bot.now();
    const page = await open('ada', desktop);
    await press(page, '500-alert storm');
    await cards(page, 'alert groups at once').waitFor();
    await bot.quiet();
    const messages = bot.inChannel(since);
    expect(messages.length).toBeLessThan(stormGroups);
    const shown = page.getByRole('log').getByRole('article');
    expect(await shown.count()).toBeGreaterThanOrEqual(messages.length);
    // Those who are called are called by cards of their own.
    expect(await cards(page, 'CRITICAL').filter({ hasText: '20 firing' }).count()).toBeGreaterThan(0);
    await look(page, 'storm');
    await press(page, 'Resolve');
    await cards(page, 'none firing any more').waitFor();
    await bot.quiet();
    expect(bot.inChannel(since)).toHaveLength(messages.length);
    expect(bot.screen('ada', alertsChannel).length).toBeGreaterThan(0);
  });
});
