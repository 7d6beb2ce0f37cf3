import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Office } from './office.ts';

const program = join(import.meta.dirname, '../ack/countersign.ts');

/** The real bot in a process of its own; Slack's requests go there from now on. */
export async function startBot(office: Office): Promise<{ stop(): Promise<void> }> {
  const child = fork(program, [office.folder], {
    cwd: office.folder,
    env: { PATH: process.env.PATH, ...office.variables },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { port } = await started(child);
  office.workspace.deliverByHttp(`http://127.0.0.1:${port}/slack/events`);
  return {
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function started(child: ChildProcess): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as { port: number }));
    child.once('exit', (code) => reject(new Error(`The bot ended with ${code} before it served`)));
  });
}
