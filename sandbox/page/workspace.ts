import type { ClientEvent, ClientMessage, ClientState, ClientView } from '../slack/client-api.ts';

/** Slack itself telling one person that the app did not answer. */
export interface AppFailure {
  sequence: number;
  at: number;
  channel?: string;
  viewId?: string;
  error: string;
}

/** Everything one person's client knows: the server's state with the events since applied. */
export interface Workspace extends Omit<ClientState, 'messages'> {
  /** By channel id, oldest first, thread replies among them. */
  messages: ReadonlyMap<string, readonly ClientMessage[]>;
  failures: readonly AppFailure[];
  /** The newest message from somebody else, for the lock-screen banner. */
  newest?: ClientMessage;
}

/**
 * The workspace after reconnecting. The events missed will follow; what has no events, and modals that went
 * with an earlier life of the workspace, is taken from the state.
 */
export function refreshed(workspace: Workspace, state: ClientState): Workspace {
  // A lower sequence: the workspace was reset, and what this page remembers did not happen there.
  if (state.sequence < workspace.sequence || state.me.id !== workspace.me.id) return workspaceOf(state);
  const { messages: _, sequence: __, ...facts } = state;
  return { ...workspace, ...facts, views: state.views.filter((view) => !isHome(view)) };
}

export function workspaceOf(state: ClientState): Workspace {
  const messages = new Map<string, ClientMessage[]>();
  for (const message of [...state.messages].sort(byTs)) {
    const list = messages.get(message.channel);
    if (list) list.push(message);
    else messages.set(message.channel, [message]);
  }
  const newest = state.messages
    .filter((message) => notifies(message, state.me.id))
    .sort(byTs)
    .at(-1);
  const views = state.views.filter((view) => !isHome(view));
  return { ...state, views, messages, failures: [], ...(newest ? { newest } : {}) };
}

const isHome = (view: ClientView) => view.view.type === 'home';

/** `ts` is `seconds.microseconds` with fixed widths: as text it sorts like the number, without rounding. */
const byTs = (a: ClientMessage, b: ClientMessage) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);

const notifies = (message: ClientMessage, me: string) => message.userId !== me && !message.ephemeralFor;

/** The workspace after one event. Events already seen, and events meant for others, change nothing. */
export function apply(workspace: Workspace, event: ClientEvent): Workspace {
  if (event.sequence <= workspace.sequence) return workspace;
  const next = { ...workspace, sequence: event.sequence };
  const me = workspace.me.id;
  if (event.audience !== undefined && event.audience !== me) return next;
  switch (event.kind) {
    case 'message_posted':
    case 'ephemeral_posted': {
      const { message } = event;
      if (message.ephemeralFor && message.ephemeralFor !== me) return next;
      const seen = { ...next, messages: withMessage(next.messages, message) };
      return notifies(message, me) ? { ...seen, newest: message } : seen;
    }
    case 'message_edited':
    case 'ephemeral_replaced': {
      const { message } = event;
      if (message.ephemeralFor && message.ephemeralFor !== me) return next;
      return { ...next, messages: withMessage(next.messages, message) };
    }
    case 'message_deleted':
    case 'ephemeral_deleted': {
      const kept = (next.messages.get(event.channel) ?? []).filter((message) => message.ts !== event.ts);
      return { ...next, messages: new Map(next.messages).set(event.channel, kept) };
    }
    case 'home_published':
    case 'view_opened':
    case 'view_updated':
    case 'view_errors': {
      const { view } = event;
      if (view.userId !== me) return next;
      return isHome(view) ? { ...next, home: view } : { ...next, views: withView(next.views, view) };
    }
    case 'view_closed':
      return { ...next, views: next.views.filter((view) => view.id !== event.viewId) };
    case 'reaction_added': {
      const message = next.messages.get(event.channel)?.find((other) => other.ts === event.ts);
      return message ? { ...next, messages: withMessage(next.messages, reacted(message, event)) } : next;
    }
    case 'app_failed': {
      if (event.userId !== me) return next;
      const { sequence, at, error } = event;
      const where = {
        ...(event.channel ? { channel: event.channel } : {}),
        ...(event.viewId ? { viewId: event.viewId } : {}),
      };
      return { ...next, failures: [...next.failures, { sequence, at, error, ...where }] };
    }
  }
}

function withMessage(all: Workspace['messages'], message: ClientMessage): Workspace['messages'] {
  const list = [...(all.get(message.channel) ?? [])];
  const at = list.findIndex((other) => other.ts === message.ts);
  if (at >= 0) list[at] = message;
  else if ((list.at(-1)?.ts ?? '') < message.ts) list.push(message);
  else
    list.splice(
      list.findIndex((other) => other.ts > message.ts),
      0,
      message,
    );
  return new Map(all).set(message.channel, list);
}

function reacted(message: ClientMessage, { name, userId }: { name: string; userId: string }): ClientMessage {
  const reactions = message.reactions ?? [];
  const before = reactions.find((reaction) => reaction.name === name)?.userIds ?? [];
  const after = { name, userIds: [...new Set([...before, userId])] };
  const isNew = before.length === 0;
  return {
    ...message,
    reactions: isNew
      ? [...reactions, after]
      : reactions.map((reaction) => (reaction.name === name ? after : reaction)),
  };
}

function withView(views: ClientView[], view: ClientView): ClientView[] {
  const others = views.filter((other) => other.id !== view.id);
  return [...others, view].sort((a, b) => a.depth - b.depth);
}

/** What stands in the channel itself: no thread replies, except those also sent to the channel. */
export function channelMessages(messages: readonly ClientMessage[]): ClientMessage[] {
  return messages.filter((message) => !isReply(message) || message.isBroadcast);
}

export const isReply = (message: ClientMessage) =>
  message.threadTs !== undefined && message.threadTs !== message.ts;

export interface ThreadSummary {
  count: number;
  lastTs: string;
  userIds: string[];
}

/** Replies by the root's ts. Ephemeral replies do not count: nobody else has them. */
export function threadSummaries(messages: readonly ClientMessage[]): Map<string, ThreadSummary> {
  const threads = new Map<string, ThreadSummary>();
  for (const message of messages) {
    if (!isReply(message) || message.ephemeralFor) continue;
    const thread = threads.get(message.threadTs!) ?? { count: 0, lastTs: '', userIds: [] };
    thread.count++;
    thread.lastTs = message.ts;
    if (!thread.userIds.includes(message.userId)) thread.userIds.push(message.userId);
    threads.set(message.threadTs!, thread);
  }
  return threads;
}
