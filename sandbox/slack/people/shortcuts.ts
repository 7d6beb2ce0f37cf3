/** Global and message shortcuts: https://docs.slack.dev/interactivity/implementing-shortcuts */
import { homeOpened } from '../bot/events.ts';
import { globalShortcut, messageShortcut } from '../bot/payloads.ts';
import type { ActionResult, ClientAction } from '../client-api.ts';
import { type Actor, appFailed, done, ownChannel, refused } from './surroundings.ts';

export async function runShortcut(
  actor: Actor,
  action: ClientAction & { kind: 'shortcut' },
): Promise<ActionResult> {
  const { core, user } = actor;
  const declared = core.manifest.shortcuts.find((one) => one.callbackId === action.callbackId);
  if (!declared || user.homeTeamId) return refused('shortcut_not_found');
  if (!core.manifest.isInteractive) return refused('interactivity_not_enabled');
  if (declared.type === 'global') {
    const triggerId = core.triggers.issue({ userId: user.id });
    const payload = globalShortcut(core, user, action.callbackId, triggerId);
    const answer = await core.bot.ask({ kind: 'interactive', type: 'shortcut', payload });
    return answer.isAck ? done : appFailed(actor, answer.shown, {});
  }
  const channel = ownChannel(actor, action.channel ?? '');
  // Not offered on ephemeral messages: those are not found here.
  const message = channel && core.messages.find(channel.id, action.ts ?? '');
  if (!channel || !message || message.isTombstone) return refused('message_not_found');
  const triggerId = core.triggers.issue({ userId: user.id, channel: channel.id });
  const responseUrl = core.responseUrls.issue({ userId: user.id, channel: channel.id });
  const payload = messageShortcut(core, user, action.callbackId, triggerId, message, channel, responseUrl);
  const answer = await core.bot.ask({ kind: 'interactive', type: 'message_action', payload });
  return answer.isAck ? done : appFailed(actor, answer.shown, { channel: channel.id });
}

export function openHome({ core, user }: Actor): ActionResult {
  if (user.homeTeamId) return refused('app_not_installed');
  homeOpened(core, user.id, core.manifest.hasHomeTab ? 'home' : 'messages');
  return done;
}
