import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, launchBrowser, type OpenPage, openPage } from './browser.ts';
import { ada, argumentsModal, stateFor } from './sample-state.ts';

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

const openModal = async (more = {}) => {
  open = await openPage(browser, [stateFor(ada)]);
  await open.page.getByRole('textbox', { name: 'Message #ops' }).focus();
  open.stub.emit({ kind: 'view_opened', view: argumentsModal(more) });
  const dialog = open.page.getByRole('dialog', { name: 'Suspend a tenant' });
  await dialog.waitFor();
  return dialog;
};
const sent = () => open.stub.actions.map(({ action }) => action);

describe('a modal', () => {
  it('tells the workspace everything entered before it submits', async () => {
    const dialog = await openModal();
    open.stub.options = () => ({
      ok: true,
      options: [{ label: 'acme', description: 'Acme GmbH', value: 't-1' }],
    });
    await dialog.getByLabel('Tenant', { exact: true }).fill('ac');
    await dialog.getByRole('option', { name: /acme/ }).click();
    await dialog.getByLabel('Severity').click();
    await dialog.getByRole('option', { name: 'SEV2' }).click();
    await dialog.getByLabel('Until').fill('2026-12-24');
    await dialog.getByLabel('Sign users out').check();
    await dialog.getByLabel('Notify the tenant').check();
    await dialog.getByLabel('Reason').fill('card testing on two accounts');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await eventually(() => expect(sent().at(-1)).toEqual({ kind: 'submit', viewId: 'V0ONE' }));
    const last = Object.fromEntries(
      sent().flatMap((action) => (action.kind === 'fill' ? [[action.blockId, action.value]] : [])),
    );
    expect(last).toEqual({
      tenant: 't-1',
      severity: 'sev2',
      until: '2026-12-24',
      options: ['notify', 'signout'],
      reason: 'card testing on two accounts',
    });
  });

  it('searches as you type, from the app’s minimum length on', async () => {
    const dialog = await openModal();
    const { page, stub } = open;
    stub.options = (query) => ({ ok: true, options: [{ label: `found ${query.text}`, value: 'x' }] });
    const tenant = dialog.getByLabel('Tenant', { exact: true });
    await tenant.fill('a');
    await page.getByText('Type at least 2 characters to search').waitFor();
    await tenant.pressSequentially('cm');
    await page.getByRole('option', { name: 'found acm' }).waitFor();
    expect(stub.queries.at(-1)).toEqual({
      user: ada.id,
      query: { viewId: 'V0ONE', blockId: 'tenant', actionId: 'value', text: 'acm' },
    });
    expect(stub.queries.every(({ query }) => query.text.length >= 2)).toBe(true);
    await page.keyboard.press('Enter');
    await eventually(() => expect(sent()).toMatchObject([{ kind: 'fill', blockId: 'tenant', value: 'x' }]));
    expect(await tenant.inputValue()).toBe('found acm');
  });

  it('drops a slow answer to what is no longer typed', async () => {
    const dialog = await openModal();
    const { page, stub } = open;
    const slow = Promise.withResolvers<void>();
    stub.options = async (query) => {
      if (query.text === 'ac') await slow.promise;
      return { ok: true, options: [{ label: `found ${query.text}`, value: query.text }] };
    };
    const tenant = dialog.getByLabel('Tenant', { exact: true });
    await tenant.fill('ac');
    await eventually(() => expect(stub.queries).toHaveLength(1));
    await tenant.fill('acme');
    await page.getByRole('option', { name: 'found acme' }).waitFor();
    const late = page.waitForResponse((response) => response.request().postData()?.includes('"ac"') ?? false);
    slow.resolve();
    await (await late).finished();
    await page.getByRole('option', { name: 'found acme' }).waitFor();
    expect(await page.getByRole('option', { name: 'found ac', exact: true }).count()).toBe(0);
  });

  it('puts errors on their fields, the focus on the first, and keeps what was typed', async () => {
    const dialog = await openModal();
    const { page, stub } = open;
    await dialog.getByLabel('Reason').fill('short');
    stub.emit({
      kind: 'view_errors',
      view: argumentsModal({ errors: { reason: 'At least 10 characters' } }),
    });
    await dialog.getByRole('alert').filter({ hasText: 'At least 10 characters' }).waitFor();
    const reason = dialog.getByLabel('Reason');
    expect(await reason.inputValue()).toBe('short');
    expect(await reason.getAttribute('aria-invalid')).toBe('true');
    expect(await reason.evaluate((field) => field === document.activeElement)).toBe(true);
    const described = await reason.getAttribute('aria-describedby');
    expect(await page.locator(`[id="${described}"]`).textContent()).toBe('At least 10 characters');
  });

  it('shows that the app did not answer and can be submitted again', async () => {
    const dialog = await openModal();
    const { stub } = open;
    stub.answer = (action) => {
      if (action.kind !== 'submit') return { ok: true };
      stub.emit({ kind: 'app_failed', userId: ada.id, viewId: 'V0ONE', error: 'operation_timeout' });
      return { ok: false, error: 'operation_timeout' };
    };
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'operation_timeout' }).waitFor();
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await eventually(() => expect(sent().filter((action) => action.kind === 'submit')).toHaveLength(2));
  });

  it('keeps the focus inside and gives it back', async () => {
    const dialog = await openModal();
    const { page, stub } = open;
    expect(
      await dialog
        .getByLabel('Tenant', { exact: true })
        .evaluate((field) => field === document.activeElement),
    ).toBe(true);
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let presses = 0; presses < 12; presses++) {
        await page.keyboard.press(key);
        expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true);
      }
    }
    stub.emit({ kind: 'view_closed', viewId: 'V0ONE', reason: 'submitted' });
    await dialog.waitFor({ state: 'detached' });
    const composer = page.getByRole('textbox', { name: 'Message #ops' });
    expect(await composer.evaluate((field) => field === document.activeElement)).toBe(true);
  });

  it('asks the workspace to close it on Esc, first closing an open list', async () => {
    const dialog = await openModal();
    const { page } = open;
    await dialog.getByLabel('Severity').click();
    await page.getByRole('option', { name: 'SEV1' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('option', { name: 'SEV1' }).waitFor({ state: 'detached' });
    expect(sent()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await eventually(() => expect(sent()).toHaveLength(2));
    expect(sent()[0]).toEqual({ kind: 'close', viewId: 'V0ONE' });
    expect(await dialog.isVisible()).toBe(true);
  });

  it('stacks views: the top one shows, its close button leads back, the cross leaves them all', async () => {
    const dialog = await openModal();
    const { page, stub } = open;
    await dialog.getByLabel('Reason').fill('kept below');
    const title = { type: 'plain_text', text: 'Reading…' };
    const pushed = argumentsModal({ id: 'V0TWO', depth: 1, view: { type: 'modal', title, blocks: [] } });
    stub.emit({ kind: 'view_opened', view: pushed });
    const top = page.getByRole('dialog', { name: 'Reading…' });
    await top.getByRole('button', { name: 'Back' }).click();
    await top.getByRole('button', { name: 'Close' }).click();
    await eventually(() =>
      expect(sent().filter((action) => action.kind === 'close')).toEqual([
        { kind: 'close', viewId: 'V0TWO' },
        { kind: 'close', viewId: 'V0TWO', clearStack: true },
      ]),
    );
    expect(await page.getByRole('dialog').count()).toBe(1);
  });

  it('starts with what was already entered', async () => {
    const values = {
      reason: { value: { type: 'plain_text_input', value: 'typed before' } },
      severity: {
        value: {
          type: 'static_select',
          selected_option: { text: { type: 'plain_text', text: 'SEV3' }, value: 'sev3' },
        },
      },
      options: {
        value: {
          type: 'checkboxes',
          selected_options: [{ text: { type: 'plain_text', text: 'x' }, value: 'signout' }],
        },
      },
    };
    const dialog = await openModal({ values });
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('typed before');
    expect(await dialog.getByLabel('Severity').inputValue()).toBe('SEV3');
    expect(await dialog.getByLabel('Sign users out').isChecked()).toBe(true);
    expect(await dialog.getByLabel('Notify the tenant').isChecked()).toBe(false);
  });
});
