/** What a person's action works on, and how it says no. */
import type { Block } from '../block-kit/fill-in.ts';
import { elementsOf } from '../block-kit/unique-ids.ts';
import type { ActionResult } from '../client-api.ts';
import type { Core } from '../core.ts';
import type { Conversation } from '../directory.ts';
import type { Element } from '../element-state.ts';
import type { StoredMessage } from '../messages.ts';
import type { SeedUser } from '../seed.ts';
import type { Selections } from './selections.ts';

export interface Actor {
  core: Core;
  user: SeedUser;
  selections: Selections;
}

export const done: ActionResult = { ok: true };
export const refused = (error: string): ActionResult => ({ ok: false, error });

/** The channel if the person is in it. */
export function ownChannel({ core, user }: Actor, channelId: string): Conversation | undefined {
  const channel = core.directory.conversation(channelId);
  return channel?.memberIds.includes(user.id) ? channel : undefined;
}

/** A message on this person's screen. */
export function seenMessage(actor: Actor, channelId: string, ts: string): StoredMessage | undefined {
  const { core, user } = actor;
  const ephemeral = core.messages.findEphemeral(channelId, ts);
  // A command's private answer is shown also where the person is no member any more.
  if (ephemeral) return ephemeral.ephemeralFor === user.id ? ephemeral : undefined;
  const message = ownChannel(actor, channelId) && core.messages.find(channelId, ts);
  return message && !message.isTombstone ? message : undefined;
}

export function findElement(
  blocks: readonly Block[],
  blockId: string,
  actionId: string,
): { block: Block; element: Element } | undefined {
  const block = blocks.find((one) => one.block_id === blockId);
  const found = block && elementsOf(block).find(({ element }) => element.action_id === actionId);
  return found ? { block, element: found.element } : undefined;
}

/** Slack itself tells the person that the app did not do its part. */
export function appFailed(
  { core, user }: Actor,
  error: string,
  where: { channel?: string; viewId?: string },
): ActionResult {
  core.feed.emit({ kind: 'app_failed', userId: user.id, ...where, error, audience: user.id });
  return refused(error);
}

/** Acks that carry nothing: an empty body, or the `{}` Socket Mode clients send. */
export function isPlainAck(body: unknown): boolean {
  if (body === undefined || body === null || body === '') return true;
  return typeof body === 'object' && Object.keys(body).length === 0;
}
