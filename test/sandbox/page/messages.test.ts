import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, launchBrowser, type OpenPage, openPage } from './browser.ts';
import { ada, approvalCard, bot, grace, message, threePeople, tsAt } from './sample-state.ts';

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

const card = () =>
  message(bot.id, 'Suspend tenant acme: needs your signature', { blocks: approvalCard(), ts: tsAt(0) });

describe('a card with buttons', () => {
  it('sends a click with block, action and value', async () => {
    const shown = card();
    open = await openPage(browser, threePeople([shown]));
    await open.page.getByRole('button', { name: 'Approve' }).click();
    const click = {
      kind: 'click',
      channel: 'C0OPS',
      ts: shown.ts,
      blockId: 'decide',
      actionId: 'approve',
      value: 'run-1',
    };
    await eventually(() => expect(open.stub.actions).toEqual([{ user: ada.id, action: click }]));
  });

  it('ignores further clicks until the app has answered the first', async () => {
    open = await openPage(browser, threePeople([card()]));
    const answered = Promise.withResolvers<{ ok: true }>();
    open.stub.answer = () => answered.promise;
    const approve = open.page.getByRole('button', { name: 'Approve' });
    await approve.click();
    await open.page.locator('button[aria-busy=true]').waitFor();
    await approve.click({ force: true });
    expect(open.stub.actions).toHaveLength(1);
    answered.resolve({ ok: true });
    await open.page.locator('button[aria-busy=true]').waitFor({ state: 'detached' });
    await approve.click();
    await eventually(() => expect(open.stub.actions).toHaveLength(2));
  });

  it('asks first where the app wants that, and sends nothing on the way out', async () => {
    open = await openPage(browser, threePeople([card()]));
    const { page, stub } = open;
    const deny = page.getByRole('button', { name: 'Deny' }).first();
    const dialog = page.getByRole('dialog', { name: 'Deny this run?' });
    for (const leave of [
      () => page.keyboard.press('Escape'),
      () => dialog.getByRole('button', { name: 'Keep waiting' }).click(),
    ]) {
      await deny.click();
      await dialog.waitFor();
      await leave();
      await dialog.waitFor({ state: 'detached' });
      expect(await deny.evaluate((button) => button === document.activeElement)).toBe(true);
    }
    expect(stub.actions).toEqual([]);
    await deny.click();
    await dialog.getByRole('button', { name: 'Deny', exact: true }).click();
    await eventually(() => expect(stub.actions).toMatchObject([{ action: { actionId: 'deny' } }]));
  });

  it('opens an overflow menu with the keyboard and sends the option', async () => {
    open = await openPage(browser, threePeople([card()]));
    const { page, stub } = open;
    const more = page.getByRole('button', { name: 'More options' });
    await more.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await eventually(() =>
      expect(stub.actions).toMatchObject([{ action: { actionId: 'more', value: 'policy' } }]),
    );
    expect(await more.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
  });

  it('shows beside the button what went wrong with a click', async () => {
    open = await openPage(browser, threePeople([card()]));
    open.stub.answer = () => ({ ok: false, error: 'operation_timeout' });
    await open.page.getByRole('button', { name: 'Approve' }).click();
    await open.page.getByRole('alert').filter({ hasText: 'operation_timeout' }).waitFor();
  });
});

describe('what a message says', () => {
  it('shows hostile text as text', async () => {
    const hostile =
      '<img src=x onerror=alert(1)> <javascript:alert(1)|click> &lt;!channel&gt; <https://e.com|ok>';
    const rich = {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: '<!channel> <script>alert(1)</script>' },
            { type: 'link', url: 'javascript:alert(2)', text: 'pressme' },
          ],
        },
      ],
    };
    open = await openPage(
      browser,
      threePeople([message(grace.id, hostile), message(bot.id, 'x', { blocks: [rich] })]),
    );
    const log = open.page.getByRole('log');
    expect(await log.textContent()).toContain(
      '<img src=x onerror=alert(1)> <javascript:alert(1)|click> <!channel> ok',
    );
    expect(await log.textContent()).toContain('<!channel> <script>alert(1)</script>pressme');
    const links = await log
      .getByRole('link')
      .evaluateAll((found) => found.map((link) => link.getAttribute('href')));
    expect(links).toEqual(['https://e.com']);
    expect(await log.locator('img, script, .mention').count()).toBe(0);
  });

  it('names a user group, and marks it for who is in it', async () => {
    const rich = {
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'usergroup', usergroup_id: 'S0ONCALL' }] }],
    };
    const called = [message(bot.id, '<!subteam^S0ONCALL>'), message(bot.id, 'x', { blocks: [rich] })];
    open = await openPage(browser, threePeople(called));
    const mentions = open.page.getByRole('log').locator('.mention');
    await eventually(async () => expect(await mentions.allTextContents()).toEqual(['@oncall', '@oncall']));
    expect(await open.page.getByRole('log').locator('.mention-me').count()).toBe(2);
    await open.page.getByRole('button', { name: 'Act as Grace Okafor' }).click();
    await eventually(async () => expect(await open.page.locator('.mention-me').count()).toBe(0));
    expect(await mentions.allTextContents()).toEqual(['@oncall', '@oncall']);
  });

  it('names people and channels and tells times in the reader’s zone', async () => {
    const said = message(bot.id, '<@U0GRACE> in <#C0INC> at <!date^1795198500^{time}|?>');
    open = await openPage(browser, threePeople([said]), { search: '?user=grace&channel=ops' });
    await open.page.getByText('@grace in #incidents at 13:15').waitFor();
  });

  it('marks edits, apps and what only the reader sees', async () => {
    open = await openPage(
      browser,
      threePeople([
        message(bot.id, 'done', { editedTs: tsAt(1) }),
        message(bot.id, 'You may not.', { ephemeralFor: ada.id, ts: tsAt(2) }),
      ]),
    );
    await open.page.getByText('(edited)').waitFor();
    await open.page.getByText('Only visible to you').waitFor();
    expect(await open.page.getByText('APP', { exact: true }).count()).toBeGreaterThan(0);
  });

  it('draws a broken block as a note and the others as they are', async () => {
    const blocks = [
      { type: 'header', block_id: 'a', text: { type: 'plain_text', text: 'Still *here*' } },
      { type: 'rich_text', block_id: 'b', elements: [{ type: 'rich_text_section' }] },
      { type: 'hologram', block_id: 'c' },
      { type: 'markdown', block_id: 'd', text: 'from the **library**' },
      {
        type: 'table',
        block_id: 'e',
        rows: [
          [{ type: 'raw_text', text: 'Tenant' }],
          [{ type: 'raw_text', text: '*acme*' }],
          [{ type: 'raw_number', value: 200 }],
        ],
      },
    ];
    open = await openPage(browser, threePeople([message(bot.id, 'x', { blocks })]));
    const { page } = open;
    await page.getByRole('heading', { name: 'Still *here*' }).waitFor();
    await page.getByText('Block "rich_text" is not shown here').waitFor();
    await page.getByText('Block "hologram" is not shown here').waitFor();
    await page.getByText('library', { exact: true }).waitFor();
    await page.getByRole('cell', { name: '*acme*' }).waitFor();
    await page.getByRole('cell', { name: '200' }).waitFor();
    // React reports what a block threw; that is the note's cause and nothing else.
    expect(open.problems.splice(0).join()).toContain('TypeError');
  });
});

describe('threads and shortcuts', () => {
  it('says of a reply that is also in the channel that it is one, and opens its thread', async () => {
    const root = card();
    // The page's clock may be behind.
    const ts = `${Math.floor(Date.now() / 1000) + 600}.000001`;
    const reply = message(bot.id, 'level 2 called', { ts, threadTs: root.ts, isBroadcast: true });
    open = await openPage(browser, threePeople([root, reply]));
    const { page } = open;
    const shown = page.getByRole('log').getByRole('article').filter({ hasText: 'level 2 called' });
    await page.getByText('Last reply now').waitFor();
    await shown.getByRole('button', { name: 'Replied to a thread' }).click();
    const pane = page.getByRole('complementary');
    await pane.getByText('level 2 called').waitFor();
    expect(await pane.getByRole('button', { name: 'Replied to a thread' }).count()).toBe(0);
  });

  it('opens the thread pane from the reply count and answers in the thread', async () => {
    const root = card();
    const reply = message(grace.id, 'looks right', { ts: tsAt(5), threadTs: root.ts });
    open = await openPage(browser, threePeople([root, reply]));
    const { page, stub } = open;
    await page.getByRole('button', { name: /1 reply/ }).click();
    const pane = page.getByRole('complementary', { name: 'Thread' });
    await pane.getByText('looks right').waitFor();
    expect(await page.getByRole('log', { name: 'Messages in #ops' }).getByText('looks right').count()).toBe(
      0,
    );
    await pane.getByRole('textbox', { name: 'Reply in thread' }).fill('go');
    await page.keyboard.press('Enter');
    const sent = { kind: 'send', channel: 'C0OPS', text: 'go', threadTs: root.ts };
    await eventually(() => expect(stub.actions).toMatchObject([{ action: sent }]));
    await pane.getByRole('button', { name: 'Close thread' }).click();
    await pane.waitFor({ state: 'detached' });
  });

  it('offers message shortcuts on messages and not on ephemeral ones', async () => {
    const said = message(grace.id, 'is it down?');
    open = await openPage(
      browser,
      threePeople([said, message(bot.id, 'psst', { ephemeralFor: ada.id, ts: tsAt(1) })]),
    );
    const { page, stub } = open;
    expect(await page.getByRole('button', { name: 'More actions' }).count()).toBe(1);
    await page.getByText('is it down?').hover();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: /Open an incident/ }).click();
    const used = { kind: 'shortcut', callbackId: 'open_incident', channel: 'C0OPS', ts: said.ts };
    await eventually(() => expect(stub.actions).toEqual([{ user: ada.id, action: used }]));
  });
});
