import type { WebClient } from '@slack/web-api';
import type { ClaimedMessage, MessageStore, Posted } from '../../core/message.ts';
import type { PacedCall, Pacing } from '../../core/pacing.ts';
import type { ResolveChannel } from '../channels.ts';
import { copiesInHistory, edit, post, successorsOf } from './post.ts';
import { blocksHash, type Render, type Rendered, type RenderedMessage } from './rendered.ts';
import { respond } from './respond.ts';
import { sendFile, withoutFile } from './send-file.ts';
import { callFailure } from './slack-answer.ts';

export interface DeliverContext {
  readonly client: WebClient;
  readonly messages: MessageStore;
  readonly pacing: Pacing;
  readonly render: Render;
  readonly resolveChannel: ResolveChannel;
  readonly newClaim: () => string;
  readonly warn: (problem: string, message: ClaimedMessage) => void;
  /** A message stands in Slack for the first time: others may link to it from now on. */
  readonly onPosted?: (id: string) => Promise<void>;
  /** For how long ago a file was shared. Default: the clock. */
  readonly now?: () => Date;
}

/** Longer than the slowest Slack call (8 s) plus its look-up before it: an expired claim means a dead sender. */
const claimMilliseconds = 20_000;
/** After this many failures in a row (about a day of backoff) the message is given up, loudly. */
const maxAttempts = 2_900;
const longestBackoffMilliseconds = 30_000;
/** A post whose answer was lost may still arrive; by now it has or it will not. */
const twinDelayMilliseconds = 60_000;

/** The bot cannot post there; a response_url can. */
const cannotPost = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
  'team_access_not_granted',
  'messages_tab_disabled',
  'cannot_dm_bot',
  'user_not_in_channel',
  'user_disabled',
  'user_not_found',
  'user_not_visible',
]);
const cannotEdit = new Set(['edit_window_closed', 'message_not_found', 'cant_update_message']);
const viewGone = new Set(['not_found', 'view_not_found', 'hash_conflict', 'expired_trigger_id']);

/**
 * Brings one message to its newest state. There is one sender per message (the claim), so that two edits
 * never overtake each other; what was asked for while sending is sent next, once.
 */
export async function deliver(id: string, context: DeliverContext): Promise<void> {
  const { messages } = context;
  const claim = context.newClaim();
  const message = await messages.claim(id, claim, claimMilliseconds);
  if (message === 'nothing_owed') return;
  // The sender at work looks again when it is done; this is for the case that it died.
  if ('freeInMilliseconds' in message) return messages.again('deliver', id, message.freeInMilliseconds);

  try {
    const outcome = await send(message, context);
    if (outcome.kind === 'later') {
      await messages.postponed(message, claim, outcome.why);
      return messages.again('deliver', id, outcome.milliseconds);
    }
    if (outcome.kind === 'given_up') {
      context.warn(`gave up: ${outcome.why}`, message);
      return messages.failed(message, claim, outcome.why, true);
    }
    const isOwedMore = await messages.sent(message, claim, { ...outcome.posted, shown: message.wanted });
    if (isOwedMore) await messages.again('deliver', id, 0);
    if (message.ts === undefined && outcome.posted.ts !== undefined) await context.onPosted?.(id);
  } catch (error) {
    const failure = callFailure(error);
    const why = failure.kind === 'rate_limited' ? 'ratelimited' : failure.error;
    const isOver = message.attempts >= maxAttempts;
    if (failure.kind !== 'rate_limited')
      context.warn(isOver ? `gave up after ${message.attempts} attempts: ${why}` : why, message);
    await messages.failed(message, claim, why, isOver);
    if (!isOver) {
      const delay =
        failure.kind === 'rate_limited'
          ? failure.retryAfterMilliseconds
          : backoffMilliseconds(message.attempts);
      await messages.again('deliver', id, delay);
    }
  }
}

export interface Destination {
  readonly channelId: string;
  readonly threadTs?: string;
  readonly responseUrl?: string;
  /** A reply that is shown in the channel as well. */
  readonly isBroadcast?: boolean;
}

export type Outcome =
  | { kind: 'sent'; posted: Partial<Posted> & { hash?: string } }
  | { kind: 'later'; milliseconds: number; why: string }
  | { kind: 'given_up'; why: string };

async function send(message: ClaimedMessage, context: DeliverContext): Promise<Outcome> {
  const { place } = message;
  const { client } = context;
  if (place.kind === 'view') return sendView(message, place.viewId, context);
  const rendered = await context.render(message);
  if (rendered === undefined || rendered.kind === 'view') return { kind: 'sent', posted: {} };
  // Where a file cannot be.
  const words =
    rendered.kind === 'file' ? withoutFile(rendered.file, 'it has no place here') : rendered.message;
  switch (place.kind) {
    case 'channel':
      return sendContent(
        { ...place, channelId: await context.resolveChannel(place.channelId) },
        message,
        rendered,
        context,
      );
    case 'thread_of': {
      const parent = await context.messages.maybePosted(place.messageId);
      if (parent === 'nowhere') return elsewhere(place, message, words, 'its card has no thread');
      const isNext =
        place.after === undefined || (await context.messages.maybePosted(place.after)) !== undefined;
      if (parent === undefined || !isNext) {
        return { kind: 'later', milliseconds: 250, why: 'waiting for its turn' };
      }
      const thread = { channelId: parent.channelId, threadTs: parent.ts };
      return sendContent(
        place.isBroadcast === true ? { ...thread, isBroadcast: true } : thread,
        message,
        rendered,
        context,
      );
    }
    case 'dm':
      return sendDirectly(place.userId, message, rendered, context);
    case 'ephemeral': {
      const thread = place.threadTs === undefined ? {} : { threadTs: place.threadTs };
      if (
        place.responseUrl !== undefined &&
        (await respond(place.responseUrl, words, { isPublic: false, ...thread }))
      ) {
        return { kind: 'sent', posted: {} };
      }
      const failure = await attempt('chat.postEphemeral', context, () =>
        client.chat.postEphemeral({
          channel: place.channelId,
          user: place.userId,
          ...(place.threadTs === undefined ? {} : { thread_ts: place.threadTs }),
          text: words.text,
          blocks: words.blocks,
        }),
      );
      if (failure === undefined) return { kind: 'sent', posted: {} };
      if (!cannotPost.has(failure)) throw new Error(`chat.postEphemeral was refused: ${failure}`);
      return sendDirectly(place.userId, message, { kind: 'message', message: words }, context);
    }
  }
}

type Content = Extract<Rendered, { kind: 'message' | 'file' }>;

function sendContent(
  to: Destination,
  message: ClaimedMessage,
  content: Content,
  context: DeliverContext,
): Promise<Outcome> {
  if (content.kind === 'message') return sendTo(to, message, content.message, context);
  return sendFile(to, message, content.file, context, {
    attempt: (method, call) => attempt(method, context, call),
    sendWords: (words) => sendTo(to, message, words, context),
  });
}

async function sendDirectly(
  userId: string,
  message: ClaimedMessage,
  rendered: Content,
  context: DeliverContext,
): Promise<Outcome> {
  // Where it stands already: each look-up counts against a limit of Slack's of its own.
  if (message.channelId !== undefined)
    return sendContent({ channelId: message.channelId }, message, rendered, context);
  let channelId: string | undefined;
  const failure = await attempt('conversations.open', context, async () => {
    channelId = (await context.client.conversations.open({ users: userId })).channel?.id;
  });
  if (channelId !== undefined) return sendContent({ channelId }, message, rendered, context);
  if (failure !== undefined && cannotPost.has(failure)) return { kind: 'given_up', why: failure };
  throw new Error(`conversations.open was refused: ${failure}`);
}

async function sendTo(
  to: Destination,
  message: ClaimedMessage,
  rendered: RenderedMessage,
  context: DeliverContext,
): Promise<Outcome> {
  const { client, messages } = context;
  const isEdit = message.ts !== undefined && message.channelId !== undefined;
  const call: PacedCall = isEdit
    ? { method: 'chat.update', urgency: message.urgency, messageId: message.id }
    : { method: 'chat.postMessage', urgency: message.urgency, channelId: to.channelId };
  const milliseconds = await context.pacing.waitMilliseconds(call);
  if (milliseconds > 0) return { kind: 'later', milliseconds, why: "waiting for Slack's rate limit" };

  const at = isEdit ? { channelId: message.channelId!, ts: message.ts! } : undefined;
  let content = rendered;
  if (at !== undefined) {
    const failure = await change(at, message, rendered, context);
    if (failure === undefined) return { kind: 'sent', posted: { ...at, hash: blocksHash(rendered.blocks) } };
    if (cannotPost.has(failure)) return elsewhere(to, message, rendered, failure);
    if (failure === 'edit_window_closed') content = await linkingBack(client, at, rendered);
  }
  if (message.postBeganAt !== undefined) {
    const copy = await maybeCopy(message, to, at, context);
    if (copy !== undefined && (await change(copy, message, content, context)) === undefined) {
      return { kind: 'sent', posted: { ...copy, hash: blocksHash(content.blocks) } };
    }
    await messages.again('remove_twins', message.id, twinDelayMilliseconds);
  }
  return postNew(to, message, content, at, context);
}

/** Edits in place. @returns why it cannot be edited, or undefined when it was. */
async function change(
  at: Posted,
  message: ClaimedMessage,
  rendered: RenderedMessage,
  context: DeliverContext,
): Promise<string | undefined> {
  const { client } = context;
  const failure = await attempt('chat.update', context, () => edit(client, at, rendered));
  if (failure === undefined || cannotEdit.has(failure) || cannotPost.has(failure)) return failure;
  context.warn(`chat.update was refused: ${failure}; showing the text without blocks`, message);
  const bare = { text: rendered.text, blocks: [] };
  const again = await attempt('chat.update', context, () => edit(client, at, bare));
  if (again === undefined) return undefined;
  throw new Error(`chat.update was refused: ${again}`);
}

/** The copy that an earlier post left, whose answer never came. */
async function maybeCopy(
  message: ClaimedMessage,
  to: { channelId: string; threadTs?: string },
  replaced: Posted | undefined,
  context: DeliverContext,
): Promise<Posted | undefined> {
  let copies: Awaited<ReturnType<typeof copiesInHistory>> = [];
  const refused = await attempt('conversations.history', context, async () => {
    copies = await copiesInHistory(context.client, message.id, to, message.postBeganAt!);
  });
  // Where history may not be read a twin is the lesser evil.
  if (refused !== undefined) context.warn(`the history was refused: ${refused}`, message);
  return successorsOf(replaced?.ts, copies)[0];
}

async function postNew(
  to: Destination,
  message: ClaimedMessage,
  content: RenderedMessage,
  replaced: Posted | undefined,
  context: DeliverContext,
): Promise<Outcome> {
  const { client, messages } = context;
  if (!message.isPostMarked) await messages.postBegins(message);
  let posted: Posted | undefined;
  let failure: string | undefined;
  try {
    failure = await attempt('chat.postMessage', context, async () => {
      posted = await post(client, message, to, content, replaced?.ts);
    });
  } catch (error) {
    if (callFailure(error).kind === 'rate_limited') await messages.postRefused(message);
    throw error;
  }
  if (posted !== undefined) {
    return { kind: 'sent', posted: { ...posted, hash: blocksHash(content.blocks) } };
  }
  if (cannotPost.has(failure!)) {
    await messages.postRefused(message);
    return elsewhere(to, message, content, failure!);
  }
  context.warn(`chat.postMessage was refused: ${failure}; posting the text without blocks`, message);
  const bare = { text: content.text, blocks: [] };
  return { kind: 'sent', posted: await post(client, message, to, bare, replaced?.ts) };
}

/** Where the bot cannot post it answers by response_url, and says so. */
async function elsewhere(
  to: { responseUrl?: string; threadTs?: string },
  message: ClaimedMessage,
  rendered: RenderedMessage,
  failure: string,
): Promise<Outcome> {
  if (to.responseUrl === undefined) return { kind: 'given_up', why: failure };
  // It takes five answers, none of which can be edited: they are for what came out, not for how far it is.
  if (message.urgency === 'progress') return { kind: 'sent', posted: {} };
  const note = `I cannot post in this channel myself (${failure}), so this answer will not be updated. Invite me with /invite.`;
  const withNote: RenderedMessage = {
    text: rendered.text,
    blocks: [...rendered.blocks, { type: 'context', elements: [{ type: 'plain_text', text: note }] }],
  };
  const thread = to.threadTs === undefined ? {} : { threadTs: to.threadTs };
  const wasTaken = await respond(to.responseUrl, withNote, { isPublic: true, ...thread });
  return wasTaken
    ? { kind: 'sent', posted: {} }
    : { kind: 'given_up', why: `${failure}, and the response_url is used up` };
}

async function sendView(message: ClaimedMessage, viewId: string, context: DeliverContext): Promise<Outcome> {
  const rendered = await context.render(message);
  if (rendered?.kind !== 'view') return { kind: 'sent', posted: {} };
  const failure = await attempt('views.update', context, () =>
    context.client.views.update({ view_id: viewId, view: rendered.view }),
  );
  // The person closed the modal; the same answer stands in the channel.
  if (failure === undefined) return { kind: 'sent', posted: { hash: blocksHash(rendered.view.blocks) } };
  if (viewGone.has(failure)) return { kind: 'sent', posted: {} };
  throw new Error(`views.update was refused: ${failure}`);
}

/** Makes a call; returns the error's name when Slack refused it, throws when nothing certain is known. */
async function attempt(
  method: string,
  context: DeliverContext,
  call: () => Promise<unknown>,
): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const failure = callFailure(error);
    if (failure.kind === 'refused') return failure.error;
    if (failure.kind === 'rate_limited') await context.pacing.pause(method, failure.retryAfterMilliseconds);
    throw error;
  }
}

async function linkingBack(
  client: WebClient,
  at: Posted,
  rendered: RenderedMessage,
): Promise<RenderedMessage> {
  const { permalink } = await client.chat.getPermalink({ channel: at.channelId, message_ts: at.ts });
  return {
    text: rendered.text,
    blocks: [
      ...rendered.blocks,
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: `Continues <${permalink}|an earlier card> that can no longer be edited.`,
            verbatim: true,
          },
        ],
      },
    ],
  };
}

function backoffMilliseconds(attempts: number): number {
  return Math.min(longestBackoffMilliseconds, 500 * 2 ** Math.min(attempts, 6));
}
