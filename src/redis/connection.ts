import { Redis } from 'ioredis';
import type { Log } from '../log.ts';

/** One connection to Redis whose loss is never an outage. */
export interface RedisConnection {
  /** Runs `onRedis`, or `inMemory` when Redis is away, slow or answers with an error. Never rejects because of Redis. */
  attempt<Result>(
    onRedis: (redis: Redis) => Promise<Result>,
    inMemory: () => Promise<Result>,
  ): Promise<Result>;
  /** A round trip right now, for `doctor` and `/ready`: undefined when it answers, else what went wrong. */
  problem(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface RedisConnectionOptions {
  /** `redis://[user:password@]host:port/db`, `rediss://…` or `unix:///path/to.sock`. */
  readonly url: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** How long one command may take. Default 250: Slack wants its answer within 3 s, and memory answers at once. */
  readonly commandTimeoutMilliseconds?: number;
  /** How long memory is used after a failure before one command tries Redis again. Default 1,000. */
  readonly retryAfterMilliseconds?: number;
}

export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { url, log, commandTimeoutMilliseconds = 250, retryAfterMilliseconds = 1_000 } = options;
  const redis = new Redis({
    ...addressOf(url),
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: commandTimeoutMilliseconds,
    // Destroys a connection that swallows commands (a firewall that forgot it): without this it would stay
    // "ready" for as long as TCP retransmits, about 15 minutes on Linux.
    socketTimeout: commandTimeoutMilliseconds * 4,
    // A command must fail now and be answered from memory, never wait for a server that is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A count or claim sent again after a reconnection could happen twice.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 5), 2_000),
  });

  let isAway = false;
  let isClosed = false;
  let retryAt = 0;
  const noteAway = (error: unknown): void => {
    retryAt = performance.now() + retryAfterMilliseconds;
    if (isAway || isClosed) return;
    isAway = true;
    log.warn(
      { err: error },
      'cannot use Redis; pacing, rate limits and caches stay in this process until it is back',
    );
  };
  const noteBack = (): void => {
    retryAt = 0;
    if (!isAway) return;
    isAway = false;
    log.info({}, 'Redis is back; pacing, rate limits and caches are shared again');
  };
  // Without a listener ioredis prints to the console. The first failed connection arrives only here.
  redis.on('error', noteAway);
  redis.on('close', () => noteAway(new Error('the connection to Redis was closed')));
  redis.on('ready', noteBack);
  const connecting = redis.connect().catch(noteAway);

  return {
    async attempt(onRedis, inMemory) {
      await connecting;
      const now = performance.now();
      if (isClosed || now < retryAt) return await inMemory();
      // While it is away only one caller at a time pays the timeout to find out whether it is back.
      if (isAway) retryAt = now + retryAfterMilliseconds;
      let result: Awaited<ReturnType<typeof onRedis>>;
      try {
        result = await onRedis(redis);
      } catch (error) {
        noteAway(error);
        return await inMemory();
      }
      noteBack();
      return result;
    },
    async problem() {
      await connecting;
      try {
        await redis.ping();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    async close() {
      isClosed = true;
      await connecting;
      redis.disconnect();
    },
  };
}

function addressOf(url: string): object {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  if (protocol === 'unix:') return { path: decodeURIComponent(pathname) };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1) || '0'),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: { servername: hostname } } : {}),
  };
}
