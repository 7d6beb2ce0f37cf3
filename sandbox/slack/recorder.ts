/** What went over the wire, for tests: every Web API call and everything sent to the bot. */
export interface RecordedCall {
  method: string;
  /** Arguments as received, without the token. */
  args: Record<string, unknown>;
  /** Scopes this very call needed: for a conversation, those of its kind. */
  scopes: readonly string[];
  outcome: 'ok' | 'error' | 'fault' | 'ratelimited';
  /** Slack's error name, or the fault's. */
  error?: string;
  /** Milliseconds since the epoch, by the workspace's clock. */
  at: number;
}

export interface RecordedDelivery {
  kind: 'event' | 'command' | 'interactive';
  /** `app_mention`, `/ops`, `block_actions`, `view_submission`… */
  type: string;
  /** For events, the subscription they came by: `message.im`. */
  subscription?: string;
  payload: Record<string, unknown>;
  via: 'http' | 'socket';
  /** 0 on the first attempt. */
  retry: number;
  outcome: 'acked' | 'failed' | 'pending';
  failure?: string;
  at: number;
}

/** More than any test makes; a demo that runs for weeks must not fill memory. */
const keptRecords = 50_000;

export class Recorder {
  readonly calls: RecordedCall[] = [];
  readonly deliveries: RecordedDelivery[] = [];

  call(call: RecordedCall): void {
    this.calls.push(call);
    if (this.calls.length > keptRecords) this.calls.shift();
  }

  delivery(delivery: RecordedDelivery): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > keptRecords) this.deliveries.shift();
  }

  clear(): void {
    this.calls.length = 0;
    this.deliveries.length = 0;
  }
}
