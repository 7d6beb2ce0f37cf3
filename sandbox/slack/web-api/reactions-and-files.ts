/** reactions.add and the upload pair: https://docs.slack.dev/messaging/working-with-files */
import { isFields } from '../block-kit/rule.ts';
import { readContent } from '../message-content.ts';
import type { MessageFile } from '../messages.ts';
import { post, react } from '../posting.ts';
import { missingArgument, refusalWithMessages, SlackRefusal } from '../refusal.ts';
import type { Methods } from './call.ts';
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
    const channel = target ? postable(call, target) : undefined;
    const threadTs = channel ? threadIn(core, channel.id, args.text('thread_ts')) : undefined;
    const blocks = args.json('blocks', 'invalid_blocks_format');
    const comment = args.text('initial_comment');
    const content = comment || blocks ? readContent({ text: comment, blocks }) : { text: '', blocks: [] };
    const files: MessageFile[] = wanted.map((entry) => {
      const title = isFields(entry) && typeof entry.title === 'string' ? entry.title : undefined;
      const file = isFields(entry) ? core.files.complete(String(entry.id), title) : undefined;
      if (!file) throw new SlackRefusal('file_not_found');
      return file;
    });
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
    return { files: files.map((file) => ({ id: file.id, title: file.title })) };
  },
};
