import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundlePage } from '../../sandbox/page/bundle.ts';
import { testBrowser } from '../support/browser.ts';
import { hasty } from '../support/hasty-pacing.ts';
import { startNightBot, startNightStage } from './night-stage.ts';

const images = join(import.meta.dirname, '../../docs/images');
/** Far beyond what anything here takes, so that a busy machine fails no test. */
const patienceMilliseconds = 30_000;
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 900 };

describe('an incident on the demo page', async () => {
  const browser = await testBrowser();
  const stage = await startNightStage({ mode: 'socket', workspace: { page: await bundlePage() } });
  await startNightBot(stage, hasty());

  async function open(who: string, channel: string, viewport = desktop): Promise<Page> {
    const context = await browser.newContext({
      viewport,
      colorScheme: 'light',
      // Sharp where a README is read on a good screen.
      deviceScaleFactor: 2,
    });
    onTestFinished(() => context.close());
    context.setDefaultTimeout(patienceMilliseconds);
    const page = await context.newPage();
    await page.goto(`${stage.workspace.origin}/?user=${who}&channel=${channel}`);
    await page.getByRole('textbox', { name: `Message #${channel}` }).waitFor();
    return page;
  }
  const cards = (within: Page | Locator, text: string | RegExp): Locator =>
    within.getByRole('article').filter({ hasText: text });
  const headlineOn = (page: Page) =>
    cards(page.getByRole('log').first(), /declared by ada from an alert/).first();
  const openThread = async (page: Page) => {
    await headlineOn(page)
      .getByRole('button', { name: /repl(y|ies)/ })
      .click();
    return page.getByRole('complementary', { name: 'Thread' });
  };
  const choose = async (page: Page, card: Locator, option: string) => {
    await card.getByRole('button', { name: 'More options' }).last().click();
    await page.getByRole('menuitem', { name: option }).click();
  };
  /** Fills in a form that a button opened, sends it, and closes its answer. */
  async function fillIn(
    page: Page,
    fields: Readonly<Record<string, string>>,
    submit: string,
  ): Promise<string> {
    const dialog = page.getByRole('dialog');
    for (const [label, value] of Object.entries(fields)) {
      const field = dialog.getByLabel(new RegExp(`^${label}( \\(optional\\))?$`)).first();
      if ((await field.getAttribute('role')) === 'combobox') {
        await field.click();
        await dialog.getByRole('option', { name: value }).click();
      } else await field.fill(value);
    }
    await dialog.getByRole('button', { name: submit, exact: true }).click();
    await dialog.getByText(/^Asked by/).waitFor();
    const answer = (await dialog.textContent()) ?? '';
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    return answer;
  }
  /** For the README, when asked to: the same thing on a wide screen and on a phone, as tall as it takes. */
  async function shoot(
    name: string,
    find: (page: Page) => Promise<Locator>,
    heights: { readonly wide: number; readonly phone: number },
  ): Promise<void> {
    if (process.env.UPDATE_SCREENSHOT !== '1') return;
    await stage.settle();
    await mkdir(images, { recursive: true });
    for (const size of ['wide', 'phone'] as const) {
      const page = await open('ada', 'incidents', {
        width: size === 'wide' ? 1080 : phone.width,
        height: heights[size],
      });
      const dismiss = page.getByRole('button', { name: 'Dismiss notification' });
      if (await dismiss.isVisible()) await dismiss.click();
      const found = await find(page);
      await found.waitFor();
      // What only a pointer shows is no part of it.
      await page.mouse.move(0, 0);
      await found.screenshot({ path: join(images, `${name}-${size}.png`), animations: 'disabled' });
      await page.context().close();
    }
  }
  async function expectNothingSticksOut(channel: string): Promise<void> {
    const page = await open('margaret', channel, phone);
    await cards(page, /SEV\d/).first().waitFor();
    const [shown, wide] = await page.evaluate(() => [
      document.documentElement.clientWidth,
      document.documentElement.scrollWidth,
    ]);
    expect(wide).toBe(shown);
  }

  it('begins with a press on its alert, and what is pressed on its headline is done', async () => {
    const ada = await open('ada', 'alerts');
    const panel = ada.getByRole('region', { name: 'Send alerts' });
    await panel.getByRole('button', { name: 'Emails fail', exact: true }).click();
    const alert = cards(ada, 'EmailsNotSent').last();
    await alert.getByRole('button', { name: 'Acknowledge' }).click();
    await alert.getByText('Acknowledged by ada').waitFor();
    await alert.getByRole('button', { name: 'Start incident' }).click();
    await alert.getByText('Incident thread').waitFor();

    const page = await open('ada', 'incidents');
    const headline = headlineOn(page);
    await headline.getByText('⛔ SEV1 investigating: EmailsNotSent (production)').waitFor();
    await headline.getByRole('button', { name: 'Update' }).click();
    await fillIn(
      page,
      { 'Status update': 'The provider refuses our password; it is being restored.', Status: 'identified' },
      'Update',
    );
    await headline.getByText('SEV1 identified: EmailsNotSent').waitFor();
    await headline.getByText('The provider refuses our password; it is being restored.').waitFor();

    await choose(page, headline, 'Severity…');
    await fillIn(page, { Severity: 'SEV2' }, 'Set');
    await headline.getByText('▲ SEV2 identified: EmailsNotSent').waitFor();
    await choose(page, headline, 'Severity…');
    await fillIn(page, { Severity: 'SEV1' }, 'Set');
    await headline.getByText('⛔ SEV1 identified').waitFor();

    await page.getByRole('textbox', { name: 'Message #incidents' }).click();
    await page.keyboard.type('Three customers write that no invoice arrives');
    await page.keyboard.press('Enter');
    const said = cards(page, 'Three customers write').last();
    await said.hover();
    await said.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Add to incident timeline' }).click();
    const thread = await openThread(page);
    await cards(thread, /ada .*: “Three customers write that no invoice arrives”/).waitFor();

    await alert.getByRole('button', { name: 'Resend emails' }).click();
    await stage.settle();
    await stage.play(["grace clicks 'Details'", "grace clicks 'Approve'"]);
    await headline.getByText('233 of 240 emails resent').waitFor();
    await shoot('incident-headline', async (on) => headlineOn(on), { wide: 800, phone: 844 });
    await expectNothingSticksOut('incidents');
  }, 180_000);

  it('is walked by its runbook: what is found stands on the card, and a guard holds', async () => {
    const page = await open('ada', 'incidents');
    await headlineOn(page).getByRole('button', { name: 'Runbook email outage' }).click();
    const thread = await openThread(page);
    const card = cards(thread, 'Email is not delivered').last();
    const press = (label: string) => card.getByRole('button', { name: label, exact: true }).click();
    const at = (step: number) => card.getByText(`step ${step} of 16`).waitFor();
    const skip = async (reason: string) => {
      await choose(page, card, 'Skip…');
      await fillIn(page, { Reason: reason }, 'Skip');
    };
    for (const [index, check] of ['health', 'deploy', 'email status'].entries()) {
      await at(index + 1);
      await press(`Check ${check}`);
    }
    await at(4);
    await card.getByText('/provider/authenticated is false, expected true').waitFor();
    await shoot('runbook-card', async (on) => cards(await openThread(on), 'Email is not delivered').last(), {
      wide: 1_300,
      phone: 1_400,
    });
    await press('Check logs');
    await at(5);
    await press('Check settings');
    await at(6);
    await skip('nothing goes out at all, that is known');
    await at(7);
    await card.getByText('skipped, nothing goes out at all').waitFor();
    await press('Attest provider…');
    await fillIn(page, { Evidence: 'no block, its status page is green' }, 'Attest');
    await at(8);
    await press('Send to this thread');
    await at(9);
    await cards(thread, 'Email').nth(1).waitFor();
    for (const step of [9, 10, 11, 12]) {
      await at(step);
      await skip('not needed tonight');
    }
    // Without its proof the resend cannot begin: what is offered is the proof.
    await at(13);
    await card.getByText('Send again what failed').first().waitFor();
    expect(await card.getByRole('button', { name: 'Resend notifications' }).count()).toBe(0);
    await press('Run test-email');
    const preview = cards(thread, 'to be confirmed').last();
    await preview.getByRole('button', { name: 'Run test-email' }).click();
    await card.getByRole('button', { name: 'Resend notifications' }).waitFor();

    await choose(page, card, 'Stop…');
    await fillIn(page, { Reason: 'resent already' }, 'Stop');
    await card
      .getByText(/stopped/i)
      .first()
      .waitFor();
    expect(await card.getByRole('button', { name: 'Resend notifications' }).count()).toBe(0);
  }, 180_000);

  it('is not resolved while its alert fires, then is, and goes on where that was too early', async () => {
    const page = await open('ada', 'incidents');
    const headline = headlineOn(page);
    const dialog = page.getByRole('dialog');
    await headline.getByRole('button', { name: 'Resolve' }).click();
    expect(await dialog.getByLabel(/^What fixed it/).inputValue()).not.toBe('');
    expect(await fillIn(page, {}, 'Resolve')).toContain('still fires');
    await stage.play(['alert resolve email-outage']);
    await headline.getByRole('button', { name: 'Resolve' }).click();
    expect(await fillIn(page, {}, 'Resolve')).toContain('✓ Resolved: SEV1 EmailsNotSent');
    await headline.getByText('✓ RESOLVED SEV1: EmailsNotSent').waitFor();

    await headline.getByRole('button', { name: 'Reopen' }).click();
    await fillIn(page, { Reason: 'the next invoices fail as well' }, 'Reopen');
    await headline.getByText('⛔ SEV1 investigating').waitFor();
    await headline.getByRole('button', { name: 'Resolve' }).click();
    await fillIn(
      page,
      { 'What fixed it': 'The last good password is back; 233 of 240 emails resent' },
      'Resolve',
    );
    await headline.getByRole('button', { name: 'Export' }).click();

    const openDraft = async (on: Page) => {
      const thread = await openThread(on);
      await thread.getByRole('button', { name: 'Open file' }).click();
      const draft = on.getByRole('dialog');
      await draft.getByText('# Postmortem').waitFor();
      return draft;
    };
    const draft = await openDraft(page);
    await draft.getByText('The last good password is back').waitFor();
    await shoot(
      'postmortem',
      async (on) => {
        const shown = await openDraft(on);
        // What it is worth: who did what, each line with its receipt.
        await shown.locator('pre').evaluate((text) => {
          const start = document.createRange();
          start.setStart(text.firstChild!, text.textContent!.indexOf('## Timeline'));
          for (const box of [text, text.closest('.dialog-body')!]) {
            box.scrollTop += start.getBoundingClientRect().top - box.getBoundingClientRect().top;
          }
        });
        return shown;
      },
      { wide: 800, phone: 844 },
    );
  }, 180_000);

  it('is declared from a message, which is its first entry', async () => {
    const page = await open('grace', 'ops');
    await page.getByRole('textbox', { name: 'Message #ops' }).click();
    await page.keyboard.type('Login is slow for everybody');
    await page.keyboard.press('Enter');
    const said = cards(page, 'Login is slow').last();
    await said.hover();
    await said.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Declare incident' }).click();
    await page.goto(`${stage.workspace.origin}/?user=grace&channel=incidents`);
    await cards(page, 'Login is slow for everybody').getByText('declared by grace from a message').waitFor();
  }, 60_000);
});
