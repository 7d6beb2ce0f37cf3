import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { PARENT_PIPE } from './follow-parent.mjs';

/** One Ctrl-C reaches us twice within moments: from the terminal, and from `npm run`, which passes it on. */
const ECHO_MILLISECONDS = 500;

/**
 * Runs the entry to its end with our arguments, input, output and exit code.
 *
 * It gets a process group of its own, so that each signal reaches it from here alone and once, whether it was
 * sent to us, to our group (Ctrl-C, `timeout`) or to both. A pipe tells it when we are gone without a word.
 *
 * @param {string} node
 * @param {string} entry
 * @param {readonly string[]} args
 */
export async function runEntry(node, entry, args) {
  const hadTerminal = isatty(0);
  const isGrouped = process.platform !== 'win32';
  const child = spawn(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      `--import=${new URL('./follow-parent.mjs', import.meta.url).href}`,
      entry,
      ...args,
    ],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      detached: isGrouped,
      env: { ...process.env, [PARENT_PIPE]: '3' },
    },
  );
  // The entry never reads from nor writes to it.
  child.stdio[3]?.on('error', () => {});
  const lastSentAt = new Map();
  const pass = (signal) => {
    // On Windows the console itself sends Ctrl-C to every process.
    if (!isGrouped && signal === 'SIGINT') return;
    const now = performance.now();
    if (now - (lastSentAt.get(signal) ?? -Infinity) < ECHO_MILLISECONDS) return;
    lastSentAt.set(signal, now);
    // SIGHUP asks for a reload, unless it says that the terminal is gone.
    child.kill(signal === 'SIGHUP' && hadTerminal && !isatty(0) ? 'SIGTERM' : signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const name of signals) process.off(name, pass);
  // The way it ended is the way we end.
  if (signal !== null) process.kill(process.pid, signal);
  else process.exitCode = code ?? 1;
}
