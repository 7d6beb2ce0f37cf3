/** What each kind of line does at the person's client. */
import { words } from './element-text.ts';
import { type FormField, fieldLabelled, listed, reasonField, type Search, valueFor } from './form-field.ts';
import { findMessage } from './message-on-screen.ts';
import { namesIn } from './names.ts';
import { type Confirm, clickables, findClickable, folded } from './on-screen.ts';
import type { ScriptLine } from './parse-line.ts';
import { ScriptProblem } from './script-problem.ts';
import {
  channelNamed,
  mustSucceed,
  openModal,
  type Player,
  playerNamed,
  type ScriptAlerts,
  type Stage,
} from './stage.ts';

/** @throws ScriptProblem when the line cannot be played; a refusal by the app is none */
export async function perform(line: ScriptLine, stage: Stage): Promise<void> {
  if (line.kind === 'alert') return alertsOf(stage).send(line.sample);
  const player = playerNamed(stage, line.who);
  switch (line.kind) {
    case 'say':
      return say(line, player, stage);
    case 'approve':
      return click('Approve', player, stage);
    case 'deny':
      return deny(line.reason, player, stage);
    case 'click':
      return click(line.label, player, stage);
    case 'use':
      return chooseShortcut(line, player, stage);
    case 'fill':
      return fill(fieldLabelled(openModal(player), line.label), line.text, player, stage);
    case 'submit':
      return submit(player);
    case 'close':
      return mustSucceed(player, await player.person.do({ kind: 'close', viewId: openModal(player).id }));
  }
}

/**
 * The line with people and channels under their own names. What can be known to fail fails here, before
 * anything is played.
 *
 * @throws ScriptProblem
 */
export function castLine(line: ScriptLine, stage: Pick<Stage, 'workspace' | 'alerts'>): ScriptLine {
  if (line.kind === 'alert') {
    const problem = alertsOf(stage).problemWith(line.sample);
    if (problem !== undefined) throw new ScriptProblem(problem);
    return line;
  }
  const who = playerNamed(stage, line.who).name;
  if (line.kind === 'use') return { ...line, who, label: shortcutNamed(stage, line.label).name };
  if (line.kind !== 'say') return { ...line, who };
  const channel = channelNamed(stage, line.channel);
  return { ...line, who, channel: stage.workspace.directory.conversation(channel)?.name ?? channel };
}

function alertsOf({ alerts }: Pick<Stage, 'alerts'>): ScriptAlerts {
  if (alerts) return alerts;
  throw new ScriptProblem('no monitoring is connected here that could send an alert');
}

async function say(line: ScriptLine & { kind: 'say' }, player: Player, stage: Stage): Promise<void> {
  const channel = channelNamed(stage, line.channel);
  const threadTs = line.isInThread ? stage.threads.latest(channel, player.person.state()) : undefined;
  if (line.isInThread && threadTs === undefined)
    throw new ScriptProblem(
      `${player.name} sees no thread in #${line.channel}: the app has posted nothing there`,
    );
  const { text } = line;
  mustSucceed(
    player,
    await player.person.do({ kind: 'send', channel, text, ...(threadTs ? { threadTs } : {}) }),
  );
}

async function click(label: string, player: Player, stage: Stage): Promise<void> {
  const state = player.person.state();
  const found = findClickable(state, label);
  if (!found) {
    const labels = [...new Set(clickables(state).map((one) => one.label))];
    throw new ScriptProblem(
      `${player.name} sees no button "${label}"; ${listed(`${player.name} sees`, labels)}`,
    );
  }
  if (found.message) stage.threads.touch(found.message.channel, found.message.threadTs ?? found.message.ts);
  if (found.confirm) showConfirm(found.confirm, player, stage);
  if (found.action.kind === 'submit') return submit(player);
  mustSucceed(player, await player.person.do(found.action));
}

async function chooseShortcut(
  line: ScriptLine & { kind: 'use' },
  player: Player,
  stage: Stage,
): Promise<void> {
  const { callbackId } = shortcutNamed(stage, line.label);
  const reading = { names: namesIn(stage.workspace.directory), now: new Date() };
  const message = findMessage(player.person.state(), line.on, reading);
  if (message === undefined) {
    const wanted = line.on === undefined ? 'no message' : `no message with "${line.on}" in it`;
    throw new ScriptProblem(`${player.name} sees ${wanted}`);
  }
  const { channel, ts } = message;
  mustSucceed(player, await player.person.do({ kind: 'shortcut', callbackId, channel, ts }));
}

/** A shortcut that the app offers on messages. @throws ScriptProblem naming those there are */
function shortcutNamed({ workspace }: Pick<Stage, 'workspace'>, name: string) {
  const offered = workspace.manifest.shortcuts.filter(({ type }) => type === 'message');
  const found = offered.find((one) => folded(one.name) === folded(name));
  if (found) return found;
  const names = offered.map((one) => one.name);
  throw new ScriptProblem(`the app has no shortcut "${name}" on messages; ${listed('it has', names)}`);
}

function showConfirm(confirm: Confirm, { name }: Player, { workspace, transcript }: Stage): void {
  const reading = { names: namesIn(workspace.directory), now: new Date() };
  const shown = (text: unknown) => words(text, reading);
  // Slack's own labels where the app gave none.
  const buttons = `[${shown(confirm.confirm) || 'Yes'}] [${shown(confirm.deny) || 'Cancel'}]`;
  const title = shown(confirm.title) || 'Are you sure?';
  const text = shown(confirm.text);
  transcript.aside(`dialog for ${name} · confirmed: ${title}`, [...(text ? text.split('\n') : []), buttons]);
}

/** Also refused people may click: the app then answers instead of asking for a reason. */
async function deny(reason: string, player: Player, stage: Stage): Promise<void> {
  const before = player.person.state().views.at(-1);
  await click('Deny', player, stage);
  await stage.settle();
  const asked = player.person.state().views.at(-1);
  if (!asked || asked.hash === before?.hash) return;
  await fill(reasonField(asked), reason, player, stage);
  await submit(player);
}

async function fill(field: FormField, text: string, player: Player, stage: Stage): Promise<void> {
  const { viewId, blockId, actionId } = field;
  const search: Search = async (typed) => {
    const result = await player.person.options({ viewId, blockId, actionId, text: typed });
    stage.transcript.aside(
      `only ${player.name} · offered for "${typed}"`,
      result.options.length === 0
        ? ['nothing']
        : result.options.map(({ label, description }) => (description ? `${label} (${description})` : label)),
    );
    return result;
  };
  const value = await valueFor(field, text, stage.workspace.directory, search);
  mustSucceed(player, await player.person.do({ kind: 'fill', viewId, blockId, actionId, value }));
}

async function submit(player: Player): Promise<void> {
  const modal = openModal(player);
  const { submit: label, title } = modal.view as { submit?: unknown; title?: { text?: string } };
  if (!label) throw new ScriptProblem(`the modal "${title?.text ?? ''}" has nothing to submit`);
  const result = await player.person.do({ kind: 'submit', viewId: modal.id });
  const isShownOnFields = Object.keys(player.person.state().views.at(-1)?.errors ?? {}).length > 0;
  // Marked fields are an answer, like any refusal.
  if (!isShownOnFields) mustSucceed(player, result);
}
