import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface StartedProgram {
  hasEnded(): boolean;
  /** The last of what it wrote. */
  output(): string;
  /** Asks it to end (SIGTERM), and waits until it has. */
  stop(): Promise<void>;
  /** SIGKILL: it can finish nothing. */
  kill(): Promise<void>;
}

/** Runs a command until it ends or our end of the pipe closes, as it does however we end, SIGKILL included. */
const diesWithUs = 'exec 3<&0; "$@" & server=$!; { cat <&3 >/dev/null; kill "$server"; } & wait "$server"';

/** A program that does not outlive us. */
export function startProgram(path: string, args: readonly string[]): StartedProgram {
  const child = spawn(
    'sh',
    ['-c', diesWithUs, 'sh', path, ...args],
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
  const ending = async (begin: () => void) => {
    if (hasEnded()) return;
    const ended = once(child, 'exit');
    begin();
    await ended;
  };
  return {
    hasEnded,
    output: () => output,
    stop: () => ending(() => child.stdin.end()),
    // The shell, what it runs and what watches the pipe are one group.
    kill: () => ending(() => process.kill(-child.pid!, 'SIGKILL')),
  };
}
