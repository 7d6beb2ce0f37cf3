import type { ClientEvent, ClientMessage } from '../../sandbox/slack/client-api.ts';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';
import { mentioned } from './alert-bot.ts';

/** What a night cost its people, by the workspace's own record. */
export interface NightRecord {
  /** Everything the bot posted: in channels, threads and DMs, to one person only, and files. An edit is none. */
  readonly messages: readonly ClientMessage[];
  /** Those of them that make somebody's phone ring: a DM, or a mention of a person, a group or a channel. */
  readonly pings: readonly ClientMessage[];
  /** Every press of a button, choice from a menu and form sent, by anybody. */
  readonly taps: readonly string[];
  /** Slash commands, mentions and other messages people typed. */
  readonly typed: number;
  /** When the first ping was there, in milliseconds since the epoch. */
  readonly firstPingAt: number | undefined;
}

type Posted = Extract<ClientEvent, { kind: 'message_posted' | 'ephemeral_posted' }>;

/** Since an event of the workspace; of a delivery that was sent again only the first counts. */
export function nightRecord(
  { events, deliveries, app }: Pick<SlackWorkspace, 'events' | 'deliveries' | 'app'>,
  since = 0,
): NightRecord {
  const posted = events(since).filter(
    (event): event is Posted => event.kind === 'message_posted' || event.kind === 'ephemeral_posted',
  );
  const ofBot = posted.filter(({ message }) => message.userId === app.botUserId);
  const pings = ofBot.filter(({ message }) => isPing(message));
  const from = events(since)[0]?.at ?? 0;
  return {
    messages: ofBot.map(({ message }) => message),
    pings: pings.map(({ message }) => message),
    taps: deliveries.flatMap(({ kind, type, retry, at, payload }) =>
      kind === 'interactive' && type !== 'view_closed' && retry === 0 && at >= from
        ? [tapWords(type, payload)]
        : [],
    ),
    typed: posted.length - ofBot.length + deliveries.filter(({ kind }) => kind === 'command').length,
    firstPingAt: pings[0]?.at,
  };
}

/** Where each message stands and how it begins, sorted: two at the same moment come in either order. */
export function namesOf({ messages }: Pick<NightRecord, 'messages'>): string[] {
  return messages
    .map(({ channel, threadTs, text, files = [] }) => {
      const words = files.map(({ name }) => name).join(', ') || text;
      return `${channel}${threadTs === undefined ? '' : ' thread'}: ${withoutIds(words)}`;
    })
    .sort();
}

function withoutIds(words: string): string {
  return words.replace(/(?<=postmortem-).*(?=\.md$)/, '').replace(/(?<=checkpoint) .*/, '');
}

/** Posts and shares that Slack took, by the calls: {@link nightRecord} counts what people see. */
export function postsTaken(calls: SlackWorkspace['calls']): string[] {
  const posting = ['chat.postMessage', 'chat.postEphemeral', 'files.completeUploadExternal', 'response_url'];
  return calls.flatMap(({ method, outcome }) =>
    outcome === 'ok' && posting.includes(method) ? [method] : [],
  );
}

function isPing(message: ClientMessage): boolean {
  return message.channel.startsWith('D') || mentioned(message).length > 0;
}

/** `ada: Acknowledge` */
function tapWords(type: string, payload: Record<string, unknown>): string {
  const { user, actions, view } = payload as {
    user?: { username?: string; name?: string };
    actions?: { text?: { text: string }; selected_option?: { text: { text: string } }; action_id: string }[];
    view?: { submit?: { text: string } };
  };
  const who = user?.username ?? user?.name ?? '?';
  const [action] = actions ?? [];
  const what =
    type === 'view_submission'
      ? (view?.submit?.text ?? 'sends a form')
      : (action?.text?.text ?? action?.selected_option?.text.text ?? action?.action_id ?? type);
  return `${who}: ${what}`;
}
