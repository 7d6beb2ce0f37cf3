/**
 * Slack's limits as token buckets. Pure: states and times in, states and waits out. The same arithmetic runs
 * inside Redis (`redis/pacing-script.ts`) where several replicas share one budget.
 */
import type { Urgency } from './message.ts';

export interface PacingSettings {
  /** chat.update calls a minute in the whole workspace, in the long run. */
  readonly updatesPerMinute: number;
  /** chat.update calls that may follow each other at once after a quiet time. */
  readonly updatesBurst: number;
  /** New messages a second in one channel, in the long run. */
  readonly postsPerSecondPerChannel: number;
  /** New messages that may follow each other at once in one channel after a quiet time. */
  readonly postsBurst: number;
  /** Seconds between two progress edits of one message. */
  readonly progressEverySeconds: number;
}

/** One call the bot wants to make to Slack now. */
export interface PacedCall {
  /** e.g. `chat.update`. */
  readonly method: string;
  readonly urgency: Urgency;
  /** The channel of a new message. */
  readonly channelId?: string;
  /** Our own id of the message being edited; needed for progress. */
  readonly messageId?: string;
}

/** What stands between the outgoing messages and Slack. */
export interface Pacing {
  /** 0: go ahead, and the call is counted. Else: ask again after this many milliseconds; nothing is counted. */
  waitMilliseconds(call: PacedCall): Promise<number>;
  /** Slack answered 429: nobody calls the method until its `Retry-After` is over. A shorter pause never ends a longer one. */
  pause(method: string, milliseconds: number): Promise<void>;
}

export interface Bucket {
  readonly key: string;
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** Tokens this caller must leave behind for more urgent ones. */
  readonly leave: number;
}

export interface BucketState {
  readonly tokens: number;
  readonly atMilliseconds: number;
}

/** Sums of fractions lose their last digits; without this a caller that waited as told could be told again. */
const roundingTokens = 1e-5;
const roundingMilliseconds = 1e-3;

/**
 * The share of the update burst each class leaves untouched. Progress may only skim the top: a decision's card
 * must change at once even while ten long runs report progress.
 */
const leftShare: Readonly<Record<Urgency, number>> = {
  decision: 0,
  critical: 0.125,
  other: 0.375,
  progress: 0.625,
};

/** The budgets one call draws from; all of them or none. A method without a budget is only subject to pauses. */
export function bucketsFor(call: PacedCall, settings: PacingSettings): Bucket[] {
  if (call.method === 'chat.postMessage') {
    return [
      {
        key: `posts/${call.channelId ?? 'unknown'}`,
        capacity: settings.postsBurst,
        refillPerSecond: settings.postsPerSecondPerChannel,
        // One is kept for whoever is more urgent: of many new cards in a channel the criticals come first.
        leave:
          call.urgency === 'decision' || call.urgency === 'critical'
            ? 0
            : Math.min(1, settings.postsBurst - 1),
      },
    ];
  }
  if (call.method !== 'chat.update') return [];
  const updates: Bucket = {
    key: 'updates',
    capacity: settings.updatesBurst,
    refillPerSecond: settings.updatesPerMinute / 60,
    // At most capacity - 1, else the class could never send.
    leave: Math.min(Math.floor(settings.updatesBurst * leftShare[call.urgency]), settings.updatesBurst - 1),
  };
  if (call.urgency !== 'progress') return [updates];
  return [
    updates,
    {
      key: `progress/${call.messageId ?? 'unknown'}`,
      capacity: 1,
      refillPerSecond: 1 / settings.progressEverySeconds,
      leave: 0,
    },
  ];
}

/**
 * Takes one token from every bucket, or none from any and says how long until it could.
 * `states` holds the buckets to store.
 */
export function takeFromAll(
  buckets: readonly Bucket[],
  stateOf: (key: string) => BucketState | undefined,
  nowMilliseconds: number,
): { readonly waitMilliseconds: number; readonly states: ReadonlyMap<string, BucketState> } {
  const filled = buckets.map((bucket) => {
    const state = stateOf(bucket.key);
    return { bucket, state, tokens: tokensNow(bucket, state, nowMilliseconds) };
  });
  const waitMilliseconds = Math.max(0, ...filled.map(({ bucket, tokens }) => waitFor(bucket, tokens)));
  const states = new Map<string, BucketState>();
  for (const { bucket, state, tokens } of filled) {
    if (waitMilliseconds === 0) {
      states.set(bucket.key, { tokens: tokens - 1, atMilliseconds: nowMilliseconds });
    } else if (state !== undefined && state.atMilliseconds > nowMilliseconds) {
      // The clock was set back: from now on count by the new time, else nothing refills until it has caught up.
      states.set(bucket.key, { tokens, atMilliseconds: nowMilliseconds });
    }
  }
  return { waitMilliseconds, states };
}

function tokensNow(bucket: Bucket, state: BucketState | undefined, nowMilliseconds: number): number {
  if (state === undefined) return bucket.capacity;
  const elapsedSeconds = Math.max(0, nowMilliseconds - state.atMilliseconds) / 1000;
  return Math.min(bucket.capacity, state.tokens + elapsedSeconds * bucket.refillPerSecond);
}

function waitFor(bucket: Bucket, tokens: number): number {
  const lacking = 1 + bucket.leave - tokens;
  return lacking <= roundingTokens
    ? 0
    : Math.ceil((lacking / bucket.refillPerSecond) * 1000 - roundingMilliseconds);
}
