import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { deliverTo } from './countersign.ts';
import type { Surroundings } from './surroundings.ts';

export interface CountersignProcess {
  readonly url: string;
  readonly logged: readonly string[];
  /** SIGKILL: no handler runs, nothing is said to anybody. */
  kill(): Promise<void>;
  /** SIGTERM, in order. @returns the exit code */
  stop(): Promise<number | null>;
}

const program = join(import.meta.dirname, 'programs/countersign.ts');

/**
 * The bot as a process of its own, so that it can be killed and started again on the same database.
 *
 * @example const bot = await startCountersignProcess(surroundings); await bot.kill();
 * @throws Error with what it said when it ends before it serves.
 */
export async function startCountersignProcess(
  surroundings: Surroundings,
  variables: Readonly<Record<string, string>> = {},
): Promise<CountersignProcess> {
  const child = spawn(process.execPath, [program, surroundings.folder], {
    env: { PATH: process.env.PATH, ...surroundings.variables, ...variables },
    // Its input closes with this process, however that ends.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const logged: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => logged.push(line));
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const served = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  const first = await Promise.race([served, ended]);
  if (typeof first !== 'string') {
    throw new Error(`The bot ended with ${first} before it served:\n${logged.slice(-20).join('\n')}`);
  }
  const url = `http://127.0.0.1:${(JSON.parse(first) as { port: number }).port}`;
  await deliverTo(surroundings, url);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    logged,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

const running = new Set<ChildProcess>();

/** Call it while the file is collected, after its surroundings: whatever still runs ends with its last test. */
export function endProcessesAfterwards(): void {
  afterAll(async () => {
    await Promise.all(
      [...running].map(async (child) => {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }),
    );
  });
}
