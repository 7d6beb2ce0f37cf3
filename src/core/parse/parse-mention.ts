import { maybeSlackEntity } from './slack-entity.ts';

/**
 * The command in a message that begins with the bot's mention; undefined when the message begins with
 * anything else. A mention in the middle of a sentence talks about the bot, not to it.
 *
 * @example parseMention('<@U0BOT> verify-audit acme', 'U0BOT') // 'verify-audit acme'
 */
export function parseMention(text: string, botUserId: string): string | undefined {
  const trimmed = text.trimStart();
  const mention = maybeSlackEntity(trimmed, 0);
  if (mention?.kind !== 'user' || mention.id !== botUserId) return undefined;
  const rest = trimmed
    .slice(mention.length)
    .replace(/^\s*[:,]?\s*/, '')
    .trim();
  // Commands pasted from a page arrive as code, and people repeat the slash command's name.
  const unwrapped = /^(`{1,3})([^`]+)\1$/.exec(rest)?.[2] ?? rest;
  return unwrapped.trim().replace(/^\/[a-z][a-z0-9_-]*(?:\s+|$)/i, '');
}
