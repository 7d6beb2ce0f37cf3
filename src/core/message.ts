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
      /** Shown in the channel as well. Default false. */
      readonly isBroadcast?: boolean;
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
  /**
   * For messages that are not a view of a run: what to show, frozen. `linkedFrom`, the id of a message that links to this
   * one: it is asked for again together with this one's first post, so that no crash can come between.
   */
  readonly content?: JsonObject;
}

/** What the one sender of a message needs to know. */
export interface ClaimedMessage {
  readonly workspaceId: string;
  readonly id: string;
  readonly place: Place;
  readonly content: JsonObject | undefined;
  readonly urgency: Urgency;
  readonly wanted: number;
  readonly channelId: string | undefined;
  readonly ts: string | undefined;
  /** Set when an earlier post was begun and its answer never came. */
  readonly postBeganAt: Date | undefined;
  /** The claim has already marked that a new post begins: most messages are posted once and never again. */
  readonly isPostMarked: boolean;
  readonly attempts: number;
}

/** Someone else is sending it; their claim ends by itself after this long. */
export interface BusyMessage {
  readonly freeInMilliseconds: number;
}

/** Where a message stands in Slack. */
export interface Posted {
  readonly channelId: string;
  readonly ts: string;
}

/** What delivery needs from the database; bound to one message store. */
export interface MessageStore {
  claim(
    id: string,
    claim: string,
    claimMilliseconds: number,
  ): Promise<ClaimedMessage | BusyMessage | 'nothing_owed'>;
  postBegins(message: ClaimedMessage): Promise<void>;
  postRefused(message: ClaimedMessage): Promise<void>;
  /** True when a newer state has been asked for meanwhile. */
  sent(
    message: ClaimedMessage,
    claim: string,
    posted: {
      channelId?: string;
      ts?: string;
      shown: number;
      /** SHA-256 of the blocks, in hex: what a signature on them refers to. */
      hash?: string;
    },
  ): Promise<boolean>;
  failed(message: ClaimedMessage, claim: string, error: string, giveUp: boolean): Promise<void>;
  /** Lets go without counting a failure: nothing was tried. */
  postponed(message: ClaimedMessage, claim: string, why: string): Promise<void>;
  /** `nowhere`: it was answered without a place of its own, or given up. */
  maybePosted(id: string): Promise<Posted | 'nowhere' | undefined>;
  /** Asks for another delivery of this message, or a search for twins, after a while. */
  again(task: 'deliver' | 'remove_twins', id: string, delayMilliseconds: number): Promise<void>;
}
