/** Typing into the message box: messages, mentions and slash commands. */
import { answerPerson } from '../answering.ts';
import { isFields } from '../block-kit/rule.ts';
import { slashCommand } from '../bot/payloads.ts';
import type { ActionResult, ClientAction } from '../client-api.ts';
import type { Conversation } from '../directory.ts';
import { post } from '../posting.ts';
import { SlackRefusal } from '../refusal.ts';
import { type Actor, appFailed, done, isPlainAck, ownChannel, refused } from './surroundings.ts';
import { escapeTyped } from './typed-text.ts';

export async function send(actor: Actor, action: ClientAction & { kind: 'send' }): Promise<ActionResult> {
  const { core, user } = actor;
  const channel = ownChannel(actor, action.channel);
  if (!channel) return refused('not_in_channel');
  if (channel.isArchived) return refused('is_archived');
  const typed = action.text.trim();
  if (typed === '') return refused('no_text');
  if (typed.startsWith('/') && !user.isBot) return command(actor, channel, typed, action.threadTs);
  if (typed.length > 40_000) return refused('msg_too_long');
  if (channel.kind === 'im' && (!core.manifest.hasMessagesTab || core.manifest.isMessagesTabReadOnly))
    return refused('Sending messages to this app has been turned off.');
  const parent = action.threadTs ? core.messages.find(channel.id, action.threadTs) : undefined;
  if (action.threadTs && !parent) return refused('thread_not_found');
  const message = post(core, {
    channel: channel.id,
    userId: user.id,
    ...(user.isBot ? { botId: user.id.replace(/^U/, 'B') } : {}),
    text: escapeTyped(core.directory, typed, false),
    blocks: [],
    ...(parent ? { threadTs: parent.threadTs ?? parent.ts } : {}),
  });
  return { ok: true, ts: message.ts };
}

async function command(
  actor: Actor,
  channel: Conversation,
  typed: string,
  threadTs: string | undefined,
): Promise<ActionResult> {
  const { core, user } = actor;
  const name = typed.split(/\s/, 1)[0] ?? '';
  const declared = core.manifest.commands.find((one) => one.command === name);
  // Slack Connect does not lend an app's commands to the other workspace.
  if (!declared || user.homeTeamId) return refused(`${name} is not a valid command.`);
  if (threadTs) return refused(`${name} is not supported in threads. Sorry!`);
  const rest = typed.slice(name.length).trim();
  const text = declared.shouldEscape ? escapeTyped(core.directory, rest, true) : rest;
  const responseUrl = core.responseUrls.issue({ userId: user.id, channel: channel.id });
  const triggerId = core.triggers.issue({ userId: user.id, channel: channel.id });
  const payload = slashCommand(core, user, channel, { command: name, text, triggerId, responseUrl });
  const answer = await core.bot.ask({ kind: 'command', type: name, payload });
  if (!answer.isAck) return appFailed(actor, answer.shown, { channel: channel.id });
  if (isPlainAck(answer.body)) return done;
  const fields = isFields(answer.body) ? answer.body : { text: String(answer.body) };
  try {
    if (fields.response_type === 'in_channel')
      post(core, { channel: channel.id, userId: user.id, text: typed, blocks: [] });
    // An ack cannot replace or delete: there is nothing yet.
    const { replace_original: _replace, delete_original: _delete, ...said } = fields;
    const shown = answerPerson(core, { userId: user.id, channel: channel.id }, said);
    if (shown) core.responseUrls.setOriginal(responseUrl, shown);
    return done;
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return appFailed(actor, error.error, { channel: channel.id });
  }
}
