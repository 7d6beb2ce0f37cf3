/**
 * Method rate limits: https://docs.slack.dev/apis/web-api/rate-limits. Slack counts per method, workspace and
 * app, over a sliding minute; posting is about one message a second per channel with short bursts, and some
 * hundreds a minute in the workspace.
 */
import type { SlackClock } from './clock.ts';
import { type MethodName, methodTable, type Tier } from './method-table.ts';

const callsPerMinute: Record<Exclude<Tier, 'special' | 'none'>, number> = {
  // Documented as "1+ per minute" with "a small amount of burst"; the only method here of that tier opens
  // Socket Mode connections, of which an app may hold ten.
  tier1: 10,
  tier2: 20,
  tier3: 50,
  tier4: 100,
};

export interface RateLimitOptions {
  /** Default true. */
  isOn?: boolean;
  /** Calls a minute for single methods, in place of their tier. */
  perMinute?: Partial<Record<MethodName, number>>;
  /** Messages a channel takes at once before one a second holds. Slack says only "bursts"; default 5. */
  postBurst?: number;
  /** Messages a minute in the whole workspace. Slack says "several hundred"; default 300. */
  postsPerMinute?: number;
}

export class RateLimits {
  /** Switches all limits off and on again. */
  isOn: boolean;
  private readonly clock: SlackClock;
  private readonly perMinute: Map<string, number>;
  private readonly postBurst: number;
  private readonly postsPerMinute: number;
  private readonly windows = new Map<string, number[]>();
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(clock: SlackClock, options: RateLimitOptions = {}) {
    this.clock = clock;
    this.isOn = options.isOn ?? true;
    this.perMinute = new Map(Object.entries(options.perMinute ?? {}));
    this.postBurst = options.postBurst ?? 5;
    this.postsPerMinute = options.postsPerMinute ?? 300;
  }

  /** Replaces a method's calls per minute; undefined gives its tier back. */
  setPerMinute(method: MethodName, calls: number | undefined): void {
    if (calls === undefined) this.perMinute.delete(method);
    else this.perMinute.set(method, calls);
  }

  /** Counts the call. Seconds to wait when it is one too many (it then does not count), else undefined. */
  take(method: MethodName, channel: string | undefined): number | undefined {
    if (!this.isOn) return undefined;
    const { tier } = methodTable[method];
    const limit = this.perMinute.get(method);
    if (limit !== undefined) return this.takeFromWindow(method, limit);
    if (tier === 'none') return undefined;
    if (tier !== 'special') return this.takeFromWindow(method, callsPerMinute[tier]);
    const wait = channel ? this.takeFromBucket(channel) : undefined;
    return wait ?? this.takeFromWindow(method, this.postsPerMinute);
  }

  private takeFromWindow(key: string, limit: number): number | undefined {
    const now = this.clock.now();
    const recent = (this.windows.get(key) ?? []).filter((at) => now - at < 60_000);
    this.windows.set(key, recent);
    if (recent.length < limit) {
      recent.push(now);
      return undefined;
    }
    const oldest = recent[recent.length - limit] ?? now;
    return Math.max(1, Math.ceil((oldest + 60_000 - now) / 1000));
  }

  private takeFromBucket(channel: string): number | undefined {
    const now = this.clock.now();
    const bucket = this.buckets.get(channel) ?? { tokens: this.postBurst, at: now };
    const tokens = Math.min(this.postBurst, bucket.tokens + (now - bucket.at) / 1000);
    const isAllowed = tokens >= 1;
    this.buckets.set(channel, { tokens: isAllowed ? tokens - 1 : tokens, at: now });
    return isAllowed ? undefined : 1;
  }
}
