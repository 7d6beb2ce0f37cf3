import type { JsonObject } from '../command.ts';

/** Where a message is shown. */
export type Place =
  | {
      readonly kind: 'channel';
      readonly channelId: string;
      readonly threadTs?: string;
      readonly responseUrl?: string;
    }
  /** Inside the thread of another message of ours; posted once that one and the one named by `after` are. */
  | {
      readonly kind: 'thread_of';
      readonly messageId: string;
      readonly after?: string;
      /** For when that one could not be posted and so has no thread. */
      readonly responseUrl?: string;
    }
  | {
      readonly kind: 'ephemeral';
      readonly channelId: string;
      readonly userId: string;
      readonly threadTs?: string;
      readonly responseUrl?: string;
    }
  | { readonly kind: 'dm'; readonly userId: string }
  | { readonly kind: 'view'; readonly viewId: string };

/** Who goes first when Slack's budget is short. */
export type Urgency = 'decision' | 'critical' | 'other' | 'progress';

/** A message that should be as the present state says. Asking again for a known id asks for an edit. */
export interface WantedMessage {
  /** `run:<id>:card`, `run:<id>:details:1`, … */
  readonly id: string;
  readonly place: Place;
  readonly urgency: Urgency;
  /** For messages that are not a view of a run: what to show, frozen. */
  readonly content?: JsonObject;
}
