import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process named so that a later process with the same pid is not taken for it: `<pid>@<when it started>`.
 * Undefined when there is no such process, or only its unreaped remains.
 */
export function processIdentity(pid: number): string | undefined {
  const startedAt = process.platform === 'linux' ? linuxStartTicks(pid) : psField(pid, 'lstart');
  return startedAt === undefined ? undefined : `${pid}@${startedAt.replaceAll(/[^\w]+/g, '-')}`;
}

/** The command line of a process, or undefined when there is no such process. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return psField(pid, 'args');
  const raw = readIfPresent(`/proc/${pid}/cmdline`);
  return raw === undefined || raw === '' ? undefined : raw.split('\0').join(' ').trim();
}

function linuxStartTicks(pid: number): string | undefined {
  const stat = readIfPresent(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // proc(5): the name in parentheses may hold spaces, so count from the last one. Then state is field 3
  // and starttime field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

// /proc rather than ps on Linux: slim images have no ps.
function psField(pid: number, field: 'lstart' | 'args'): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', `${field}=`, '-p', String(pid)], {
    encoding: 'utf8',
  });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
