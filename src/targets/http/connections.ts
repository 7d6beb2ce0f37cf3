import { buildConnector, Client, type Dispatcher, Pool } from 'undici';

/** However long the server offers to keep a connection that nobody uses. */
const longestIdleMilliseconds = 30_000;
/** A host that does not take a connection within this is down for a person who waits. */
const longestConnectMilliseconds = 5_000;

export interface Connections {
  readonly origin: string;
  /** Kept alive and shared: for reads, which are repeated when a kept connection turns out to be dead. */
  readonly shared: Dispatcher;
  /**
   * A new connection for one request. On a kept one the server may have hung up just before our bytes came: whether a
   * change arrived could then not be told, and each such case would need a person to look.
   */
  fresh(): FreshConnection;
  destroy(): Promise<void>;
}

export interface FreshConnection {
  readonly dispatcher: Dispatcher;
  /** From here on something may have been sent. */
  readonly isConnected: () => boolean;
  /** Settles when it becomes connected; never, when it does not. */
  readonly connected: Promise<void>;
  end(): void;
}

export function openConnections(options: {
  readonly origin: string;
  readonly concurrency: number;
  readonly timeoutMilliseconds: number;
}): Connections {
  const { origin, concurrency, timeoutMilliseconds } = options;
  // One for all, so that new TLS connections resume an earlier session. HTTP/1.1 only: one connection then carries
  // one request, and where it stood when the connection broke can be told.
  const connect = buildConnector({
    timeout: Math.min(timeoutMilliseconds, longestConnectMilliseconds),
    allowH2: false,
  });
  const shared = {
    connect,
    allowH2: false,
    pipelining: 1,
    keepAliveMaxTimeout: longestIdleMilliseconds,
    // Our own deadline covers the whole answer; these would cut in with an error of their own.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const pool = new Pool(origin, { ...shared, connections: concurrency });

  return {
    origin,
    shared: pool,
    fresh() {
      let attempts = 0;
      let isConnected = false;
      const { promise: connected, resolve } = Promise.withResolvers<void>();
      const client = new Client(origin, {
        ...shared,
        connect: (target, callback) => {
          attempts += 1;
          // undici connects again by itself when a connection goes before the request was written to it.
          if (attempts > 1) return callback(new Error('the only connection for this request broke'), null);
          connect(target, (...outcome) => {
            isConnected = outcome[0] === null;
            if (isConnected) resolve();
            callback(...outcome);
          });
        },
      });
      return {
        dispatcher: client,
        isConnected: () => isConnected,
        connected,
        end: () => void client.destroy().catch(() => undefined),
      };
    },
    destroy: () => pool.destroy(),
  };
}
