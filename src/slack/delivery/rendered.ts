import { createHash } from 'node:crypto';
import type { KnownBlock, View } from '@slack/types';
import type { ClaimedMessage } from '../../core/message.ts';

/** A message as it should look now. */
export interface RenderedMessage {
  /** Escaped, at most 90 characters: what a phone shows at night. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** A message, or a view for a modal; undefined when there is nothing left to show. */
export type Rendered =
  | { readonly kind: 'message'; readonly message: RenderedMessage }
  | { readonly kind: 'view'; readonly view: View };

export type Render = (message: ClaimedMessage) => Promise<Rendered | undefined>;

/** What a signature refers to as "what was shown": SHA-256 of the blocks as they were given to Slack, in hex. */
export function blocksHash(blocks: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(blocks), 'utf8').digest('hex');
}
