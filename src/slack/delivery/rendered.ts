import { createHash } from 'node:crypto';
import type { KnownBlock, View } from '@slack/types';
import type { ClaimedMessage } from '../../core/message.ts';

/** A message as it should look now. */
export interface RenderedMessage {
  /** Escaped, at most 90 characters: what a phone shows at night. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** A text file to be shared. Shared once: what is rendered later changes nothing. */
export interface RenderedFile {
  /** With its ending. Slack's name for it has the message's own in it too. */
  readonly filename: string;
  /** What people see above it. */
  readonly title: string;
  /** Not empty: Slack takes no empty file. */
  readonly text: string;
  /** What is said with it. Of its blocks Slack takes rich_text and section, and no `markdown`. */
  readonly comment: RenderedMessage;
  /** A sentence on how else to get the text; said where Slack does not take the file. */
  readonly insteadUse?: string;
}

/** A message, with or without a file, or a view for a modal; undefined when there is nothing left to show. */
export type Rendered =
  | { readonly kind: 'message'; readonly message: RenderedMessage }
  | { readonly kind: 'file'; readonly file: RenderedFile }
  | { readonly kind: 'view'; readonly view: View };

export type Render = (message: ClaimedMessage) => Promise<Rendered | undefined>;

/** What a signature refers to as "what was shown": SHA-256 of the blocks as they were given to Slack, in hex. */
export function blocksHash(blocks: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(blocks), 'utf8').digest('hex');
}
