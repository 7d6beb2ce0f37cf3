/** conversations.*: https://docs.slack.dev/reference/methods */
import { refusalWithMessages, SlackRefusal } from '../refusal.ts';
import { slackConversation, slackMessage } from '../slack-shapes.ts';
import { compareTs, isTs } from '../timestamps.ts';
import { type Call, type Methods, needScope } from './call.ts';
import { pageOf } from './paging.ts';
import { readable } from './reach.ts';

const kinds = { public_channel: 'public', private_channel: 'private', im: 'im', mpim: 'mpim' } as const;
const scopeOfKind = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
};

/** `oldest` and `latest` are exclusive unless `inclusive`. @throws SlackRefusal invalid_ts_oldest, invalid_ts_latest */
function withinTimes({ args }: Call): (ts: string) => boolean {
  const bound = (name: 'oldest' | 'latest') => {
    const given = args.text(name);
    if (given === undefined || given === '' || given === '0') return undefined;
    if (!isTs(given) && !/^\d+$/.test(given)) throw new SlackRefusal(`invalid_ts_${name}`);
    return given;
  };
  const oldest = bound('oldest');
  const latest = bound('latest');
  const isInclusive = args.truth('inclusive');
  return (ts) => {
    const fromOldest = oldest === undefined ? 1 : compareTs(ts, oldest);
    const toLatest = latest === undefined ? 1 : compareTs(latest, ts);
    return (
      (fromOldest > 0 || (isInclusive && fromOldest === 0)) &&
      (toLatest > 0 || (isInclusive && toLatest === 0))
    );
  };
}

export const conversations: Methods = {
  'conversations.info': (call) => {
    const found = readable(call, call.args.need('channel'), 'read');
    const members = call.args.truth('include_num_members') ? { num_members: found.memberIds.length } : {};
    return { channel: { ...slackConversation(call.core, found), ...members } };
  },

  'conversations.list': (call) => {
    const types = call.args.list('types');
    const wanted = (types.length > 0 ? types : ['public_channel']).map((type) => {
      if (!Object.hasOwn(kinds, type)) throw new SlackRefusal('invalid_types');
      const known = type as keyof typeof kinds;
      needScope(call, scopeOfKind[known]);
      return kinds[known] as string;
    });
    const isWithoutArchived = call.args.truth('exclude_archived');
    const found = call.core.directory.conversations.filter(
      (one) =>
        wanted.includes(one.kind) &&
        (one.kind === 'public' || call.core.directory.isBotIn(one)) &&
        !(isWithoutArchived && one.isArchived),
    );
    const { items, response_metadata } = pageOf(call, found, 100);
    return { channels: items.map((one) => slackConversation(call.core, one)), response_metadata };
  },

  'conversations.members': (call) => {
    const found = readable(call, call.args.need('channel'), 'read');
    const { items, response_metadata } = pageOf(call, found.memberIds, 100);
    return { members: items, response_metadata };
  },

  'conversations.open': (call) => {
    const { core, args } = call;
    const users = args.list('users');
    if (args.has('channel')) {
      const found = core.directory.conversation(args.need('channel'));
      if (found?.kind !== 'im') throw new SlackRefusal('channel_not_found');
      return { channel: slackConversation(core, found), already_open: true, no_op: true };
    }
    if (users.length === 0) throw new SlackRefusal('users_list_not_supplied');
    if (users.length > 1)
      throw refusalWithMessages('invalid_arguments', [
        '[ERROR] group direct messages are not in this workspace',
      ]);
    const user = core.directory.user(users[0] ?? '');
    if (!user) throw new SlackRefusal('user_not_found');
    if (user.isDeactivated) throw new SlackRefusal('user_disabled');
    const found = core.directory.directMessage(user.id);
    if (!found) throw new SlackRefusal(user.isBot ? 'cannot_dm_bot' : 'user_not_visible');
    return { channel: args.truth('return_im') ? slackConversation(core, found) : { id: found.id } };
  },

  'conversations.history': (call) => {
    const { core, args } = call;
    const found = readable(call, args.need('channel'), 'history');
    if (!core.directory.isBotIn(found)) throw new SlackRefusal('not_in_channel');
    const isWanted = withinTimes(call);
    const newestFirst = core.messages
      .topLevel(found.id)
      .filter((message) => isWanted(message.ts))
      .reverse();
    const { items, hasMore, response_metadata } = pageOf(call, newestFirst, 100, 999);
    const withMetadata = args.truth('include_all_metadata');
    return {
      messages: items.map((message) => slackMessage(core, message, { withMetadata, withThread: true })),
      has_more: hasMore,
      pin_count: 0,
      ...(hasMore ? { response_metadata } : {}),
    };
  },

  'conversations.replies': (call) => {
    const { core, args } = call;
    const found = readable(call, args.need('channel'), 'history');
    const ts = args.need('ts');
    if (!core.directory.isBotIn(found)) throw new SlackRefusal('not_in_channel');
    const message = core.messages.find(found.id, ts);
    const parent = message?.threadTs ? core.messages.find(found.id, message.threadTs) : message;
    if (!parent) throw new SlackRefusal('thread_not_found');
    const isWanted = withinTimes(call);
    const replies = core.messages.repliesTo(found.id, parent.ts).filter((reply) => isWanted(reply.ts));
    const { items, hasMore, response_metadata } = pageOf(call, [parent, ...replies], 1000);
    const withMetadata = args.truth('include_all_metadata');
    return {
      messages: items.map((one) => slackMessage(core, one, { withMetadata, withThread: true })),
      has_more: hasMore,
      ...(hasMore ? { response_metadata } : {}),
    };
  },
};
