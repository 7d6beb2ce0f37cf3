import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** Names the file descriptor of a pipe that closes when the process that started us is gone. */
export const PARENT_PIPE = 'COUNTERSIGN_PARENT_PIPE';

// Loaded before the entry. Worker threads and child processes of the entry load it too (they inherit Node's
// arguments); the variable is for this one process, which takes it away.
const descriptor = process.env[PARENT_PIPE];
if (descriptor !== undefined && isMainThread) {
  delete process.env[PARENT_PIPE];
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  pipe.on('error', () => {});
  // Killed with SIGKILL, our parent could pass nothing on: stop as if it had been told to.
  pipe.on('close', () => process.kill(process.pid, 'SIGTERM'));
  pipe.resume();
  pipe.unref();
}
