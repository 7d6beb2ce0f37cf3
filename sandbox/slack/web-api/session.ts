/** api.test, auth.test, apps.connections.open */

import type { SocketMode } from '../bot/socket-mode.ts';
import { SlackRefusal } from '../refusal.ts';
import type { Methods } from './call.ts';

export function session(socketMode: SocketMode, isSocketModeOn: () => boolean): Methods {
  return {
    'api.test': ({ args }) => {
      const error = args.text('error');
      if (error) throw new SlackRefusal(error, { args: { error } });
      return { args: {} };
    },

    'auth.test': ({ core, token }) => {
      const { app, team } = core.directory;
      if (token === 'app') return { app_name: core.manifest.name, app_id: app.appId };
      return {
        url: `${core.origin}/`,
        team: team.name,
        user: core.directory.user(app.botUserId)?.name,
        team_id: team.id,
        user_id: app.botUserId,
        bot_id: app.botId,
        is_enterprise_install: false,
      };
    },

    'apps.connections.open': ({ args }) => {
      // The name Slack uses while Socket Mode is off for an app is unverified.
      if (!isSocketModeOn()) throw new SlackRefusal('socket_mode_not_enabled');
      return { url: socketMode.issueUrl(args.truth('debug_reconnects')) };
    },
  };
}
