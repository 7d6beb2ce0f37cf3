/** chat.*: https://docs.slack.dev/reference/methods */
import { readContent, readMetadata } from '../message-content.ts';
import type { StoredMessage } from '../messages.ts';
import { edit, post, remove } from '../posting.ts';
import { SlackRefusal } from '../refusal.ts';
import { slackMessage } from '../slack-shapes.ts';
import type { Call, Methods } from './call.ts';
import { existing, postable, threadIn, visible } from './reach.ts';

function contentOf({ args }: Call) {
  return readContent({
    text: args.text('text'),
    blocks: args.json('blocks', 'invalid_blocks_format'),
    attachments: args.json('attachments', 'invalid_attachments'),
    markdown_text: args.text('markdown_text'),
  });
}

function metadataOf({ args }: Call) {
  return readMetadata(args.json('metadata', 'invalid_metadata_format'));
}

/** Longer text is cut when posted and refused when updated. */
const updateTextLength = 4000;

function own(call: Call, refusal: string): StoredMessage {
  const { core, args } = call;
  const channel = visible(core, args.need('channel'));
  const message = existing(core, channel.id, args.need('ts'));
  if (message.botId !== core.directory.app.botId) throw new SlackRefusal(refusal);
  return message;
}

export const chat: Methods = {
  'chat.postMessage': (call) => {
    const { core, args } = call;
    const channel = postable(call, args.need('channel'));
    const content = contentOf(call);
    const metadata = metadataOf(call);
    const threadTs = threadIn(core, channel.id, args.text('thread_ts'));
    const { app } = core.directory;
    const message = post(core, {
      channel: channel.id,
      userId: app.botUserId,
      botId: app.botId,
      ...content,
      ...(metadata ? { metadata } : {}),
      ...(threadTs ? { threadTs } : {}),
      ...(threadTs && args.truth('reply_broadcast') ? { isBroadcast: true } : {}),
    });
    const shown = slackMessage(core, message, { withMetadata: true });
    return { channel: channel.id, ts: message.ts, message: shown };
  },

  'chat.update': (call) => {
    const { core, args } = call;
    const channel = visible(core, args.need('channel'));
    if (channel.isArchived) throw new SlackRefusal('is_inactive');
    const message = own(call, 'cant_update_message');
    const { editWindowMinutes } = core.settings;
    const age = core.clock.now() - Number(message.ts) * 1000;
    if (editWindowMinutes !== undefined && age > editWindowMinutes * 60_000)
      throw new SlackRefusal('edit_window_closed');
    if ((args.text('text') ?? '').length > updateTextLength) throw new SlackRefusal('msg_too_long');
    const content = contentOf(call);
    edit(core, message, content, metadataOf(call));
    return {
      channel: channel.id,
      ts: message.ts,
      text: message.text,
      message: slackMessage(core, message, { withMetadata: true }),
    };
  },

  'chat.delete': (call) => {
    const message = own(call, 'cant_delete_message');
    remove(call.core, message);
    return { channel: message.channel, ts: message.ts };
  },

  'chat.postEphemeral': (call) => {
    const { core, args } = call;
    const channel = postable(call, args.need('channel'));
    const user = core.directory.user(args.need('user'));
    if (!user || user.isDeactivated || user.isBot || !channel.memberIds.includes(user.id))
      throw new SlackRefusal('user_not_in_channel');
    const content = contentOf(call);
    const threadTs = threadIn(core, channel.id, args.text('thread_ts'));
    const { app } = core.directory;
    const message = post(core, {
      channel: channel.id,
      userId: app.botUserId,
      botId: app.botId,
      ...content,
      ...(threadTs ? { threadTs } : {}),
      ephemeralFor: user.id,
    });
    return { message_ts: message.ts };
  },

  'chat.getPermalink': ({ core, args }) => {
    const channel = visible(core, args.need('channel'));
    const message = existing(core, channel.id, args.need('message_ts'));
    const path = `${core.origin}/archives/${channel.id}/p${message.ts.replace('.', '')}`;
    const inThread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : '';
    return { channel: channel.id, permalink: `${path}${inThread}` };
  },
};
