/** reactions.add and the upload pair: https://docs.slack.dev/messaging/working-with-files */
import { isFields } from '../block-kit/rule.ts';
import type { Conversation } from '../directory.ts';
import { type MessageContent, readContent } from '../message-content.ts';
import type { MessageFile } from '../messages.ts';
import { post, react } from '../posting.ts';
import { missingArgument, refusalWithMessages, SlackRefusal } from '../refusal.ts';
import type { Call, Methods } from './call.ts';
import { existing, postable, threadIn, visible } from './reach.ts';

export const reactionsAndFiles: Methods = {
  'reactions.add': ({ core, args }) => {
    const name = args.need('name');
    if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new SlackRefusal('invalid_name');
    const channel = visible(core, args.need('channel'));
    if (channel.isArchived) throw new SlackRefusal('is_archived');
    const message = existing(core, channel.id, args.need('timestamp'));
    if (!core.directory.isBotIn(channel)) throw new SlackRefusal('not_in_channel');
    if (!react(core, message, core.directory.app.botUserId, name)) throw new SlackRefusal('already_reacted');
    return {};
  },

  'files.getUploadURLExternal': ({ core, args, isJson }) => {
    // This method takes form fields only; a JSON body counts as no arguments.
    if (isJson) throw missingArgument('filename');
    const length = Number(args.need('length'));
    if (!Number.isInteger(length) || length <= 0)
      throw refusalWithMessages('invalid_arguments', [
        '[ERROR] must be greater than 0 [json-pointer:/length]',
      ]);
    const { fileId, uploadUrl } = core.files.begin(args.need('filename'), length);
    return { upload_url: uploadUrl, file_id: fileId };
  },

  'files.completeUploadExternal': (call) => {
    const { core, args } = call;
    const wanted = args.json('files', 'invalid_arguments');
    if (!Array.isArray(wanted) || wanted.length === 0) throw missingArgument('files');
    const target = args.text('channel_id');
    const channel = target ? shareable(call, target) : undefined;
    const threadTs = channel ? parentIn(call, channel.id) : undefined;
    const content = commentOf(call);
    const chosen = wanted.map((entry) => ({
      id: isFields(entry) ? String(entry.id) : '',
      title: isFields(entry) && typeof entry.title === 'string' ? entry.title : undefined,
    }));
    const isTwice = new Set(chosen.map(({ id }) => id)).size < chosen.length;
    if (isTwice || !chosen.every(({ id }) => core.files.isReady(id)))
      throw new SlackRefusal('file_not_found');
    const files: MessageFile[] = chosen.map(({ id, title }) => core.files.complete(id, title));
    if (channel) {
      const { app } = core.directory;
      post(core, {
        channel: channel.id,
        userId: app.botUserId,
        botId: app.botId,
        ...content,
        ...(threadTs ? { threadTs } : {}),
        files,
      });
    }
    // The message's own timestamp is not told: Slack posts it after it has answered.
    return { files: files.map((file) => ({ id: file.id, title: file.title })) };
  },
};

/** An id of a conversation the app is in: neither a name nor a person, and `chat:write.public` does not count. */
function shareable(call: Call, id: string): Conversation {
  const found = visible(call.core, id);
  if (!call.core.directory.isBotIn(found)) throw new SlackRefusal('not_in_channel');
  return postable(call, id);
}

/** "Never use a reply's ts value; use its parent instead." What Slack does with one is not documented. */
function parentIn({ core, args }: Call, channel: string): string | undefined {
  const given = args.text('thread_ts');
  const parent = threadIn(core, channel, given);
  if (parent !== undefined && parent !== given) throw new SlackRefusal('thread_not_found');
  return parent;
}

/** @throws SlackRefusal when both ways to say something are used; Slack itself would ignore the blocks */
function commentOf({ args }: Call): MessageContent {
  const blocks = args.json('blocks', 'invalid_blocks_format');
  const comment = args.text('initial_comment');
  if (comment && blocks)
    throw refusalWithMessages('invalid_arguments', [
      '[ERROR] blocks are ignored beside initial_comment [json-pointer:/blocks]',
    ]);
  // https://github.com/slackapi/python-slack-sdk/issues/1756
  if (Array.isArray(blocks) && blocks.some((block) => isFields(block) && block.type === 'markdown'))
    throw new SlackRefusal('internal_error');
  return comment || blocks ? readContent({ text: comment, blocks }) : { text: '', blocks: [] };
}
