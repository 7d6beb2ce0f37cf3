/** Events API payloads: https://docs.slack.dev/apis/events-api. Only what the manifest subscribes to is sent. */
import type { Core } from '../core.ts';
import type { Conversation } from '../directory.ts';
import { slackId } from '../ids.ts';
import type { StoredMessage } from '../messages.ts';
import { slackMessage, slackView } from '../slack-shapes.ts';

function send(
  core: Core,
  subscription: string,
  event: Record<string, unknown>,
  channel?: Conversation,
): void {
  if (!core.manifest.botEvents.includes(subscription)) return;
  const { app, team } = core.directory;
  const at = core.clock.now();
  const isShared = channel?.memberIds.some((id) => core.directory.user(id)?.homeTeamId) ?? false;
  const payload = {
    token: app.verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: app.appId,
    event,
    type: 'event_callback',
    event_id: slackId('E'),
    event_time: Math.floor(at / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: isShared,
    event_context: `4-${Buffer.from(`${String(event.type)}/${team.id}/${app.appId}`).toString('base64url')}`,
  };
  core.bot.tell({ kind: 'event', type: String(event.type), payload }, subscription);
}

const messageEvents = {
  public: { subscription: 'message.channels', channelType: 'channel' },
  private: { subscription: 'message.groups', channelType: 'group' },
  im: { subscription: 'message.im', channelType: 'im' },
} as const;

/**
 * A message was posted where the app is a member. Apps are told of their own messages too; frameworks skip
 * them by bot_id.
 */
export function messagePosted(core: Core, message: StoredMessage): void {
  const channel = core.directory.conversation(message.channel);
  if (!channel || !core.directory.isBotIn(channel)) return;
  const shown = slackMessage(core, message, { withMetadata: true });
  const foreignTeam = core.directory.user(message.userId)?.homeTeamId;
  const place = {
    channel: message.channel,
    event_ts: message.ts,
    ...(foreignTeam ? { user_team: foreignTeam, source_team: foreignTeam } : {}),
  };
  const { subscription, channelType } = messageEvents[channel.kind];
  send(core, subscription, { ...shown, ...place, channel_type: channelType }, channel);
  const { botUserId } = core.directory.app;
  const mentionsApp = new RegExp(`<@${botUserId}(\\|[^>]*)?>`).test(message.text);
  if (channel.kind === 'im' || !mentionsApp || message.userId === botUserId) return;
  send(core, 'app_mention', { ...shown, type: 'app_mention', ...place }, channel);
}

/** A person opened the app's home or its messages tab. */
export function homeOpened(core: Core, userId: string, tab: 'home' | 'messages'): void {
  const at = (core.clock.now() / 1000).toFixed(6);
  const view = core.views.home(userId);
  send(core, 'app_home_opened', {
    type: 'app_home_opened',
    user: userId,
    channel: core.directory.directMessage(userId)?.id,
    tab,
    event_ts: at,
    ...(view && tab === 'home' ? { view: slackView(core, view) } : {}),
  });
}
