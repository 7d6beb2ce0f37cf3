/** Which thread of a channel "thread" means: the card the app posted last, or whatever was acted on since. */
import type { ClientEvent, ClientState } from '../slack/client-api.ts';

export class Threads {
  private readonly botUserId: string;
  /** Parents by channel, the one active last at the end. */
  private readonly active = new Map<string, string[]>();

  constructor(botUserId: string) {
    this.botUserId = botUserId;
  }

  follow(event: ClientEvent): void {
    if (event.kind !== 'message_posted') return;
    const { channel, ts, threadTs, userId } = event.message;
    if (threadTs !== undefined) this.touch(channel, threadTs);
    else if (userId === this.botUserId) this.touch(channel, ts);
  }

  touch(channel: string, parentTs: string): void {
    const before = this.active.get(channel) ?? [];
    this.active.set(channel, [...before.filter((ts) => ts !== parentTs), parentTs]);
  }

  /** Undefined when the person sees none. */
  latest(channel: string, state: ClientState): string | undefined {
    const seen = state.messages.filter((message) => message.channel === channel && !message.ephemeralFor);
    const isThere = (ts: string) => seen.some((message) => message.ts === ts);
    const active = this.active.get(channel)?.findLast(isThere);
    if (active) return active;
    // From before the script.
    const last = seen.findLast((message) => message.threadTs || message.userId === this.botUserId);
    return last && (last.threadTs ?? last.ts);
  }
}
