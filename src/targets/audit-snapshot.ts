import { Socket } from 'node:net';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { SessionCache } from './session-cache.ts';
import { targetFault } from './target-fault.ts';

/** A target that does not answer the connection within this is down for a person who waits. */
const connectTimeoutMilliseconds = 5_000;
/** A connection on which nothing arrived for this long is dead (a firewall dropped it silently). */
const silenceMilliseconds = 60_000;
/** After an abort, how long the target gets to take the cancellation before its connection is cut anyway. */
const cancelTimeoutMilliseconds = 2_000;

export interface SnapshotOptions {
  readonly target: string;
  readonly databaseUrl: string;
  readonly timeoutSeconds: number;
  /** Names the request in the target's own log and activity. */
  readonly correlationId?: string | undefined;
  readonly signal: AbortSignal;
  /** Connections of earlier snapshots of the same target. */
  readonly sessions: SessionCache<Session>;
}

/** One REPEATABLE READ READ ONLY transaction: everything read in it is of one moment. */
export interface Snapshot {
  rows<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<Row[]>;
  /** Streams `COPY … TO STDOUT`, chunk by chunk, waiting for `onChunk` before more is read from the socket. */
  copy(sql: string, onChunk: (chunk: Buffer) => Promise<void> | undefined): Promise<void>;
}

/**
 * Runs `work` in one snapshot. An abort cancels the running statement on the server and cuts the connection.
 * While a COPY runs, questions go over a second connection that shares the snapshot; it is opened when needed.
 * @throws Fault `target_unreachable`, `target_timeout` or `target_unreadable`; the signal's reason on abort.
 */
export async function inSnapshot<Result>(
  options: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<Result>,
): Promise<Result> {
  const { target, signal } = options;
  signal.throwIfAborted();
  const main = options.sessions.take() ?? createSession(options);
  let second: Session | undefined;
  let isCopying = false;
  let isDone = false;
  let cancelling: Promise<void> | undefined;
  const onAbort = (): void => {
    cancelling = cancelAndCut(options.databaseUrl, [main, second]);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const snapshotId = await main.begin(options);

    const sessionForQuestions = async (): Promise<Session> => {
      if (!isCopying) return main;
      if (!second) {
        const opened = createSession(options);
        second = opened;
        await opened.begin(options, snapshotId);
      }
      return second;
    };

    const result = await work({
      async rows<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]) {
        signal.throwIfAborted();
        const session = await sessionForQuestions();
        return (await session.client.query<Row>(sql, [...values])).rows;
      },
      async copy(sql, onChunk) {
        signal.throwIfAborted();
        isCopying = true;
        try {
          const stream = main.client.query(copyTo(sql));
          for await (const chunk of stream) {
            const waiting = onChunk(chunk as Buffer);
            if (waiting) await waiting;
            signal.throwIfAborted();
          }
        } finally {
          isCopying = false;
        }
      },
    });
    await main.client.query('COMMIT');
    isDone = true;
    return result;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw targetFault(target, main.failure ?? second?.failure ?? error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await cancelling;
    await Promise.all([isDone ? options.sessions.giveBack(main) : main.end(), second?.end()]);
  }
}

export interface Session {
  readonly client: pg.Client;
  /** Connects when it has not yet. @returns the snapshot's id: the given one, or a new one. */
  begin(options: Pick<SnapshotOptions, 'correlationId'>, snapshotId?: string): Promise<string>;
  readonly isUsable: boolean;
  end(): Promise<void>;
  cut(): void;
  /** Why the connection broke, when it did. */
  readonly failure: Error | undefined;
}

function createSession(options: SnapshotOptions): Session {
  const socket = new Socket();
  let isOpen = false;
  let failure: Error | undefined;
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    application_name: 'countersign verify-audit',
    keepAlive: true,
    stream: () => socket,
  });
  // Without a listener an idle connection that breaks would end the process.
  client.on('error', (error) => {
    failure ??= error;
  });
  socket.setTimeout(silenceMilliseconds, () => {
    socket.destroy(Object.assign(new Error('nothing arrived on the connection'), { code: 'ETIMEDOUT' }));
  });
  socket.once('error', (error) => {
    failure ??= error;
  });

  return {
    client,
    get failure() {
      return failure;
    },
    async begin({ correlationId }, snapshotId) {
      if (!isOpen) await client.connect();
      isOpen = true;
      const snapshot =
        snapshotId === undefined ? '' : `SET TRANSACTION SNAPSHOT ${client.escapeLiteral(snapshotId)};`;
      // One round trip. Local to the transaction, so that a pooler between us and the database stays as it was.
      const answers: unknown = await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${snapshot}
         SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';
         SET LOCAL statement_timeout = ${options.timeoutSeconds * 1000};
         ${correlationId === undefined ? '' : `SET LOCAL application_name = ${client.escapeLiteral(`countersign ${correlationId}`)};`}
         ${snapshotId === undefined ? 'SELECT pg_export_snapshot() AS id' : ''}`,
      );
      // Several statements answer with a list, which pg's types do not say.
      return snapshotId ?? (answers as pg.QueryResult<{ id: string }>[]).at(-1)!.rows[0]!.id;
    },
    get isUsable() {
      return isOpen && !socket.destroyed && failure === undefined;
    },
    async end() {
      if (isOpen && !socket.destroyed && failure === undefined) {
        // A statement still running (the reader failed half-way) would keep a polite goodbye waiting.
        const goodbye = setTimeout(() => socket.destroy(), 500);
        await client.end().catch(() => undefined);
        clearTimeout(goodbye);
      }
      socket.destroy();
    },
    cut: () => {
      socket.destroy();
    },
  };
}

/** Stops the statements on the server first: a cut connection alone is noticed only when it next writes. */
async function cancelAndCut(databaseUrl: string, sessions: readonly (Session | undefined)[]): Promise<void> {
  const running = sessions.filter((session) => session !== undefined);
  const pids = running.map((session) => processId(session.client)).filter((pid) => pid !== undefined);
  const canceller = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: cancelTimeoutMilliseconds,
    query_timeout: cancelTimeoutMilliseconds,
    application_name: 'countersign cancel',
  });
  canceller.on('error', () => undefined);
  try {
    if (pids.length > 0) {
      await canceller.connect();
      await canceller.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
    }
  } catch {
    // The target is gone or busy; cutting the connection is all that is left.
  } finally {
    for (const session of running) session.cut();
    await canceller.end().catch(() => undefined);
  }
}

/** The server's process of this connection; pg keeps it, its types do not name it. */
function processId(client: pg.Client): number | undefined {
  const { processID } = client as pg.Client & { readonly processID?: number | null };
  return processID ?? undefined;
}
