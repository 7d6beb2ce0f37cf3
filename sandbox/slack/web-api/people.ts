/** users.*, usergroups.*, bots.info: https://docs.slack.dev/reference/methods */
import { SlackRefusal } from '../refusal.ts';
import { slackUser, slackUserGroup } from '../slack-shapes.ts';
import type { Call, Methods } from './call.ts';
import { pageOf } from './paging.ts';

const canSeeEmail = (call: Call) => call.scopes.includes('users:read.email');

export const people: Methods = {
  'users.info': (call) => {
    const user = call.core.directory.user(call.args.need('user'));
    if (!user) throw new SlackRefusal('user_not_found');
    return { user: slackUser(call.core, user, canSeeEmail(call)) };
  },

  'users.list': (call) => {
    // Strangers from shared channels are not in the list; deactivated accounts are.
    const members = call.core.directory.users.filter((user) => !user.homeTeamId);
    const { items, response_metadata } = pageOf(call, members, members.length || 1);
    return {
      members: items.map((user) => slackUser(call.core, user, canSeeEmail(call))),
      cache_ts: Math.floor(call.core.clock.now() / 1000),
      response_metadata,
    };
  },

  'users.lookupByEmail': (call) => {
    const email = call.args.need('email').toLowerCase();
    const user = call.core.directory.users.find((one) => one.email === email && !one.isDeactivated);
    if (!user) throw new SlackRefusal('users_not_found');
    return { user: slackUser(call.core, user, true) };
  },

  'usergroups.list': ({ core, args }) => ({
    usergroups: core.directory.groups
      .filter((group) => !group.isDisabled || args.truth('include_disabled'))
      .map((group) => slackUserGroup(core, group, args.truth('include_users'))),
  }),

  'usergroups.users.list': ({ core, args }) => {
    const group = core.directory.group(args.need('usergroup'));
    if (!group || (group.isDisabled && !args.truth('include_disabled')))
      throw new SlackRefusal('no_such_subteam');
    return { users: [...group.userIds] };
  },

  'bots.info': ({ core, args }) => {
    const { app } = core.directory;
    const bot = args.text('bot') ?? app.botId;
    if (bot !== app.botId) throw new SlackRefusal('bot_not_found');
    return {
      bot: {
        id: app.botId,
        deleted: false,
        name: core.manifest.botName,
        updated: 1_760_000_000,
        app_id: app.appId,
        user_id: app.botUserId,
        icons: { image_72: `${core.origin}/assets/bot.png` },
      },
    };
  },
};
