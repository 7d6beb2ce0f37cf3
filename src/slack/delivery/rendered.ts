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
