/** Every message of the workspace, and the ephemerals that are still on somebody's screen. */
import type { Block } from './block-kit/fill-in.ts';
import { compareTs } from './timestamps.ts';

export interface MessageMetadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface MessageFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  size: number;
}

export interface StoredMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  userId: string;
  /** Set on what the app posted. */
  botId?: string;
  text: string;
  blocks: Block[];
  attachments?: unknown[];
  metadata?: MessageMetadata;
  editedTs?: string;
  ephemeralFor?: string;
  isBroadcast?: boolean;
  /** A deleted thread parent that still has replies. */
  isTombstone?: boolean;
  reactions?: { name: string; userIds: string[] }[];
  files?: MessageFile[];
}

/** An ephemeral can be clicked while it is on screen; nobody keeps more of them open than this. */
const keptEphemerals = 2000;

/** One channel's messages in the order they were posted, which is the order of their timestamps. */
interface Shelf {
  byTs: Map<string, StoredMessage>;
  repliesByParent: Map<string, Set<StoredMessage>>;
}

export class MessageStore {
  private readonly shelves = new Map<string, Shelf>();
  private readonly ephemerals = new Map<string, StoredMessage>();

  constructor(messages: readonly StoredMessage[] = []) {
    for (const message of [...messages].sort((a, b) => compareTs(a.ts, b.ts))) this.add(message);
  }

  /** All kept messages; ephemerals are on screens only and not among them. */
  all(): StoredMessage[] {
    return [...this.shelves.values()].flatMap((shelf) => [...shelf.byTs.values()]);
  }

  add(message: StoredMessage): void {
    if (message.ephemeralFor) {
      this.ephemerals.set(`${message.channel}/${message.ts}`, message);
      const oldest = this.ephemerals.keys().next();
      if (this.ephemerals.size > keptEphemerals && !oldest.done) this.ephemerals.delete(oldest.value);
      return;
    }
    const shelf = this.shelves.get(message.channel) ?? { byTs: new Map(), repliesByParent: new Map() };
    this.shelves.set(message.channel, shelf);
    shelf.byTs.set(message.ts, message);
    if (!message.threadTs) return;
    const replies = shelf.repliesByParent.get(message.threadTs) ?? new Set();
    shelf.repliesByParent.set(message.threadTs, replies.add(message));
  }

  find(channel: string, ts: string): StoredMessage | undefined {
    return this.shelves.get(channel)?.byTs.get(ts);
  }

  findEphemeral(channel: string, ts: string): StoredMessage | undefined {
    return this.ephemerals.get(`${channel}/${ts}`);
  }

  ephemeralsFor(userId: string): StoredMessage[] {
    return [...this.ephemerals.values()].filter((message) => message.ephemeralFor === userId);
  }

  remove(message: StoredMessage): void {
    if (message.ephemeralFor) {
      this.ephemerals.delete(`${message.channel}/${message.ts}`);
      return;
    }
    const shelf = this.shelves.get(message.channel);
    shelf?.byTs.delete(message.ts);
    if (message.threadTs) shelf?.repliesByParent.get(message.threadTs)?.delete(message);
  }

  /** What a channel shows outside threads, oldest first. */
  topLevel(channel: string): StoredMessage[] {
    const messages = [...(this.shelves.get(channel)?.byTs.values() ?? [])];
    return messages.filter((message) => !message.threadTs || message.isBroadcast);
  }

  /** Replies below a parent, oldest first, without the parent. */
  repliesTo(channel: string, parentTs: string): StoredMessage[] {
    return [...(this.shelves.get(channel)?.repliesByParent.get(parentTs) ?? [])];
  }
}
