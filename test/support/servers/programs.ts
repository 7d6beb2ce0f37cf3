import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Program {
  /** Names it goes by on PATH, the usual one first. */
  readonly names: readonly string[];
  readonly debianPackage: string;
  /** What to give `brew install`. */
  readonly brew: string;
  /** The service that its package starts and enables; ours are started by the tests, and end with them. */
  readonly service?: string;
  readonly purpose: string;
}

export const REDIS: Program = {
  names: ['redis-server'],
  debianPackage: 'redis-server',
  brew: 'redis',
  service: 'redis-server',
  purpose: 'a real Redis',
};

export const CHROMIUM: Program = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  debianPackage: 'chromium',
  brew: '--cask chromium',
  purpose: 'a real browser',
};

export const ALERTMANAGER: Program = {
  names: ['prometheus-alertmanager', 'alertmanager'],
  debianPackage: 'prometheus-alertmanager',
  brew: 'alertmanager',
  service: 'prometheus-alertmanager',
  purpose: 'a real Alertmanager',
};

/** Checks Alertmanager's settings; in the same package. */
export const AMTOOL: Program = { ...ALERTMANAGER, names: ['amtool'] };

/**
 * The program's path. Where it is missing it is installed when that needs no password (Debian or Ubuntu, as
 * root); a test that needs it is never skipped.
 *
 * @throws Error saying exactly what to install.
 */
export function findOrInstall(program: Program): string {
  const found = onPath(program.names);
  if (found !== undefined) return found;
  const command = `apt-get install -y ${program.debianPackage}`;
  if (process.getuid?.() === 0 && onPath(['apt-get']) !== undefined) {
    console.log(`Tests need ${program.purpose}: ${command}`);
    const failure = aptGet(['update']) ?? aptGet(['install', '-y', program.debianPackage]);
    if (program.service !== undefined) leaveStopped(program.service);
    const installed = onPath(program.names);
    if (installed !== undefined) return installed;
    throw new Error(`Tests need ${program.purpose} and "${command}" did not give one:\n${failure ?? ''}`);
  }
  throw new Error(
    `Tests need ${program.purpose} ("${program.names[0]}" on PATH). Install it: on Debian or Ubuntu "sudo apt-get update && sudo ${command}", on macOS "brew install ${program.brew}".`,
  );
}

/** What it said, when it failed. */
function aptGet(args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync('apt-get', args, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0 ? undefined : `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
}

/** Debian starts the services it installs, now and at every boot. Whoever ran the tests asked for no such thing. */
function leaveStopped(service: string): void {
  // Both know systemd and its predecessors; where neither runs there is nothing to stop.
  spawnSync('service', [service, 'stop']);
  spawnSync('update-rc.d', [service, 'disable']);
}

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
