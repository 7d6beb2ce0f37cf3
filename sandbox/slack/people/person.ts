/** One person at their Slack client. */
import type { ActionResult, ClientAction, ClientState, OptionsQuery, OptionsResult } from '../client-api.ts';
import { toClientChannel, toClientMessage, toClientUser } from '../client-shapes.ts';
import type { Core } from '../core.ts';
import type { SeedUser } from '../seed.ts';
import { compareTs } from '../timestamps.ts';
import { toClientView } from '../views.ts';
import { click, clickView } from './clicking.ts';
import { search } from './searching.ts';
import type { Selections } from './selections.ts';
import { send } from './sending.ts';
import { openHome, runShortcut } from './shortcuts.ts';
import { close, submit } from './submitting.ts';
import { type Actor, refused } from './surroundings.ts';

export class Person {
  readonly id: string;
  private readonly actor: Actor;

  constructor(core: Core, user: SeedUser, selections: Selections) {
    this.id = user.id;
    this.actor = { core, user, selections };
  }

  /** Resolves once the app has answered, or Slack has given up waiting for it. */
  do(action: ClientAction): Promise<ActionResult> {
    return this.actor.core.pending.track(() => this.act(action));
  }

  /** What an external select offers for what was typed. */
  options(query: OptionsQuery): Promise<OptionsResult> {
    const { user, core } = this.actor;
    if (user.isDeactivated) return Promise.resolve({ ok: false, error: 'account_inactive', options: [] });
    return core.pending.track(() => search(this.actor, query));
  }

  /**
   * Everything on this person's screen.
   *
   * @param options.withEphemerals a client that was not reloaded still shows them. Default true.
   */
  state(options: { withEphemerals?: boolean } = {}): ClientState {
    const { core, user } = this.actor;
    const { directory, manifest, messages, views } = core;
    const mine = directory.conversations.filter((one) => one.memberIds.includes(user.id));
    const ids = new Set(mine.map((one) => one.id));
    const kept = messages.all().filter((message) => ids.has(message.channel));
    const ephemerals = (options.withEphemerals ?? true) ? messages.ephemeralsFor(user.id) : [];
    const home = views.home(user.id);
    return {
      me: toClientUser(user),
      team: { id: directory.team.id, domain: directory.team.domain },
      botUserId: directory.app.botUserId,
      users: directory.users.map(toClientUser),
      channels: mine.map((one) => toClientChannel(core, one)),
      userGroups: directory.groups.map(({ id, handle, userIds }) => ({ id, handle, userIds: [...userIds] })),
      messages: [...kept, ...ephemerals]
        .sort((a, b) => compareTs(a.ts, b.ts))
        .map((message) => toClientMessage(core, message)),
      views: views.stack(user.id).map((view) => toClientView(views, view)),
      ...(home ? { home: toClientView(views, home) } : {}),
      commands: manifest.commands.map(({ command, description, usageHint }) => ({
        command,
        description,
        usageHint,
      })),
      shortcuts: manifest.shortcuts.map((shortcut) => ({ ...shortcut })),
      sequence: core.feed.sequence,
      ...(core.monitoring ? { sampleAlerts: [...core.monitoring.offered] } : {}),
    };
  }

  private async act(action: ClientAction): Promise<ActionResult> {
    const { actor } = this;
    const { user, core } = actor;
    if (user.isDeactivated) return refused('account_inactive');
    if (core.faults.isDown) return refused('slack_is_down');
    // Other apps only post; the one under test acts through the Web API.
    if (user.id === core.directory.app.botUserId || (user.isBot && action.kind !== 'send'))
      return refused('user_is_bot');
    switch (action.kind) {
      case 'send':
        return send(actor, action);
      case 'click':
        return click(actor, action);
      case 'click_view':
        return clickView(actor, action, false);
      case 'fill':
        return clickView(actor, action, true);
      case 'submit':
        return submit(actor, action);
      case 'close':
        return close(actor, action);
      case 'shortcut':
        return runShortcut(actor, action);
      case 'open_home':
        return openHome(actor);
    }
  }
}
