/** Which message of those on a person's screen a line of a script means. */
import type { ClientMessage, ClientState } from '../slack/client-api.ts';
import { blocksText } from './block-text.ts';
import { mrkdwnText, type Reading } from './mrkdwn-text.ts';

/**
 * The newest one with these words in it, as people read it; without words, the newest of all. Messages that only this
 * person sees have no menu in Slack. Case and line breaks do not count.
 */
export function findMessage(
  { messages }: Pick<ClientState, 'messages'>,
  words: string | undefined,
  reading: Reading,
): ClientMessage | undefined {
  const wanted = words === undefined ? '' : folded(words);
  return messages.findLast(
    (message) => message.ephemeralFor === undefined && folded(shownText(message, reading)).includes(wanted),
  );
}

function shownText({ blocks, text }: ClientMessage, reading: Reading): string {
  return blocks.length === 0 ? mrkdwnText(text, reading) : blocksText(blocks, reading).join(' ');
}

function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
