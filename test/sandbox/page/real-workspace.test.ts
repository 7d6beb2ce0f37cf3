/** The page against the local workspace itself, with a Bolt app behind it: nothing here is a stub. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, LogLevel } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { bundlePage } from '../../../sandbox/page/bundle.ts';
import { startSlackWorkspace } from '../../../sandbox/slack/server.ts';
import { launchBrowser } from './browser.ts';
import { approvalCard, argumentsModal } from './sample-state.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const url = 'https://bot.example/slack/events';
const manifest = {
  display_information: { name: 'Countersign' },
  features: {
    app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
    bot_user: { display_name: 'countersign', always_online: true },
    shortcuts: [
      { name: 'Add to timeline', type: 'message', callback_id: 'add', description: 'Keep it in the record' },
    ],
    slash_commands: [
      { command: '/ops', description: 'Operations', usage_hint: 'help', should_escape: true, url },
    ],
  },
  oauth_config: { scopes: { bot: ['app_mentions:read', 'chat:write', 'commands', 'im:history'] } },
  settings: {
    event_subscriptions: { request_url: url, bot_events: ['app_home_opened', 'app_mention'] },
    interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
    socket_mode_enabled: false,
  },
};

function listen(app: App): void {
  app.command('/ops', async ({ ack, client, body }) => {
    await ack();
    const { view } = argumentsModal();
    await client.views.open({ trigger_id: body.trigger_id, view: view as unknown as ModalView });
  });
  app.options({ block_id: 'tenant' }, async ({ ack, options }) => {
    const text = { type: 'plain_text', text: `acme (${options.value})` } as const;
    await ack({ options: [{ text, value: 'acme' }] } as never);
  });
  app.view('arguments', async ({ ack, view, client }) => {
    const { tenant, reason, severity } = view.state.values;
    const why = reason?.value?.value ?? '';
    if (why.length < 10)
      return ack({ response_action: 'errors', errors: { reason: 'At least 10 characters' } });
    await ack();
    const chosen = [tenant, severity].map((block) => block?.value?.selected_option?.value).join(' ');
    await client.chat.postMessage({
      channel: 'C0OPS',
      text: `▲ ${chosen}: ${why}`,
      blocks: approvalCard() as never,
    });
  });
  app.action('approve', async ({ ack, body, client }) => {
    await ack();
    const where = body as unknown as { channel: { id: string }; message: { ts: string } };
    await client.chat.update({
      channel: where.channel.id,
      ts: where.message.ts,
      text: `✓ signed by <@${body.user.id}>`,
    });
  });
  app.shortcut('add', async ({ ack, shortcut, client }) => {
    await ack();
    const { channel, message } = shortcut as unknown as {
      channel: { id: string };
      message: { ts: string; text: string; thread_ts?: string };
    };
    const thread_ts = message.thread_ts ?? message.ts;
    await client.chat.postMessage({ channel: channel.id, thread_ts, text: `noted: ${message.text}` });
    await client.chat.postEphemeral({ channel: channel.id, user: shortcut.user.id, text: 'only you' });
  });
  app.event('app_mention', async ({ event, client }) => {
    const answer = {
      channel: event.channel,
      thread_ts: event.thread_ts ?? event.ts,
      text: `heard: ${event.text}`,
    };
    await client.chat.postMessage(answer);
  });
}

async function workspaceWithPage(): Promise<Page> {
  const workspace = await startSlackWorkspace({ manifest, page: await bundlePage() });
  onTestFinished(() => workspace.close());
  const app = new App({
    token: workspace.app.botToken,
    signingSecret: workspace.app.signingSecret,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 } },
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
  });
  await app.init();
  listen(app);
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  onTestFinished(async () => {
    server.closeAllConnections();
    await app.stop();
  });
  workspace.deliverByHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  await page.goto(`${workspace.origin}/?user=ada&channel=ops`);
  return page;
}

it('plays a command, its modal and its approval as two people would', async () => {
  const page = await workspaceWithPage();
  await page.getByRole('textbox', { name: 'Message #ops' }).fill('/ops suspend-tenant');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Suspend a tenant' });
  await dialog.getByLabel('Tenant', { exact: true }).fill('ac');
  await dialog.getByRole('option', { name: 'acme (ac)' }).click();
  await dialog.getByLabel('Severity').click();
  await dialog.getByRole('option', { name: 'SEV2' }).click();
  await dialog.getByLabel('Reason').fill('short');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'At least 10 characters' }).waitFor();
  await dialog.getByLabel('Reason').fill('card testing <!channel>');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Suspend tenant acme' }).waitFor();

  await page.getByRole('button', { name: 'Act as Grace Okafor' }).click();
  await page.getByText('as Grace Okafor').waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  const signed = page.getByRole('article').filter({ hasText: '✓ signed by @grace' });
  await signed.getByText('(edited)').waitFor();
  expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
}, 30_000);

it('mentions the bot and opens the thread it answers in', async () => {
  const page = await workspaceWithPage();
  await page.getByRole('textbox', { name: 'Message #ops' }).pressSequentially('@count');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Message #ops' }).pressSequentially('verify <acme> & co');
  await page.keyboard.press('Enter');
  await page.getByText('@countersign verify <acme> & co').waitFor();
  await page.getByRole('button', { name: /1 reply/ }).click();
  const pane = page.getByRole('complementary', { name: 'Thread' });
  await pane.getByText('heard: @countersign verify <acme> & co').waitFor();
  await pane.getByRole('textbox', { name: 'Reply in thread' }).fill('/ops help');
  await page.keyboard.press('Enter');
  await pane.getByRole('alert').filter({ hasText: '/ops is not supported in threads' }).waitFor();
}, 30_000);

it('uses a shortcut from the menu of a message and of a reply, and offers none on what only one person sees', async () => {
  const page = await workspaceWithPage();
  await page.getByRole('textbox', { name: 'Message #ops' }).fill('emails are late');
  await page.keyboard.press('Enter');
  const log = page.getByRole('log', { name: 'Messages in #ops' });
  const said = log.getByRole('article').filter({ hasText: 'emails are late' });
  await said.hover();
  const menu = said.getByRole('button', { name: 'More actions' });
  // With the keyboard alone, as with the mouse.
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /Add to timeline/ }).waitFor();
  await page.keyboard.press('Enter');
  await said.getByRole('button', { name: /1 reply/ }).click();
  const thread = page.getByRole('complementary', { name: 'Thread' });
  const reply = thread.getByRole('article').filter({ hasText: 'noted: emails are late' });
  await reply.hover();
  await reply.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: /Add to timeline/ }).click();
  await thread.getByText('noted: noted: emails are late').waitFor();
  const onlyHers = log.getByRole('article').filter({ hasText: 'only you' }).first();
  await onlyHers.hover();
  expect(await onlyHers.getByRole('button', { name: 'More actions' }).count()).toBe(0);
});
