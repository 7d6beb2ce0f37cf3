import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, canReach } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

/** Where data and binaries go when the account cannot reach them where they are. */
const SYSTEM_DIRECTORY = '/var/lib/countersign';

/**
 * The directory that data asked for at `dataDir` really lives in: itself, or one under
 * `/var/lib/countersign` named after it when a parent shuts the account out (a checkout in `/root`).
 */
export function reachableDataDirectory(dataDir: string, account: Account | undefined): string {
  const wanted = makeDirectory(resolve(dataDir));
  if (account === undefined) return wanted;
  letOthersThrough(wanted);
  if (canReach(account, wanted)) return wanted;
  const moved = join(SYSTEM_DIRECTORY, relocatedName(wanted));
  makeDirectory(moved);
  letOthersThrough(SYSTEM_DIRECTORY);
  letOthersThrough(moved);
  return moved;
}

/** `main-4f1c0a9d2b7e`: readable by people, one per path. */
function relocatedName(dataDir: string): string {
  const project = basename(dirname(dirname(dataDir))).replaceAll(/[^\w-]+/g, '-');
  return `${project}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
}

/** The binaries themselves, or a copy that the account can run. Copied once per version, whole or not at all. */
export function reachableBinaries(
  binaries: PostgresBinaries,
  account: Account | undefined,
): PostgresBinaries {
  if (account === undefined) return binaries;
  const samples = ['bin/postgres', 'lib/libpq.so.5', 'share/postgresql/postgres.bki'].map((file) =>
    join(binaries.directory, file),
  );
  if (samples.filter((file) => existsSync(file)).every((file) => canReach(account, file))) return binaries;
  const copy = join(SYSTEM_DIRECTORY, `postgres-${binaries.version}-${process.arch}`);
  if (!existsSync(copy)) {
    mkdirSync(SYSTEM_DIRECTORY, { recursive: true });
    const unfinished = mkdtempSync(`${copy}.unfinished-`);
    cpSync(binaries.directory, unfinished, { recursive: true, verbatimSymlinks: true });
    makeReadableByAll(unfinished);
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true });
      // Another start finished its copy first; anything else is a real failure.
      if (!existsSync(copy)) throw error;
    }
  }
  letOthersThrough(SYSTEM_DIRECTORY);
  return { ...binaries, directory: copy };
}

function makeDirectory(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
}

/** Others may pass through to what they own further down, and still not list what is there. */
function letOthersThrough(directory: string): void {
  const { mode } = statSync(directory);
  if ((mode & 0o011) !== 0o011) chmodSync(directory, (mode & 0o7777) | 0o011);
}

/** `chmod -R a+rX`: under a umask of 077 npm installs files that only root can read. */
function makeReadableByAll(path: string): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  const isRunnable = entry.isDirectory() || (entry.mode & 0o100) !== 0;
  chmodSync(path, (entry.mode & 0o7777) | 0o444 | (isRunnable ? 0o111 : 0));
  if (entry.isDirectory()) for (const name of readdirSync(path)) makeReadableByAll(join(path, name));
}
