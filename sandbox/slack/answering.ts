/** Messages that answer a person: a command's ack and the posts to a response URL. */
import type { Core } from './core.ts';
import { type MessageContent, readContent, readMetadata } from './message-content.ts';
import type { StoredMessage } from './messages.ts';
import { edit, post, remove } from './posting.ts';
import { SlackRefusal } from './refusal.ts';
import type { ResponseUrl } from './response-urls.ts';

type Fields = Record<string, unknown>;

/**
 * Answers need no membership: they go where the person is.
 *
 * @returns the message, undefined when one was deleted or nobody is left to see it
 * @throws SlackRefusal no_text, invalid_blocks…
 */
export function answerPerson(core: Core, to: ResponseUrl, fields: Fields): StoredMessage | undefined {
  if (isTrue(fields.delete_original)) {
    if (!to.original) throw new SlackRefusal('no_original');
    remove(core, to.original);
    return undefined;
  }
  const content = readContent(fields);
  const metadata = readMetadata(fields.metadata);
  if (isTrue(fields.replace_original) && to.original) {
    // Who sees it was settled when it was first shown: a replacement changes the words only.
    edit(core, to.original, content, metadata);
    return to.original;
  }
  const { response_type: responseType, thread_ts: threadTs } = fields;
  if (responseType !== undefined && responseType !== 'in_channel' && responseType !== 'ephemeral')
    throw new SlackRefusal('invalid_response_type');
  if (responseType !== 'in_channel' && core.directory.user(to.userId)?.isDeactivated) return undefined;
  return post(core, {
    ...draft(core, to.channel, content),
    ...(metadata ? { metadata } : {}),
    ...(typeof threadTs === 'string' ? { threadTs } : {}),
    ...(responseType === 'in_channel' ? {} : { ephemeralFor: to.userId }),
  });
}

function draft(core: Core, channel: string, content: MessageContent) {
  const { app } = core.directory;
  return { channel, userId: app.botUserId, botId: app.botId, ...content };
}

const isTrue = (value: unknown): boolean => value === true || value === 'true';
