import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fchownSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../core/errors.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { postgresEnvironment } from './cluster.ts';
import { holderFlags, readyPostmasterPid, refuseWhenHeld } from './postmaster.ts';
import { stopWithThisProcess } from './stop-with-this-process.ts';

/** A start after a crash replays the log first; far longer than that ever takes on the demo's data. */
const START_MILLISECONDS = 60_000;
const FAST_SHUTDOWN_MILLISECONDS = 15_000;
/** A free port can be taken by someone else before PostgreSQL binds it. */
const PORT_ATTEMPTS = 5;

export interface PostgresServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly clusterDir: string;
  readonly logFile: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly port: number | undefined;
  readonly flags: readonly string[];
}

/** Starts PostgreSQL on loopback and waits until it accepts connections. */
export async function startServer(options: ServerOptions): Promise<PostgresServer> {
  const attempts = options.port === undefined ? PORT_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = spawnPostgres(options, port);
    if (await isReady(child, options.clusterDir)) return serving(child, port);
    // Another start may have been first, between our look and PostgreSQL's.
    refuseWhenHeld(options.clusterDir);
    if (attempt < attempts && !(await isPortFree(port))) continue;
    throw new Fault(
      'postgres_did_not_start',
      `PostgreSQL did not start on 127.0.0.1:${port} with "${options.clusterDir}". It said:\n${lastLines(options.logFile)}`,
    );
  }
}

function spawnPostgres({ binaries, clusterDir, account, flags, logFile }: ServerOptions, port: number) {
  // A file and not a pipe: when this process is killed, PostgreSQL goes on writing somewhere.
  const output = openSync(logFile, 'w', 0o600);
  try {
    if (account !== undefined) fchownSync(output, account.uid, account.gid);
    return spawn(
      join(binaries.directory, 'bin', 'postgres'),
      [
        ...['-D', clusterDir, '-p', String(port)],
        ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        ...['-c', 'timezone=UTC', '-c', 'log_timezone=UTC', ...holderFlags(), ...flags],
      ],
      {
        ...account,
        cwd: clusterDir,
        env: postgresEnvironment(),
        stdio: ['ignore', output, output],
        // Its own process group: Ctrl-C in a terminal reaches every process of ours at once, and the
        // database has to outlive the draining of the rest.
        detached: true,
      },
    );
  } finally {
    closeSync(output);
  }
}

async function isReady(child: ChildProcess, clusterDir: string): Promise<boolean> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = Date.now() + START_MILLISECONDS;
  while (child.pid === undefined || readyPostmasterPid(clusterDir) !== child.pid) {
    if (failure !== undefined) throw failure;
    if (hasEnded(child)) return false;
    if (Date.now() > deadline) {
      await end(child);
      return false;
    }
    await pause(20);
  }
  return true;
}

function serving(child: ChildProcess, port: number): PostgresServer {
  const stop = () => end(child);
  const forget = stopWithThisProcess({ stop, stopNow: () => child.kill('SIGINT') });
  child.once('exit', forget);
  // The server is not a reason for this process to stay: whoever uses it holds connections.
  child.unref();
  return { port, stop };
}

/** Fast shutdown, then immediate. */
async function end(child: ChildProcess): Promise<void> {
  for (const [signal, deadlineMilliseconds] of [
    ['SIGINT', FAST_SHUTDOWN_MILLISECONDS],
    ['SIGQUIT', FAST_SHUTDOWN_MILLISECONDS],
  ] as const) {
    if (hasEnded(child)) return;
    child.ref();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const giveUp = new AbortController();
    await Promise.race([
      ended,
      pause(deadlineMilliseconds, undefined, { signal: giveUp.signal }).catch(() => {}),
    ]);
    giveUp.abort();
  }
  if (!hasEnded(child))
    throw new Fault('postgres_does_not_stop', `PostgreSQL (pid ${child.pid}) does not stop.`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No loopback port was given.'));
        else resolve(address.port);
      });
    });
  });
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function lastLines(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
}
