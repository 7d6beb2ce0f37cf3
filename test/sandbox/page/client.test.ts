import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, launchBrowser, type OpenPage, openPage } from './browser.ts';
import { ada, bot, grace, message, stateFor, threePeople, tsAt } from './sample-state.ts';

let browser: Browser;
let open: OpenPage;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(open.problems.filter((problem) => !problem.includes('ERR_'))).toEqual([]);
  await open.close();
});

const sent = () => open.stub.actions.map(({ action }) => action);
const box = () => open.page.getByRole('textbox', { name: 'Message #ops' });

describe('the composer', () => {
  it('sends what a person types with Enter and breaks the line with Shift+Enter', async () => {
    open = await openPage(browser, threePeople([]));
    await box().click();
    await open.page.keyboard.type('/ops verify-audit acme');
    await open.page.keyboard.press('Enter');
    await box().pressSequentially('one');
    await open.page.keyboard.press('Shift+Enter');
    await box().pressSequentially('two');
    await open.page.keyboard.press('Enter');
    await eventually(() =>
      expect(sent()).toEqual([
        { kind: 'send', channel: 'C0OPS', text: '/ops verify-audit acme' },
        { kind: 'send', channel: 'C0OPS', text: 'one\ntwo' },
      ]),
    );
    expect(await box().inputValue()).toBe('');
  });

  it('completes commands with arrows and Enter, and shows their usage', async () => {
    open = await openPage(browser, threePeople([]));
    const { page } = open;
    await box().pressSequentially('/o');
    await page.getByRole('option', { name: '/ops' }).waitFor();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('option', { selected: true }).textContent()).toContain('/oncall');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await box().inputValue()).toBe('/ops ');
    await page.getByText('help | verify-audit <tenant> | history').waitFor();
    expect(sent()).toEqual([]);
    await box().fill('/ops');
    await page.keyboard.press('Enter');
    await eventually(() => expect(sent()).toMatchObject([{ text: '/ops' }]));
  });

  it('completes a mention of the bot in the middle of a text', async () => {
    open = await openPage(browser, threePeople([]));
    await box().pressSequentially('hello @co');
    await box().press('Home');
    await box().press('End');
    await open.page.keyboard.press('Tab');
    // At once, as fast fingers do: the caret must stand after the name already.
    await open.page.keyboard.insertText('h');
    await open.page.keyboard.type('elp');
    expect(await box().inputValue()).toBe('hello @countersign help');
  });

  it('leaves a timed-out command to the red line, and does not put it back to be sent twice', async () => {
    open = await openPage(browser, threePeople([]));
    const { page, stub } = open;
    stub.answer = () => {
      stub.emit({ kind: 'app_failed', userId: ada.id, channel: 'C0OPS', error: 'operation_timeout' });
      return { ok: false, error: 'operation_timeout' };
    };
    await box().fill('/ops suspend-tenant acme');
    await page.keyboard.press('Enter');
    await page.getByRole('log').getByRole('alert').filter({ hasText: 'operation_timeout' }).waitFor();
    await eventually(async () => expect(await page.getByText('operation_timeout').count()).toBe(1));
    expect(await box().inputValue()).toBe('');
  });

  it('gives way to a note in an archived channel', async () => {
    const state = stateFor(ada);
    const channels = state.channels.map((channel) => ({ ...channel, isArchived: channel.name === 'alerts' }));
    open = await openPage(browser, [{ ...state, channels }]);
    await open.page.getByRole('button', { name: 'alerts archived' }).click();
    await open.page.getByText('#alerts is archived').waitFor();
    expect(await open.page.getByRole('textbox').count()).toBe(0);
  });

  it('says why something was refused and gives the text back', async () => {
    open = await openPage(browser, threePeople([]));
    open.stub.answer = () => ({ ok: false, error: 'not_in_channel' });
    await box().fill('hello');
    await open.page.keyboard.press('Enter');
    await open.page.getByRole('alert').filter({ hasText: 'not_in_channel' }).waitFor();
    expect(await box().inputValue()).toBe('hello');
  });
});

describe('several people in turn', () => {
  it('acts as whoever is chosen, keeps it in the address, and Back undoes it', async () => {
    open = await openPage(browser, threePeople([message(bot.id, 'for ada only', { ephemeralFor: ada.id })]));
    const { page, stub } = open;
    await page.getByText('for ada only').waitFor();
    await page.getByRole('button', { name: 'Act as Grace Okafor' }).click();
    await page.getByText('for ada only').waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('user')).toBe('grace');
    await box().fill('I sign');
    await page.keyboard.press('Enter');
    await eventually(() =>
      expect(stub.actions).toMatchObject([{ user: grace.id, action: { text: 'I sign' } }]),
    );
    await page.goBack();
    await page.getByText('for ada only').waitFor();
    expect(await page.getByRole('button', { name: 'Act as Ada Moreau' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
  });

  it('opens by name or by id, and says who there is when nobody is called so', async () => {
    open = await openPage(browser, threePeople([]), { search: '?user=U0LINUS&channel=incidents' });
    const { page, origin } = open;
    await page.getByRole('textbox', { name: 'Message #incidents' }).waitFor();
    await page.goto(`${origin}/?user=nobody`);
    await page.getByText('Nobody here is called "nobody". Try ada, grace, linus').waitFor();
  });

  it('counts what arrives in other channels until they are read', async () => {
    open = await openPage(browser, threePeople([]));
    const { page, stub } = open;
    const soon = String(Math.floor(Date.now() / 1000) + 60);
    stub.emit({
      kind: 'message_posted',
      message: message(bot.id, 'alert', { channel: 'C0ALERTS', ts: `${soon}.000001` }),
    });
    const alerts = page.getByRole('navigation').getByRole('button', { name: /alerts/ });
    await page.getByText('1 unread').waitFor();
    await alerts.click();
    await page.getByText('1 unread').waitFor({ state: 'detached' });
    await page.getByRole('log').getByText('alert').waitFor();
  });

  it('goes through conversations with Alt+Down and Alt+Up', async () => {
    open = await openPage(browser, threePeople([]));
    const { page } = open;
    await box().focus();
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByRole('textbox', { name: 'Message #incidents' }).waitFor();
    await page.keyboard.press('Alt+ArrowUp');
    await page.keyboard.press('Alt+ArrowUp');
    await page.getByRole('textbox', { name: 'Message countersign' }).waitFor();
    expect(new URL(page.url()).searchParams.get('channel')).toBe('countersign');
  });

  it('reaches every part of the page with Tab', async () => {
    open = await openPage(browser, threePeople([message(bot.id, 'hi')]));
    const { page } = open;
    await page.locator('body').press('Tab');
    const names = new Set<string>();
    for (let presses = 0; presses < 24; presses++) {
      names.add(
        await page.evaluate(
          () =>
            document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
        ),
      );
      await page.keyboard.press('Tab');
    }
    for (const name of [
      '#ops',
      'Act as Linus Berg (linus)',
      'Reply in thread',
      'More actions',
      'Message #ops',
      'Shortcuts',
    ]) {
      expect([...names]).toContain(name);
    }
  });
});

describe('live', () => {
  it('shows what happens, and after a cut connection also what happened meanwhile', async () => {
    open = await openPage(browser, threePeople([]));
    const { page, stub } = open;
    const posted = message(bot.id, 'reading', { ts: tsAt(1) });
    stub.emit({ kind: 'message_posted', message: posted });
    await page.getByText('reading').waitFor();
    stub.cutStreams();
    await eventually(() => expect(stub.openStreams).toBe(0));
    stub.emit({
      kind: 'message_edited',
      message: { ...posted, text: 'intact', editedTs: tsAt(2) },
      previous: posted,
    });
    await page.getByText('intact').waitFor();
    await eventually(() => expect(stub.resumedFrom).toEqual(['100', '101']));
    expect(await page.getByText('reading').count()).toBe(0);
  });

  it('shows the app’s silence as Slack does, in the channel where it happened', async () => {
    open = await openPage(browser, threePeople([]));
    const { page, stub } = open;
    stub.emit({ kind: 'app_failed', userId: ada.id, channel: 'C0OPS', error: 'operation_timeout' });
    const line = page.getByRole('alert').filter({ hasText: 'did not answer within 3 seconds' });
    await line.waitFor();
    expect(await line.textContent()).toContain('operation_timeout');
    await page.keyboard.press('Alt+ArrowDown');
    await line.waitFor({ state: 'detached' });
  });

  it('stays usable with 2,000 messages: the last 200, older ones on demand, the end in view', async () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      message(index % 3 ? bot.id : grace.id, `line ${index}`, { ts: tsAt(index) }),
    );
    open = await openPage(browser, [stateFor(ada, many)]);
    const { page, stub } = open;
    await page.getByText('line 1999').waitFor();
    expect(await page.getByRole('article').count()).toBe(200);
    expect(await page.getByText('line 1999').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Load older messages (1800)' }).click();
    await eventually(async () => expect(await page.getByRole('article').count()).toBe(400));
    stub.emit({ kind: 'message_posted', message: message(bot.id, 'the newest', { ts: tsAt(3000) }) });
    await page.getByText('the newest').waitFor();
    expect(await page.getByRole('article').count()).toBe(400);
  });
});

describe('a phone', () => {
  const long = `⛔ acme is down: ${'very '.repeat(30)}long`;

  it.each([
    ['asked for', { search: '?user=ada&channel=ops&view=phone' }],
    ['narrow', { viewport: { width: 390, height: 844 } }],
  ])('shows one pane and the notification line when %s', async (_, options) => {
    const root = message(bot.id, long, { ts: tsAt(1), blocks: [{ type: 'divider' }] });
    open = await openPage(browser, threePeople([root]), options);
    const { page } = open;
    const shown = await page
      .getByRole('region', { name: 'Notification' })
      .locator('.notification-text')
      .textContent();
    expect([...(shown ?? '')]).toHaveLength(90);
    expect(shown?.startsWith('⛔ acme is down: very')).toBe(true);
    expect(await page.getByRole('navigation').count()).toBe(0);
    await page.getByRole('button', { name: 'Channels and people' }).click();
    await page
      .getByRole('navigation')
      .getByRole('button', { name: /incidents/ })
      .click();
    await page.getByRole('textbox', { name: 'Message #incidents' }).waitFor();
  });

  it('changes the person without the sidebar', async () => {
    open = await openPage(browser, threePeople([]), { search: '?user=ada&channel=ops&view=phone' });
    await open.page.getByRole('button', { name: 'Act as somebody else' }).click();
    await open.page.getByRole('menuitem', { name: /Grace/ }).click();
    await open.page.getByText('as Grace Okafor').waitFor();
    expect(new URL(open.page.url()).searchParams.get('view')).toBe('phone');
  });
});
