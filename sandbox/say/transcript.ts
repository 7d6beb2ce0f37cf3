/**
 * What people see, as text that can be read aloud: a heading that says who sees it and what it is, the
 * content indented below, a blank line between.
 */

import { emojiNamed } from '../page/text/emoji.ts';
import type { ClientEvent, ClientMessage, ClientView } from '../slack/client-api.ts';
import type { Conversation, Directory } from '../slack/directory.ts';
import { blocksText } from './block-text.ts';
import { words } from './element-text.ts';
import { mrkdwnText } from './mrkdwn-text.ts';
import { type Names, namesIn } from './names.ts';
import { ownNotification } from './notification-text.ts';

export interface TranscriptOptions {
  readonly directory: Directory;
  readonly write: (text: string) => void;
  /** Headings in bold, for a terminal. */
  readonly isBold: boolean;
}

export class Transcript {
  private readonly directory: Directory;
  private readonly names: Names;
  private readonly write: (text: string) => void;
  private readonly isBold: boolean;
  private before: 'nothing' | 'line' | 'event' = 'nothing';
  /** What was last shown of each message and modal, so that an edit that changes nothing is not shown. */
  private readonly shown = new Map<string, string>();
  private readonly modalTitles = new Map<string, string>();
  /** The newest message outside threads, by channel: whose thread needs no further name. */
  private readonly newestRoot = new Map<string, string>();

  constructor({ directory, write, isBold }: TranscriptOptions) {
    this.directory = directory;
    this.names = namesIn(directory);
    this.write = write;
    this.isBold = isBold;
  }

  /** A line of the script, before it is played. */
  line(text: string): void {
    // Lines that nobody sees anything of, such as filling in a form, stand together.
    this.put(`› ${text}`, [], this.before === 'event');
    this.before = 'line';
  }

  /** What a person sees that is no event of the workspace: a dialog, a list of options. */
  aside(heading: string, lines: readonly string[]): void {
    this.print(heading, lines);
  }

  event(event: ClientEvent): void {
    const now = new Date(event.at);
    switch (event.kind) {
      case 'message_posted':
      case 'ephemeral_posted':
        this.message(event.message, now, false);
        break;
      case 'message_edited':
        if (!this.shown.has(keyOf(event.message))) this.remember(event.previous, now);
        this.message(event.message, now, true);
        break;
      case 'ephemeral_replaced':
        this.message(event.message, now, true);
        break;
      case 'message_deleted':
      case 'ephemeral_deleted':
        this.deleted(event);
        break;
      case 'view_opened':
        this.view(event.view, now, 'opened');
        break;
      case 'view_updated':
        this.view(event.view, now, 'updated');
        break;
      case 'view_errors':
        this.viewErrors(event.view, now);
        break;
      case 'view_closed':
        this.viewClosed(event);
        break;
      case 'home_published':
        this.home(event.view, now);
        break;
      case 'reaction_added':
        this.reaction(event);
        break;
      case 'app_failed':
        this.print(`only ${this.names.user(event.userId)} · from Slack itself`, [
          `The app did not answer: ${event.error}`,
        ]);
    }
  }

  private reaction(event: ClientEvent & { kind: 'reaction_added' }): void {
    const what = `reacted with ${emojiNamed(event.name)} to ${this.firstLine(keyOf(event))}`;
    this.print(`${this.channel(event.channel)} · ${this.names.user(event.userId)} ${what}`, []);
  }

  private message(message: ClientMessage, now: Date, isEdit: boolean): void {
    const lines = this.contentOf(message, now);
    const key = keyOf(message);
    const text = lines.join('\n');
    if (isEdit && this.shown.get(key) === text) return;
    this.shown.set(key, text);
    const place = this.placeOf(message);
    const isRoot = !message.threadTs || message.threadTs === message.ts;
    if (isRoot && !message.ephemeralFor && !isEdit) this.newestRoot.set(message.channel, message.ts);
    const author = this.names.user(message.userId);
    const what = isEdit ? `${author} edited its message` : `new message from ${author}`;
    this.print(`${place} · ${what}`, lines);
  }

  /** A message from before the script, so that an edit of it can be told from one that changes nothing. */
  private remember(message: ClientMessage, now: Date): void {
    this.shown.set(keyOf(message), this.contentOf(message, now).join('\n'));
  }

  private contentOf(message: ClientMessage, now: Date): string[] {
    const reading = { names: this.names, now };
    const blocks = blocksText(message.blocks, reading);
    const notification = ownNotification(message.text, blocks, reading);
    const files = (message.files ?? []).flatMap((file) => [
      `(file: ${file.title || file.name}, ${file.size} bytes)`,
      ...(file.preview === undefined ? [] : file.preview.split('\n').map((line) => `  │ ${line}`.trimEnd())),
    ]);
    if (blocks.length === 0 && message.text !== '')
      return [...mrkdwnText(message.text, reading).split('\n'), ...files];
    return [...blocks, ...files, ...(notification ? [`(on phones: ${notification})`] : [])];
  }

  private placeOf(message: ClientMessage): string {
    const isOwn = message.userId !== this.directory.app.botUserId;
    const channel = this.channel(message.channel, isOwn);
    const isReply = message.threadTs !== undefined && message.threadTs !== message.ts;
    const thread = isReply ? `${channel} thread${this.threadName(message)}` : channel;
    if (message.ephemeralFor) return `only ${this.names.user(message.ephemeralFor)}, in ${thread}`;
    return message.isBroadcast && isReply ? `${thread} and ${channel}` : thread;
  }

  /** The thread of the newest message goes without saying. */
  private threadName({ channel, threadTs }: ClientMessage): string {
    const newest = this.newestRoot.get(channel);
    if (threadTs === undefined || newest === undefined || newest === threadTs) return '';
    return ` under ${this.firstLine(keyOf({ channel, ts: threadTs }))}`;
  }

  private firstLine(key: string): string {
    const [line = ''] = (this.shown.get(key) ?? '').split('\n');
    return line === ''
      ? 'an earlier message'
      : `"${line.length > 50 ? `${line.slice(0, 49).trimEnd()}…` : line}"`;
  }

  private channel(id: string, isFromPerson = false): string {
    const conversation = this.directory.conversation(id);
    if (conversation?.kind !== 'im') return `#${this.names.channel(id)}`;
    return `DM ${isFromPerson ? 'from' : 'to'} ${this.otherSide(conversation)}`;
  }

  private otherSide({ memberIds }: Conversation): string {
    const person = memberIds.find((id) => id !== this.directory.app.botUserId);
    return this.names.user(person ?? this.directory.app.botUserId);
  }

  private deleted(event: { channel: string; ts: string; audience?: string }): void {
    const channel = this.channel(event.channel);
    const place = event.audience ? `only ${this.names.user(event.audience)}, in ${channel}` : channel;
    this.print(`${place} · deleted: ${this.firstLine(keyOf(event))}`, []);
    this.shown.delete(keyOf(event));
  }

  private view(view: ClientView, now: Date, what: 'opened' | 'updated'): void {
    const title = this.titleOf(view, now);
    const lines = [...this.viewBlocks(view, now), ...this.viewButtons(view, now)];
    const text = [title, ...lines].join('\n');
    if (what === 'updated' && this.shown.get(view.id) === text) return;
    this.shown.set(view.id, text);
    this.print(`modal for ${this.names.user(view.userId)} · ${what}: ${title}`, lines);
  }

  private viewErrors(view: ClientView, now: Date): void {
    const reading = { names: this.names, now };
    const blocks = (view.view.blocks ?? []) as { block_id?: string; label?: unknown }[];
    const lines = Object.entries(view.errors).map(([blockId, error]) => {
      const label = words(blocks.find((block) => block.block_id === blockId)?.label, reading);
      return `✗ ${label || blockId}: ${error}`;
    });
    this.print(`modal for ${this.names.user(view.userId)} · not accepted: ${this.titleOf(view, now)}`, lines);
  }

  private viewClosed(event: { viewId: string; reason: string; audience?: string }): void {
    const who = event.audience ? ` for ${this.names.user(event.audience)}` : '';
    const title = this.modalTitles.get(event.viewId);
    const what = event.reason === 'submitted' ? 'submitted and closed' : 'closed';
    this.print(`modal${who} · ${what}${title ? `: ${title}` : ''}`, []);
    this.modalTitles.delete(event.viewId);
    this.shown.delete(event.viewId);
  }

  private home(view: ClientView, now: Date): void {
    const lines = this.viewBlocks(view, now);
    if (this.shown.get(view.id) === lines.join('\n')) return;
    this.shown.set(view.id, lines.join('\n'));
    this.print(`home tab of ${this.names.user(view.userId)} · updated`, lines);
  }

  private viewBlocks({ view, values, errors }: ClientView, now: Date): string[] {
    return blocksText((view.blocks ?? []) as unknown[], { names: this.names, now, values, errors });
  }

  private viewButtons({ view }: ClientView, now: Date): string[] {
    const labels = [view.submit, view.close].map((text) => words(text, { names: this.names, now }));
    const buttons = labels.flatMap((label) => (label ? [`[${label}]`] : []));
    return buttons.length > 0 ? [buttons.join(' ')] : [];
  }

  private titleOf(view: ClientView, now: Date): string {
    const title = words(view.view.title, { names: this.names, now });
    this.modalTitles.set(view.id, title);
    return title;
  }

  private print(heading: string, lines: readonly string[]): void {
    this.put(heading, lines, this.before !== 'nothing');
    this.before = 'event';
  }

  private put(heading: string, lines: readonly string[], isApart: boolean): void {
    const head = printable(heading.replaceAll('\n', '\n  '));
    const body = lines.map((line) => (line === '' ? '\n' : `    ${printable(line)}\n`)).join('');
    this.write(`${isApart ? '\n' : ''}${this.isBold ? `\u001b[1m${head}\u001b[22m` : head}\n${body}`);
  }
}

const keyOf = ({ channel, ts }: { channel: string; ts: string }): string => `${channel}/${ts}`;

/** Text from outside could otherwise move the cursor or restyle the terminal that shows it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}
