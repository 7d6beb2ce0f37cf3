import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Program {
  /** Names it goes by on PATH, the usual one first. */
  readonly names: readonly string[];
  readonly debianPackage: string;
  readonly purpose: string;
}

export const REDIS: Program = {
  names: ['redis-server'],
  debianPackage: 'redis-server',
  purpose: 'a real Redis',
};

export const CHROMIUM: Program = {
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  debianPackage: 'chromium',
  purpose: 'a real browser',
};

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
    const installed = onPath(program.names);
    if (installed !== undefined) return installed;
    throw new Error(`Tests need ${program.purpose} and "${command}" did not give one:\n${failure ?? ''}`);
  }
  throw new Error(
    `Tests need ${program.purpose} ("${program.names[0]}" on PATH). Install it: on Debian or Ubuntu "sudo apt-get update && sudo ${command}", on macOS "brew install ${program.names[0] === 'redis-server' ? 'redis' : '--cask chromium'}".`,
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
