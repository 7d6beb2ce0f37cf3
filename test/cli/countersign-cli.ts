import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const cli = join(import.meta.dirname, '../../src/cli.ts');

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  readonly said: () => string;
  readonly finished: Promise<Finished>;
}

/** The real command line as a process of its own, with exactly this environment. */
export function startCli(
  args: readonly string[],
  options: { folder: string; variables: Readonly<Record<string, string>> },
): RunningCli {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: options.folder,
    env: { PATH: process.env.PATH, HOME: options.folder, ...options.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout!.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    err += chunk;
  });
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  return { child, said: () => out + err, finished };
}

export function runCli(
  args: readonly string[],
  options: { folder: string; variables: Readonly<Record<string, string>> },
): Promise<Finished> {
  return startCli(args, options).finished;
}
