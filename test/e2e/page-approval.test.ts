import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundlePage } from '../../sandbox/page/bundle.ts';
import { testBrowser } from '../support/browser.ts';
import { startSigningBot } from './signing-bot.ts';

/** Far beyond what anything here takes, so that a busy machine fails no test. */
const patienceMilliseconds = 15_000;
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };

describe('a signature on the demo page', async () => {
  const browser = await testBrowser();
  const bot = await startSigningBot({ mode: 'socket', workspace: { page: await bundlePage() } });

  async function open(who: string, viewport = desktop): Promise<Page> {
    const context = await browser.newContext({ viewport });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(patienceMilliseconds);
    const page = await context.newPage();
    await page.goto(`${bot.workspace.origin}/?user=${who}&channel=ops`);
    await page.getByRole('textbox', { name: 'Message #ops' }).waitFor();
    return page;
  }

  /** To be looked at, when a folder is named for them. */
  async function shoot(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
  }

  it.each([
    ['desktop', desktop, 'wayne', 'Wayne Enterprises'],
    ['phone', phone, 'acme', 'Acme GmbH'],
  ] as const)(
    'is asked for by filling the form and given by clicking, at the width of a %s',
    async (size, viewport, slug, name) => {
      const ada = await open('ada', viewport);
      await ada.getByRole('textbox', { name: 'Message #ops' }).click();
      await ada.keyboard.type('/ops suspend-tenant');
      await ada.keyboard.press('Escape');
      await ada.keyboard.press('Enter');
      const dialog = ada.getByRole('dialog');
      await dialog.waitFor();
      await dialog.getByLabel('Tenant', { exact: true }).click();
      await ada.keyboard.type(slug.slice(0, 4));
      await dialog.getByRole('option', { name: new RegExp(slug) }).click();
      await dialog.getByLabel(/^Reason/).fill('card testing since nine o’clock');
      await shoot(ada, `${size}-1-form`);
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByText('Nothing has been changed yet.').waitFor();
      await dialog.getByText(`Suspend ${name} (${slug})`).waitFor();
      await shoot(ada, `${size}-2-preview`);
      await dialog.getByRole('button', { name: 'Ask for 1 signature' }).click();
      await dialog.waitFor({ state: 'detached' });
      const asked = ada.getByRole('article').filter({ hasText: '1 signature needed' }).last();
      await asked.waitFor();
      await shoot(ada, `${size}-3-asked`);
      expect(await bot.statusOf(slug)).toBe('active');

      const grace = await open('grace', viewport);
      const card = grace.getByRole('article').filter({ hasText: '1 signature needed' }).last();
      await card.getByRole('button', { name: 'Approve' }).click();
      const confirm = grace.getByRole('alertdialog').or(grace.getByRole('dialog'));
      await confirm.getByText(/on rms \(production\)\?/).waitFor();
      await shoot(grace, `${size}-4-confirm`);
      await confirm.getByRole('button', { name: 'Not now' }).click();
      await confirm.waitFor({ state: 'detached' });
      expect(await bot.statusOf(slug)).toBe('active');

      await card.getByRole('button', { name: 'Approve' }).click();
      await confirm.getByRole('button', { name: 'Approve' }).click();
      const settled = grace
        .getByRole('article')
        .filter({ hasText: `${slug} is suspended` })
        .last();
      await settled.waitFor();
      await settled.getByText('Signed by grace').waitFor();
      expect(await settled.getByRole('button', { name: 'Approve' }).count()).toBe(0);
      await shoot(grace, `${size}-5-settled`);
      expect(await bot.statusOf(slug)).toBe('suspended');
      expect(await bot.effects(slug, 'suspend')).toHaveLength(1);
      await ada
        .getByRole('article')
        .filter({ hasText: `${slug} is suspended` })
        .last()
        .waitFor();
      await bot.quiet();
      await ada.goto(`${bot.workspace.origin}/?user=ada&channel=D0ADA`);
      await ada.getByRole('article').filter({ hasText: 'approved by grace' }).last().waitFor();
      await shoot(ada, `${size}-6-told`);
      // Nothing sticks out to the side.
      for (const page of [ada, grace]) {
        const [shown, wide] = await page.evaluate(() => [
          document.documentElement.clientWidth,
          document.documentElement.scrollWidth,
        ]);
        expect(wide).toBe(shown);
      }
    },
  );

  it('is refused with a reason typed into the form, and cancelled from ⋯', async () => {
    const { card } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "to be denied by a click"');
    const grace = await open('grace');
    const shown = grace.getByRole('article').filter({ hasText: '1 signature needed' }).last();
    await shown.getByRole('button', { name: 'Deny…' }).click();
    const dialog = grace.getByRole('dialog');
    await dialog.getByLabel('Why not?').fill('    ');
    await dialog.getByRole('button', { name: 'Deny' }).click();
    await dialog.getByText(/This is needed/).waitFor();
    await shoot(grace, 'desktop-7-deny');
    await dialog.getByLabel('Why not?').fill('the wrong tenant');
    await dialog.getByRole('button', { name: 'Deny' }).click();
    await grace.getByRole('article').filter({ hasText: 'denied by grace' }).last().waitFor();
    await bot.becomes(card, /denied by grace[\s\S]*the wrong tenant/);

    await bot.asksToSign('ada', 'suspend-tenant stark --reason "to be cancelled from the menu"');
    const ada = await open('ada');
    const mine = ada.getByRole('article').filter({ hasText: '1 signature needed' }).last();
    await mine.getByRole('button', { name: 'More options' }).last().click();
    await shoot(ada, 'desktop-8-menu');
    await ada.getByRole('menuitem', { name: 'Details' }).click();
    await ada.getByRole('dialog').getByText('Effects').waitFor();
    await shoot(ada, 'desktop-9-details');
    await ada.keyboard.press('Escape');
    await mine.getByRole('button', { name: 'More options' }).last().click();
    await ada.getByRole('menuitem', { name: 'Cancel' }).click();
    await ada.getByRole('article').filter({ hasText: 'cancelled by ada' }).last().waitFor();
  });
});
