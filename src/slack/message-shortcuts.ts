import type { JsonObject } from '../command.ts';
import { cleanTyped } from '../core/parse/clean-text.ts';
import { maybeSlackEntity, maybeSlackEscape } from '../core/parse/slack-entity.ts';
import type { Origin } from '../core/run.ts';
import type * as payload from './payloads.ts';
import type { Reading, RequestContext } from './requests.ts';

/** `callback_id` of each shortcut on messages in `manifest.yml`, and the command it runs. */
export const messageShortcuts = {
  declare_incident: 'incident declare',
  add_to_timeline: 'note',
} as const;

/** Of a title; the rest of the message is kept with it. */
const longestTitle = 120;
/** Slack: what one text box holds. More is read in the message itself, which is linked. */
const longestText = 3000;

/** A shortcut used on a message: the command runs at once, about that message. */
export function readMessageShortcut(
  action: payload.MessageAction,
  { commands }: Pick<RequestContext, 'commands'>,
): Reading {
  const key = `shortcut:${action.trigger_id}`;
  const requester = action.user.id;
  const threadTs = action.message.thread_ts;
  const origin: Origin = {
    channelId: action.channel.id,
    ...(threadTs ? { threadTs } : {}),
    ...(action.response_url === undefined ? {} : { responseUrl: action.response_url }),
  };
  const shortcut = maybeMessageShortcut(action);
  if (shortcut === undefined || !commands.has(shortcut.command)) {
    const text = 'This shortcut is from another version of this app. Nothing was done.';
    return {
      key,
      request: { kind: 'noted', what: `shortcut ${action.callback_id}` },
      needsWork: false,
      reaction: { kind: 'reply', text },
      requester,
      origin,
    };
  }
  return {
    key,
    request: { kind: 'invocation', ...shortcut, requester, via: 'shortcut', origin },
    needsWork: true,
    reaction: { kind: 'none' },
    requester,
    origin,
  };
}

/** What a shortcut used on a message runs; undefined for what is not ours. */
export function maybeMessageShortcut({
  callback_id: callbackId,
  channel,
  message,
}: Pick<payload.MessageAction, 'callback_id' | 'channel' | 'message'>):
  | { readonly command: (typeof messageShortcuts)[keyof typeof messageShortcuts]; readonly input: JsonObject }
  | undefined {
  if (!Object.hasOwn(messageShortcuts, callbackId)) return undefined;
  const command = messageShortcuts[callbackId as keyof typeof messageShortcuts];
  const text = wordsOf(message);
  const about = {
    message: `${channel.id}/${message.ts}`,
    ...(/^[UW][A-Z0-9]{2,30}$/.test(message.user ?? '') ? { messageAuthor: message.user! } : {}),
  };
  if (command === 'note') return { command, input: { text, ...about } };
  return { command, input: { title: titleOf(text), messageText: text, ...about } };
}

/** Under three characters say nothing; the message itself is linked. */
function titleOf(text: string): string {
  const lines = [...text.split('\n'), text.replaceAll('\n', ' ')].map((line) => line.trim());
  return bounded(lines.find((line) => [...line].length >= 3) ?? 'Something that was said', longestTitle);
}

/** As people read it; a message without text is named by its files. */
function wordsOf({ text, files }: payload.MessageAction['message']): string {
  const words = bounded(cleanTyped(readable(text ?? '')).trim(), longestText);
  if (words !== '') return words;
  const names = (files ?? []).flatMap(({ title, name }) => cleanTyped(title || name || '').trim() || []);
  return names.length === 0
    ? '(a message without text)'
    : bounded(`(files: ${names.join(', ')})`, longestText);
}

/** Slack's notation as what it stands for: `<@U0ADA|ada>` is `@ada`, `&lt;` is `<`. */
function readable(text: string): string {
  let words = '';
  for (let at = 0; at < text.length; ) {
    const found =
      text[at] === '<'
        ? maybeSlackEntity(text, at)
        : text[at] === '&'
          ? maybeSlackEscape(text, at)
          : undefined;
    words += found?.text ?? text[at];
    at += found?.length ?? 1;
  }
  return words;
}

/** Line breaks are kept; never half a surrogate pair. */
function bounded(text: string, limit: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= limit) return trimmed;
  return `${trimmed
    .slice(0, limit - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`;
}

/**
 * A note by mention is about the very message it stands in: said again for an edited message, the same words are not added
 * twice, and other words are an entry of their own.
 */
export function withNotedMessage(
  reading: Reading,
  {
    channelId,
    ts,
    author,
  }: { readonly channelId: string; readonly ts: string | undefined; readonly author: string },
): Reading {
  const { request } = reading;
  if (request.kind !== 'invocation' || request.command !== messageShortcuts.add_to_timeline) return reading;
  if (ts === undefined || request.input.message !== undefined) return reading;
  const about = { message: `${channelId}/${ts}`, messageAuthor: author };
  return { ...reading, request: { ...request, input: { ...request.input, ...about } } };
}
