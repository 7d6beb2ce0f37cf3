import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../core/errors.ts';
import { commandLine, processIdentity } from './process-identity.ts';

/**
 * The process that started a PostgreSQL server is written on that server's own command line (a setting of
 * this name), where it appears and vanishes together with the server: a file beside the data could be
 * stale, or not written yet.
 */
const HOLDER_SETTING = 'countersign.holder';

/** Fast shutdown takes well under a second here; a checkpoint of a busy disk may take longer. */
const FAST_SHUTDOWN_MILLISECONDS = 15_000;
const IMMEDIATE_SHUTDOWN_MILLISECONDS = 5_000;

export function holderFlags(): string[] {
  return ['-c', `${HOLDER_SETTING}=${processIdentity(process.pid) ?? process.pid}`];
}

/** The server's pid when postmaster.pid says that it runs and accepts connections. */
export function readyPostmasterPid(clusterDir: string): number | undefined {
  const lines = pidFileLines(clusterDir);
  // Line 8 is the state, padded with spaces: the same that `pg_ctl start --wait` reads.
  return lines?.[7]?.trim() === 'ready' ? Number.parseInt(lines[0] ?? '', 10) : undefined;
}

/**
 * Leaves no server running on the data: one whose owner was killed is shut down, what a crash left is
 * cleared, and one whose owner lives is respected.
 *
 * @throws Fault naming the process that holds the data, or the server that does not stop.
 */
export async function clearOrphans(clusterDir: string, log: (line: string) => void): Promise<void> {
  const server = runningServer(clusterDir);
  if (server !== undefined) {
    refuseWhenHeld(clusterDir);
    log(`PostgreSQL (pid ${server.pid}) was left running by a Countersign that was killed; stopping it.`);
    await shutDown(server.pid, clusterDir);
  }
  await waitForLeftoverBackends(clusterDir);
  removeStalePidFile(clusterDir);
}

/**
 * @throws Fault naming the process that holds the data, when one does.
 */
export function refuseWhenHeld(clusterDir: string): void {
  const server = runningServer(clusterDir);
  if (server === undefined) return;
  const holder = new RegExp(`${HOLDER_SETTING}=(\\S+)`).exec(server.command)?.[1];
  if (holder === undefined) {
    throw new Fault(
      'postgres_data_in_use',
      `"${clusterDir}" is open in a PostgreSQL server (pid ${server.pid}) that Countersign did not start. Stop it, or use another data directory.`,
    );
  }
  const holderPid = Number.parseInt(holder, 10);
  if (processIdentity(holderPid) !== holder) return;
  throw new Fault(
    'postgres_data_in_use',
    `"${clusterDir}" is in use by another Countersign: pid ${holderPid} (${commandLine(holderPid) ?? 'command unknown'}). Stop that one, or use another data directory.`,
  );
}

/** The server on the data, found also in the moment before it has written its postmaster.pid. */
function runningServer(clusterDir: string): { readonly pid: number; readonly command: string } | undefined {
  for (const pid of [pidInFile(clusterDir), ...processesIn(clusterDir)]) {
    const command = pid === undefined ? undefined : commandLine(pid);
    // As server.ts writes it; with what follows, because one directory's path can begin another's.
    if (pid !== undefined && command?.includes(`-D ${clusterDir} -p `)) return { pid, command };
  }
  return undefined;
}

/**
 * PostgreSQL removes a stale postmaster.pid itself, unless its pid is still taken: by another process of the
 * same user, or by the dead server's entry that nobody collects (a container without an init process). That
 * nothing uses the data was settled before, and PostgreSQL checks it once more by the shared memory of the
 * data directory.
 */
function removeStalePidFile(clusterDir: string): void {
  if (pidInFile(clusterDir) === undefined || runningServer(clusterDir) !== undefined) return;
  rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
}

function pidInFile(clusterDir: string): number | undefined {
  const pid = Number.parseInt(pidFileLines(clusterDir)?.[0] ?? '', 10);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

async function shutDown(pid: number, clusterDir: string): Promise<void> {
  // https://www.postgresql.org/docs/18/server-shutdown.html: SIGINT is fast, SIGQUIT immediate (the next
  // start recovers). Never SIGKILL: it leaves backends working on the data.
  for (const [signal, deadlineMilliseconds] of [
    ['SIGINT', FAST_SHUTDOWN_MILLISECONDS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MILLISECONDS],
  ] as const) {
    signalIfAlive(pid, signal);
    if (await isGoneWithin(() => processIdentity(pid) === undefined, deadlineMilliseconds)) return;
  }
  throw new Fault(
    'postgres_does_not_stop',
    `PostgreSQL (pid ${pid}) on "${clusterDir}" was left by a killed process and does not stop. Stop it by hand ("kill -QUIT ${pid}"), then start again.`,
  );
}

/** When the server itself was killed its backends end by themselves, at the latest after their statement. */
async function waitForLeftoverBackends(clusterDir: string): Promise<void> {
  const areGone = () => {
    // What came up meanwhile may be another start's server, which is not for us to stop.
    refuseWhenHeld(clusterDir);
    return processesIn(clusterDir).length === 0;
  };
  if (await isGoneWithin(areGone, IMMEDIATE_SHUTDOWN_MILLISECONDS)) return;
  for (const pid of processesIn(clusterDir)) signalIfAlive(pid, 'SIGQUIT');
  if (await isGoneWithin(areGone, IMMEDIATE_SHUTDOWN_MILLISECONDS)) return;
  throw new Fault(
    'postgres_does_not_stop',
    `PostgreSQL processes (pid ${processesIn(clusterDir).join(', ')}) still work on "${clusterDir}" and do not stop. Stop them by hand with "kill -QUIT", then start again.`,
  );
}

/** Every PostgreSQL process has the data directory as its working directory. */
function processesIn(clusterDir: string): number[] {
  // Elsewhere PostgreSQL's own shared-memory check refuses to start beside leftovers.
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && readlinkSync(`/proc/${pid}/cwd`) === clusterDir;
      } catch {
        // Gone, or another user's.
        return false;
      }
    });
}

function pidFileLines(clusterDir: string): string[] | undefined {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw error;
  }
}

async function isGoneWithin(isGone: () => boolean, deadlineMilliseconds: number): Promise<boolean> {
  const deadline = Date.now() + deadlineMilliseconds;
  while (!isGone()) {
    if (Date.now() > deadline) return false;
    await pause(20);
  }
  return true;
}
