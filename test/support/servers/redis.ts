import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { until } from '../until.ts';
import { findOrInstall, REDIS } from './programs.ts';

export interface RedisServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Runs a command until it ends or our end of the pipe closes, as it does however we end, SIGKILL included. */
const DIES_WITH_US = 'exec 3<&0; "$@" & server=$!; { cat <&3 >/dev/null; kill "$server"; } & wait "$server"';

/** A redis-server of our own that keeps nothing on disk. */
export async function startRedis(options: { readonly port?: number } = {}): Promise<RedisServer> {
  const program = findOrInstall(REDIS);
  const port = options.port ?? (await freePort());
  const child = spawn(
    'sh',
    [
      '-c',
      DIES_WITH_US,
      'sh',
      program,
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      tmpdir(),
    ],
    // A group of its own, so that Ctrl-C is not what stops it, but its input closing.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  child.stdin.on('error', () => {});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await until(
    async () => {
      if (hasEnded()) throw new Error(`redis-server ended at once on port ${port}:\n${output}`);
      return await accepts(port);
    },
    { deadlineMilliseconds: 10_000, waitingFor: `redis-server on port ${port}` },
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      if (hasEnded()) return;
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** redis-server takes port 0 to mean no port at all, so one is found for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No loopback port was given.');
  return address.port;
}
