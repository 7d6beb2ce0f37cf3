/**
 * What a person's Slack client sees and does: the contract between the local workspace (`server`), its web
 * page (`sandbox/page`), the `--say` script and the end-to-end tests. The bot never uses any of this; it
 * speaks only the Web API, signed HTTP requests and Socket Mode.
 *
 * Over HTTP, all JSON, on the sandbox's own origin:
 *   GET  /client/state?user=U0ADA      → ClientState
 *   GET  /client/events?user=U0ADA     → text/event-stream of ClientEvent, `id:` is `event.sequence`;
 *                                        honours Last-Event-ID
 *   POST /client/do   {user, action}   → ActionResult (a refusal is 200 with `ok: false`)
 *   POST /client/options {user, query} → OptionsResult
 *   POST /client/alert {sample}        → ActionResult, once the bot has taken it. Not Slack's: monitoring beside it
 */

export interface ClientUser {
  id: string;
  /** `ada`: what `--say` and mentions use. */
  name: string;
  realName: string;
  isBot: boolean;
  isDeactivated: boolean;
  isGuest: boolean;
  /** A member of another workspace in a shared channel. */
  isForeign: boolean;
  tz: string;
}

export interface ClientChannel {
  id: string;
  name: string;
  kind: 'channel' | 'im';
  topic: string;
  memberIds: string[];
  isArchived?: boolean;
  isPrivate?: boolean;
}

export interface ClientMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  userId: string;
  text: string;
  blocks: unknown[];
  editedTs?: string;
  /** Only this user sees it; gone after a reload. */
  ephemeralFor?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  isBroadcast?: boolean;
  replyCount?: number;
  reactions?: { name: string; userIds: string[] }[];
  files?: ClientFile[];
}

export interface ClientFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  /** Bytes. */
  size: number;
  /** On the sandbox's own origin. */
  url: string;
  /** The first lines of a text file. */
  preview?: string;
}

export interface ClientView {
  id: string;
  hash: string;
  userId: string;
  /** The view as the bot sent it. */
  view: Record<string, unknown>;
  /** Field errors by block_id, after a submission the bot answered with errors. */
  errors: Record<string, string>;
  /** What the person has entered so far, in the shape of `view.state.values`. */
  values: Record<string, Record<string, unknown>>;
  /** Depth in the stack, 0 at the root. */
  depth: number;
}

export interface ClientState {
  me: ClientUser;
  team: { id: string; domain: string };
  botUserId: string;
  users: ClientUser[];
  channels: ClientChannel[];
  userGroups: { id: string; handle: string; userIds: string[] }[];
  messages: ClientMessage[];
  /** My open modal stack, top last. */
  views: ClientView[];
  /** The app's home tab as last published for me. */
  home?: ClientView;
  commands: { command: string; description: string; usageHint: string }[];
  shortcuts: { name: string; type: 'message' | 'global'; callbackId: string; description: string }[];
  sequence: number;
  /** What the page can have monitoring send to the bot; absent where nothing monitors. */
  sampleAlerts?: SampleAlert[];
}

/** One button of "Send alerts". */
export interface SampleAlert {
  /** For `POST /client/alert`. */
  sample: string;
  /** `Worse` */
  label: string;
  /** What it does, in a sentence. */
  description: string;
}

/** Everything anybody sees happen, in order. `audience` undefined: everyone in the channel. */
export type ClientEvent = { sequence: number; at: number; audience?: string } & (
  | { kind: 'message_posted'; message: ClientMessage }
  | { kind: 'message_edited'; message: ClientMessage; previous: ClientMessage }
  | { kind: 'message_deleted'; channel: string; ts: string }
  | { kind: 'ephemeral_posted'; message: ClientMessage }
  | { kind: 'ephemeral_replaced'; message: ClientMessage }
  | { kind: 'ephemeral_deleted'; channel: string; ts: string }
  | { kind: 'view_opened'; view: ClientView }
  | { kind: 'view_updated'; view: ClientView }
  | { kind: 'view_closed'; viewId: string; reason: 'submitted' | 'cancelled' | 'cleared' }
  | { kind: 'view_errors'; view: ClientView }
  | { kind: 'home_published'; view: ClientView }
  | { kind: 'reaction_added'; channel: string; ts: string; userId: string; name: string }
  /** Slack itself tells the person that the app did not answer, e.g. `operation_timeout`. */
  | { kind: 'app_failed'; userId: string; channel?: string; viewId?: string; error: string }
);

export type ClientAction =
  /** Text beginning with `/` is a slash command, except in threads, where Slack refuses it. */
  | { kind: 'send'; channel: string; text: string; threadTs?: string }
  | { kind: 'click'; channel: string; ts: string; blockId: string; actionId: string; value?: string }
  | { kind: 'click_view'; viewId: string; blockId: string; actionId: string; value?: string }
  /** `value`: text, option value, option values, date, or boolean, as the element takes. */
  | { kind: 'fill'; viewId: string; blockId: string; actionId: string; value: unknown }
  | { kind: 'submit'; viewId: string }
  | { kind: 'close'; viewId: string; clearStack?: boolean }
  | { kind: 'shortcut'; callbackId: string; channel?: string; ts?: string }
  | { kind: 'open_home' };

export interface ActionResult {
  ok: boolean;
  /** Slack's own error name, or what its client would show. */
  error?: string;
  /** The new message's ts for `send`. */
  ts?: string;
}

export type OptionsQuery =
  | { viewId: string; blockId: string; actionId: string; text: string }
  | { channel: string; ts: string; blockId: string; actionId: string; text: string };

export interface OptionsResult {
  ok: boolean;
  error?: string;
  options: { label: string; description?: string; value: string }[];
}
