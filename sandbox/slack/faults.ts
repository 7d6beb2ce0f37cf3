/** Things that go wrong with Slack, switched on by tests: each applies to the next so many calls. */
export type CallFault =
  /** 500 with an HTML body; nothing happens. */
  | 'http_500'
  /** The call takes effect, but the answer never comes. */
  | 'timeout_after_effect'
  /** The call takes effect, and the connection is cut in place of an answer. */
  | 'cut_after_effect'
  /** Nothing happens and no answer comes. */
  | 'timeout_before_effect'
  /** 429 with Retry-After 1. */
  | 'ratelimited'
  /** 200 with `ok: false` and this name. */
  | `error:${string}`;

export class Faults {
  private readonly queued: { method: string; fault: CallFault; left: number }[] = [];
  private duplicates = 0;
  private lostAcks = 0;
  /** While true every connection to Slack is cut and nothing is delivered. */
  isDown = false;

  /**
   * The next `times` calls of `method` meet this fault; `*` is any method, `response_url` a post to such a
   * URL, `upload` the sending of a file's bytes. Faults of one method queue up.
   */
  next(method: string, fault: CallFault, times = 1): void {
    this.queued.push({ method, fault, left: times });
  }

  takeForCall(method: string): CallFault | undefined {
    const index = this.queued.findIndex((entry) => entry.method === method || entry.method === '*');
    const entry = this.queued[index];
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.queued.splice(index, 1);
    return entry.fault;
  }

  /** The next `times` requests to the bot are sent twice, the copy right behind the original. */
  duplicateNextDelivery(times = 1): void {
    this.duplicates += times;
  }

  takeDuplicate(): boolean {
    if (this.duplicates === 0) return false;
    this.duplicates -= 1;
    return true;
  }

  /** The bot's next `times` acks are lost on their way: Slack sees a timeout. */
  loseNextAck(times = 1): void {
    this.lostAcks += times;
  }

  takeLostAck(): boolean {
    if (this.lostAcks === 0) return false;
    this.lostAcks -= 1;
    return true;
  }

  clear(): void {
    this.queued.length = 0;
    this.duplicates = 0;
    this.lostAcks = 0;
    this.isDown = false;
  }
}

/** Of those, the ones that let the call take effect. */
export function isAfterEffect(fault: CallFault): fault is 'timeout_after_effect' | 'cut_after_effect' {
  return fault === 'timeout_after_effect' || fault === 'cut_after_effect';
}
