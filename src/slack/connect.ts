import { App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Identity } from '../core/identity-memory.ts';
import type { Log } from '../log.ts';
import type { BoltLogger } from './bolt-logger.ts';

/** No call to Slack waits longer; retries are ours, in the delivery that knows what may be repeated. */
const callTimeoutMilliseconds = 8_000;

/** Our own client: fails fast and once, so that every outcome is known to whoever asked. */
export function slackClient(
  token: string,
  options: { apiUrl: string | undefined; logger: BoltLogger },
): WebClient {
  return new WebClient(token, clientOptions(options));
}

function clientOptions({
  apiUrl,
  logger,
}: {
  apiUrl: string | undefined;
  logger: BoltLogger;
}): WebClientOptions {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    timeout: callTimeoutMilliseconds,
    rejectRateLimitedCalls: true,
    logger,
  };
}

export async function boltApp(options: {
  readonly receiver: Receiver;
  readonly identity: Identity;
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly logger: BoltLogger;
  readonly onFault: (error: unknown) => void;
}): Promise<App> {
  const { identity, token, logger } = options;
  const app = new App({
    receiver: options.receiver,
    // A function instead of a token: Bolt then asks Slack nothing at start, so that it may be down.
    authorize: async () => ({ botToken: token, botId: identity.botId, botUserId: identity.botUserId }),
    clientOptions: clientOptions(options),
    logger,
    // Bolt's memory of conversations would grow for ever, and nothing here uses it.
    convoStore: false,
    deferInitialization: true,
  });
  await app.init();
  app.error(async (error) => options.onFault(error));
  return app;
}

export interface SocketConnection {
  readonly isConnected: () => boolean;
  close(): Promise<void>;
}

/** The SDK waits this long before it connects again, and for each pong; its default of 5 s loses clicks. */
const pingTimeoutMilliseconds = 1_500;
const watchEveryMilliseconds = 2_000;
/** A reconnection that failed leaves the SDK's client dead without a word; past this a new one is made. */
const deadAfterMilliseconds = 10_000;

/** Keeps one Socket Mode connection alive for as long as the process lives. */
export function connectSocket(options: {
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly logger: BoltLogger;
  readonly log: Log;
  /** Gives the receiver to the app; called for each new connection. */
  readonly attach: (receiver: Receiver) => void;
}): SocketConnection {
  let isConnected = false;
  let connectedAt = performance.now();
  let receiver = begin();

  function begin(): SocketModeReceiver {
    const next = new SocketModeReceiver({
      appToken: options.appToken,
      logger: options.logger,
      installerOptions: {
        clientOptions: options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl },
      },
      clientPingTimeout: pingTimeoutMilliseconds,
    });
    options.attach(next);
    next.client.on('connected', () => {
      if (next !== receiver) return;
      isConnected = true;
      options.log.info({}, 'connected to Slack by Socket Mode');
    });
    for (const event of ['disconnected', 'reconnecting', 'close']) {
      next.client.on(event, () => {
        if (next === receiver) isConnected = false;
      });
    }
    next.client.on('error', (error: unknown) => options.log.warn({ err: error }, 'Socket Mode'));
    next
      .start()
      .catch((error: unknown) => options.log.error({ err: error }, 'Socket Mode could not connect'));
    return next;
  }

  const watch = setInterval(() => {
    if (isConnected) connectedAt = performance.now();
    if (performance.now() - connectedAt < deadAfterMilliseconds) return;
    options.log.warn({}, 'Socket Mode has been away for too long; connecting anew');
    connectedAt = performance.now();
    const old = receiver;
    receiver = begin();
    old.client.disconnect().catch(() => undefined);
  }, watchEveryMilliseconds);

  return {
    isConnected: () => isConnected,
    close: async () => {
      clearInterval(watch);
      await receiver.client.disconnect().catch(() => undefined);
    },
  };
}

/** For an app whose receivers come and go: each Socket Mode connection is attached when it is made. */
export const noReceiver: Receiver = {
  init: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
};
