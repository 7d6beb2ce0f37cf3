/** A workspace, a manifest and a real Bolt app for the tests beside this file. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { onTestFinished } from 'vitest';
import {
  type SlackWorkspace,
  type SlackWorkspaceOptions,
  startSlackWorkspace,
} from '../../../sandbox/slack/server.ts';

type Json = Record<string, unknown>;

export const allScopes = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'reactions:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
];

export function manifest(
  changes: { scopes?: string[]; events?: string[]; isSocketMode?: boolean } = {},
): Json {
  const url = 'https://bot.example/slack/events';
  return {
    display_information: { name: 'Countersign' },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'countersign', always_online: true },
      shortcuts: [
        { name: 'Run', type: 'global', callback_id: 'run', description: 'Run a command' },
        { name: 'Explain', type: 'message', callback_id: 'explain', description: 'Explain this' },
      ],
      slash_commands: [
        { command: '/ops', description: 'Run a command', usage_hint: 'help', should_escape: true, url },
        { command: '/raw', description: 'Unescaped', should_escape: false, url },
      ],
    },
    oauth_config: { scopes: { bot: changes.scopes ?? allScopes } },
    settings: {
      event_subscriptions: {
        request_url: url,
        bot_events: changes.events ?? ['app_home_opened', 'app_mention', 'message.im'],
      },
      interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
      socket_mode_enabled: changes.isSocketMode ?? false,
    },
  };
}

export async function workspaceForTest(
  options: Partial<SlackWorkspaceOptions> = {},
): Promise<SlackWorkspace> {
  const workspace = await startSlackWorkspace({ manifest: manifest(), ...options });
  onTestFinished(() => workspace.close());
  return workspace;
}

/** Refusals are what these tests provoke. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** A client that reports what happened instead of trying again. */
export function webClient(workspace: SlackWorkspace, token: string = workspace.app.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });
}

/** A Bolt app over signed HTTP, with the listeners given; events and interactions reach it from now on. */
export async function boltByHttp(workspace: SlackWorkspace, listen: (app: App) => void): Promise<App> {
  const app = new App({
    token: workspace.app.botToken,
    signingSecret: workspace.app.signingSecret,
    clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 0 }, logger: silent },
    deferInitialization: true,
    logLevel: LogLevel.ERROR,
  });
  await app.init();
  listen(app);
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  onTestFinished(() => {
    server.closeAllConnections();
    return app.stop() as Promise<void>;
  });
  workspace.deliverByHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return app;
}

/** The Slack error name a call was refused with. */
export async function errorOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { data?: { error?: string } }).data?.error ?? String(error);
  }
}

export const button = (actionId: string, value = 'v', label = 'Go') => ({
  type: 'button',
  action_id: actionId,
  value,
  text: { type: 'plain_text', text: label },
});
export const actions = (...elements: Json[]) => ({ type: 'actions', block_id: 'buttons', elements });
export const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

export function modal(changes: Json = {}) {
  return {
    type: 'modal',
    callback_id: 'form',
    title: { type: 'plain_text', text: 'Form' },
    submit: { type: 'plain_text', text: 'Run' },
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Reason' },
        element: { type: 'plain_text_input', action_id: 'text', min_length: 3 },
      },
      {
        type: 'input',
        block_id: 'note',
        optional: true,
        label: { type: 'plain_text', text: 'Note' },
        element: { type: 'plain_text_input', action_id: 'text' },
      },
    ],
    ...changes,
    // The SDK's view type is a union no literal of mixed blocks widens to.
  } as never;
}
