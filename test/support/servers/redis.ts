import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { until } from '../until.ts';
import { freePort } from './free-port.ts';
import { findOrInstall, REDIS } from './programs.ts';
import { startProgram } from './start-program.ts';

export interface RedisServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** A redis-server of our own that keeps nothing on disk. */
export async function startRedis(options: { readonly port?: number } = {}): Promise<RedisServer> {
  const program = findOrInstall(REDIS);
  const port = options.port ?? (await freePort());
  const server = startProgram(program, [
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
  ]);
  await until(
    async () => {
      if (server.hasEnded()) {
        throw new Error(`redis-server ended at once on port ${port}:\n${server.output()}`);
      }
      return await accepts(port);
    },
    { deadlineMilliseconds: 10_000, waitingFor: `redis-server on port ${port}` },
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: server.stop,
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
