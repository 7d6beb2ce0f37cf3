import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import type { Stored } from '../core/inbox.ts';
import type { Reading } from './requests.ts';

/** What a listener finds in its context: the request as read, and whether it was recorded. */
export interface Recorded {
  readonly reading: Reading;
  readonly stored: Stored;
  readonly correlationId: string;
}

/**
 * Wraps one of Bolt's receivers so that every request is read and stored before Bolt sees it: Bolt
 * acknowledges events before any middleware runs, and what is acknowledged must not be lost.
 */
export function withInbox(
  receiver: Receiver,
  options: {
    readonly record: (body: Record<string, unknown>) => Promise<Recorded>;
    /** Called when a request arrives; what it returns, when that is acknowledged or over. */
    readonly enter: () => () => void;
  },
): Receiver {
  return {
    init(app: App) {
      receiver.init({
        processEvent: async (event: ReceiverEvent) => {
          const leave = options.enter();
          const ack: ReceiverEvent['ack'] = async (response) => {
            try {
              await event.ack(response);
            } finally {
              leave();
            }
          };
          try {
            const recorded = await options.record(event.body);
            await app.processEvent({
              ...event,
              ack,
              customProperties: { ...event.customProperties, recorded },
            });
          } finally {
            leave();
          }
        },
      } as App);
    },
    start: (...args) => receiver.start(...args),
    stop: (...args) => receiver.stop(...args),
  };
}

/** @throws TypeError when the request did not come through {@link withInbox}. */
export function recordedIn(context: Record<string, unknown>): Recorded {
  const recorded = context.recorded;
  if (recorded === undefined) throw new TypeError('a request reached a listener without being recorded');
  return recorded as Recorded;
}
