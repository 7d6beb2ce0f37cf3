/** Payloads of commands and interactions: https://docs.slack.dev/reference/interaction-payloads */
import type { Core } from '../core.ts';
import type { Conversation } from '../directory.ts';
import type { StoredMessage } from '../messages.ts';
import type { SeedUser } from '../seed.ts';
import { slackMessage, slackView } from '../slack-shapes.ts';
import type { OpenView } from '../views.ts';

type Payload = Record<string, unknown>;

function common(core: Core, user: SeedUser): Payload {
  const { app, team } = core.directory;
  return {
    team: { id: team.id, domain: team.domain },
    user: {
      id: user.id,
      username: user.name,
      name: user.name,
      team_id: user.homeTeamId ?? team.id,
    },
    api_app_id: app.appId,
    token: app.verificationToken,
    is_enterprise_install: false,
    enterprise: null,
  };
}

function channelObject(channel: Conversation): Payload {
  return { id: channel.id, name: commandChannelName(channel) };
}

/** Private conversations go by their kind, as in slash commands. */
export function commandChannelName(channel: Conversation): string {
  if (channel.kind === 'im') return 'directmessage';
  return channel.kind === 'private' ? 'privategroup' : channel.name;
}

export function slashCommand(
  core: Core,
  user: SeedUser,
  channel: Conversation,
  typed: { command: string; text: string; triggerId: string; responseUrl: string },
): Payload {
  const { app, team } = core.directory;
  return {
    token: app.verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: commandChannelName(channel),
    user_id: user.id,
    user_name: user.name,
    command: typed.command,
    text: typed.text,
    api_app_id: app.appId,
    is_enterprise_install: 'false',
    response_url: typed.responseUrl,
    trigger_id: typed.triggerId,
  };
}

function messageContainer(message: StoredMessage): Payload {
  return {
    type: 'message',
    message_ts: message.ts,
    channel_id: message.channel,
    is_ephemeral: message.ephemeralFor !== undefined,
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
  };
}

export function blockActions(
  core: Core,
  user: SeedUser,
  triggerId: string,
  action: Payload,
  where: { view: OpenView } | { message: StoredMessage; channel: Conversation; responseUrl: string },
): Payload {
  const start = { type: 'block_actions', ...common(core, user), trigger_id: triggerId, actions: [action] };
  if ('view' in where) {
    const view = slackView(core, where.view);
    return { ...start, container: { type: 'view', view_id: where.view.id }, view };
  }
  const { message, channel, responseUrl } = where;
  return {
    ...start,
    container: messageContainer(message),
    channel: channelObject(channel),
    // An ephemeral message is on one screen only: Slack does not send it back.
    ...(message.ephemeralFor ? {} : { message: slackMessage(core, message) }),
    state: { values: {} },
    response_url: responseUrl,
  };
}

export function viewSubmission(
  core: Core,
  user: SeedUser,
  view: OpenView,
  triggerId: string,
  responseUrls: Payload[],
): Payload {
  return {
    type: 'view_submission',
    ...common(core, user),
    trigger_id: triggerId,
    view: slackView(core, view),
    response_urls: responseUrls,
  };
}

export function viewClosed(core: Core, user: SeedUser, view: OpenView, isCleared: boolean): Payload {
  return { type: 'view_closed', ...common(core, user), view: slackView(core, view), is_cleared: isCleared };
}

export function blockSuggestion(
  core: Core,
  user: SeedUser,
  query: { blockId: string; actionId: string; text: string },
  where: { view: OpenView } | { message: StoredMessage; channel: Conversation },
): Payload {
  const start = {
    type: 'block_suggestion',
    ...common(core, user),
    action_id: query.actionId,
    block_id: query.blockId,
    value: query.text,
  };
  if ('view' in where) {
    return {
      ...start,
      container: { type: 'view', view_id: where.view.id },
      view: slackView(core, where.view),
    };
  }
  return {
    ...start,
    container: messageContainer(where.message),
    channel: channelObject(where.channel),
    ...(where.message.ephemeralFor ? {} : { message: slackMessage(core, where.message) }),
  };
}

export function globalShortcut(core: Core, user: SeedUser, callbackId: string, triggerId: string): Payload {
  return {
    type: 'shortcut',
    ...common(core, user),
    callback_id: callbackId,
    trigger_id: triggerId,
    action_ts: (core.clock.now() / 1000).toFixed(6),
  };
}

export function messageShortcut(
  core: Core,
  user: SeedUser,
  callbackId: string,
  triggerId: string,
  message: StoredMessage,
  channel: Conversation,
  responseUrl: string,
): Payload {
  return {
    type: 'message_action',
    ...common(core, user),
    callback_id: callbackId,
    trigger_id: triggerId,
    action_ts: (core.clock.now() / 1000).toFixed(6),
    message_ts: message.ts,
    channel: channelObject(channel),
    message: slackMessage(core, message),
    response_url: responseUrl,
  };
}
