/** What the app is shown: Slack's own objects. https://docs.slack.dev/reference/objects */
import type { Core } from './core.ts';
import type { Conversation } from './directory.ts';
import type { MessageFile, StoredMessage } from './messages.ts';
import type { SeedUser, SeedUserGroup } from './seed.ts';
import type { OpenView } from './views.ts';

const installedAt = 1_760_000_000;

export function slackMessage(
  core: Core,
  message: StoredMessage,
  options: { withMetadata?: boolean; withThread?: boolean } = {},
): Record<string, unknown> {
  const { app, team } = core.directory;
  const replies = options.withThread ? core.messages.repliesTo(message.channel, message.ts) : [];
  const isOurs = message.botId !== undefined;
  return structuredClone({
    type: 'message',
    ...(message.isTombstone
      ? { subtype: 'tombstone' }
      : message.isBroadcast
        ? { subtype: 'thread_broadcast' }
        : {}),
    user: message.userId,
    ts: message.ts,
    ...(isOurs
      ? {
          bot_id: message.botId,
          ...(message.botId === app.botId
            ? {
                app_id: app.appId,
                bot_profile: {
                  id: app.botId,
                  app_id: app.appId,
                  name: core.manifest.botName,
                  deleted: false,
                  team_id: team.id,
                  updated: installedAt,
                },
              }
            : {}),
        }
      : { client_msg_id: `sandbox-${message.ts}` }),
    team: core.directory.user(message.userId)?.homeTeamId ?? team.id,
    text: message.text,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments ? { attachments: message.attachments } : {}),
    ...(message.threadTs ? { thread_ts: message.threadTs } : {}),
    ...(message.threadTs && message.threadTs !== message.ts
      ? { parent_user_id: parentUser(core, message) }
      : {}),
    ...(message.editedTs ? { edited: { user: message.userId, ts: message.editedTs } } : {}),
    ...(message.metadata && options.withMetadata ? { metadata: message.metadata } : {}),
    ...(message.reactions
      ? {
          reactions: message.reactions.map((one) => ({
            name: one.name,
            users: one.userIds,
            count: one.userIds.length,
          })),
        }
      : {}),
    ...(message.files ? { files: message.files.map((file) => slackFile(core, file)) } : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.userId))],
          reply_users_count: new Set(replies.map((reply) => reply.userId)).size,
          latest_reply: replies.at(-1)?.ts,
          is_locked: false,
          subscribed: false,
        }
      : {}),
  });
}

function parentUser(core: Core, reply: StoredMessage): string | undefined {
  return reply.threadTs ? core.messages.find(reply.channel, reply.threadTs)?.userId : undefined;
}

export function slackFile(core: Core, file: MessageFile): Record<string, unknown> {
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    size: file.size,
    mode: 'hosted',
    user: core.directory.app.botUserId,
    url_private: core.files.url(file),
    permalink: core.files.url(file),
  };
}

export function slackUser(core: Core, user: SeedUser, hasEmailScope: boolean): Record<string, unknown> {
  const teamId = user.homeTeamId ?? core.directory.team.id;
  const isOurBot = user.id === core.directory.app.botUserId;
  return {
    id: user.id,
    team_id: teamId,
    name: user.name,
    deleted: user.isDeactivated ?? false,
    color: '9f69e7',
    is_bot: user.isBot ?? false,
    is_app_user: false,
    updated: installedAt,
    profile: {
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      ...(user.email && hasEmailScope ? { email: user.email } : {}),
      ...(isOurBot ? { bot_id: core.directory.app.botId, api_app_id: core.directory.app.appId } : {}),
      team: teamId,
      image_72: `${core.origin}/assets/avatar-${user.id}.png`,
    },
    // Slack leaves these out for deactivated accounts.
    ...(user.isDeactivated
      ? {}
      : {
          real_name: user.realName,
          tz: user.tz,
          tz_label: user.tz,
          tz_offset: user.tzOffset,
          is_admin: user.isAdmin ?? false,
          is_owner: false,
          is_primary_owner: false,
          is_restricted: user.isGuest ?? false,
          is_ultra_restricted: false,
          is_email_confirmed: !user.isBot,
        }),
    ...(user.homeTeamId ? { is_stranger: true } : {}),
  };
}

export function slackConversation(core: Core, one: Conversation): Record<string, unknown> {
  const isDirect = one.kind === 'im';
  const common = {
    id: one.id,
    created: installedAt,
    is_archived: one.isArchived,
    is_im: isDirect,
    is_org_shared: false,
  };
  if (isDirect) {
    const userId = one.memberIds.find((id) => id !== core.directory.app.botUserId);
    return {
      ...common,
      context_team_id: core.directory.team.id,
      user: userId,
      is_user_deleted: false,
      priority: 0,
    };
  }
  const isShared = one.memberIds.some((id) => core.directory.user(id)?.homeTeamId);
  return {
    ...common,
    name: one.name,
    name_normalized: one.name,
    is_channel: one.kind === 'public',
    is_group: one.kind === 'private',
    is_mpim: false,
    is_private: one.kind === 'private',
    is_general: one.name === 'general',
    is_shared: isShared,
    is_ext_shared: isShared,
    is_pending_ext_shared: false,
    is_member: core.directory.isBotIn(one),
    creator: 'U0LINUS',
    unlinked: 0,
    topic: { value: one.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
    context_team_id: core.directory.team.id,
  };
}

export function slackUserGroup(core: Core, group: SeedUserGroup, hasUsers: boolean): Record<string, unknown> {
  return {
    id: group.id,
    team_id: core.directory.team.id,
    is_usergroup: true,
    name: group.name,
    handle: group.handle,
    description: '',
    is_external: false,
    date_create: installedAt,
    date_update: installedAt,
    date_delete: group.isDisabled ? installedAt : 0,
    auto_type: null,
    ...(hasUsers ? { users: [...group.userIds] } : {}),
    user_count: group.userIds.length,
  };
}

export function slackView(core: Core, open: OpenView): Record<string, unknown> {
  const { app, team } = core.directory;
  return structuredClone({
    id: open.id,
    team_id: team.id,
    app_id: app.appId,
    app_installed_team_id: team.id,
    bot_id: app.botId,
    title: open.view.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    close: open.view.close ?? null,
    submit: open.view.submit ?? null,
    type: open.view.type,
    blocks: open.view.blocks,
    private_metadata: open.view.private_metadata ?? '',
    callback_id: open.view.callback_id ?? '',
    external_id: open.view.external_id ?? '',
    state: { values: open.values },
    hash: open.hash,
    clear_on_close: open.view.clear_on_close ?? false,
    notify_on_close: open.view.notify_on_close ?? false,
    root_view_id: open.rootId,
    previous_view_id: open.previousId ?? null,
  });
}
