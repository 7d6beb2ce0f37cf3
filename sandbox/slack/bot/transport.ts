/** One way of reaching the bot: signed HTTP requests or Socket Mode. */
export type RequestKind = 'event' | 'command' | 'interactive';

export interface BotRequest {
  kind: RequestKind;
  /** `app_mention`, `/ops`, `block_actions`… */
  type: string;
  payload: Record<string, unknown>;
  retry?: { number: number; reason: FailureReason };
}

/** The names of `x-slack-retry-reason`: https://docs.slack.dev/apis/events-api#error-handling */
export type FailureReason =
  | 'http_timeout'
  | 'too_many_redirects'
  | 'connection_failed'
  | 'http_error'
  | 'unknown_error';

export type Answer =
  /** `body` undefined is a plain ack. */
  | { isAck: true; body: unknown }
  /** `shown` is what a person reads when their command or click was not answered. */
  | { isAck: false; reason: FailureReason; shown: string; isFinal?: boolean };

export interface Transport {
  readonly via: 'http' | 'socket';
  /** Never rejects. Settles by the ack deadline. */
  send(request: BotRequest): Promise<Answer>;
}

/** Slack's ack deadline for everything it sends. */
export const ackMilliseconds = 3000;

/** "Operation timed out": what Slack's client shows. */
export const timedOut: Answer = { isAck: false, reason: 'http_timeout', shown: 'operation_timeout' };
export const unreachable: Answer = { isAck: false, reason: 'connection_failed', shown: 'dispatch_failed' };
