import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { Fault } from '../../core/errors.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';
import { processIdentity } from './process-identity.ts';

const SECRET_FILE = 'countersign-credentials.json';
const secretFile = z.object({ secret: z.string().min(32) });

/** A role's password, derived from the cluster's one secret. */
export type PasswordOf = (role: string) => string;

/**
 * Makes the data directory when there is none. It is built beside its place and renamed into it together
 * with its secret, so a process killed half-way leaves nothing that looks like a cluster, and of two first
 * starts one wins.
 */
export async function ensureCluster(options: {
  readonly clusterDir: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly isDurable: boolean;
  readonly log: (line: string) => void;
}): Promise<PasswordOf> {
  const { clusterDir, binaries, account, isDurable, log } = options;
  refuseAnotherUsers(clusterDir);
  removeUnfinished(clusterDir);
  if (!existsSync(join(clusterDir, 'PG_VERSION'))) {
    log(`Creating a PostgreSQL database in "${clusterDir}".`);
    const unfinished = `${clusterDir}.unfinished-${processIdentity(process.pid) ?? process.pid}`;
    try {
      const secret = randomBytes(32).toString('base64url');
      await initdb(unfinished, { binaries, account, isDurable, password: passwordFrom(secret)('postgres') });
      writePrivate(join(unfinished, SECRET_FILE), JSON.stringify({ secret }), account);
      renameSync(unfinished, clusterDir);
    } catch (error) {
      if (!existsSync(join(clusterDir, 'PG_VERSION'))) throw error;
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  refuseOtherMajorVersion(clusterDir, binaries);
  return passwordFrom(readSecret(clusterDir));
}

async function initdb(
  directory: string,
  options: {
    readonly binaries: PostgresBinaries;
    readonly account: Account | undefined;
    readonly isDurable: boolean;
    readonly password: string;
  },
): Promise<void> {
  mkdirSync(directory, { mode: 0o700 });
  if (options.account !== undefined) chownSync(directory, options.account.uid, options.account.gid);
  const passwordFile = `${directory}.password`;
  writePrivate(passwordFile, `${options.password}\n`, options.account);
  try {
    await promisify(execFile)(
      join(options.binaries.directory, 'bin', 'initdb'),
      [
        `--pgdata=${directory}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The same order of text on every machine, whatever locales it has installed.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(options.isDurable ? [] : ['--no-sync']),
      ],
      { ...options.account, cwd: directory, env: postgresEnvironment() },
    );
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Fault(
      'initdb_failed',
      `PostgreSQL could not create its data directory "${directory}": ${output || String(cause)}`,
      { cause },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** What PostgreSQL's programs see: nothing of ours (its own variables would change what they do). */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

function refuseAnotherUsers(clusterDir: string): void {
  if (!existsSync(clusterDir)) return;
  try {
    readdirSync(clusterDir);
  } catch (cause) {
    throw new Fault(
      'postgres_data_of_another_user',
      `"${clusterDir}" belongs to another user (uid ${statSync(clusterDir).uid}); a start as root made it, or somebody else. Start as that user, or as root, or use another data directory.`,
      { cause },
    );
  }
}

function refuseOtherMajorVersion(clusterDir: string, binaries: PostgresBinaries): void {
  const written = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  const major = binaries.version.split('.')[0];
  if (written === major) return;
  throw new Fault(
    'postgres_version_differs',
    `"${clusterDir}" was written by PostgreSQL ${written} and the installed one is ${major}. Upgrade it with pg_upgrade, or drop it and start afresh (npm run demo -- --reset).`,
  );
}

function readSecret(clusterDir: string): string {
  const file = join(clusterDir, SECRET_FILE);
  try {
    return secretFile.parse(JSON.parse(readFileSync(file, 'utf8'))).secret;
  } catch (cause) {
    throw new Fault(
      'postgres_credentials_unreadable',
      `"${file}" holds the passwords of the embedded database and cannot be read. Start as the user who made it, or drop the data and start afresh (npm run demo -- --reset).`,
      { cause },
    );
  }
}

function passwordFrom(secret: string): PasswordOf {
  return (role) => createHmac('sha256', secret).update(role).digest('base64url');
}

function writePrivate(file: string, content: string, account: Account | undefined): void {
  writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
  if (account !== undefined) chownSync(file, account.uid, account.gid);
}

/** Directories whose maker was killed. */
function removeUnfinished(clusterDir: string): void {
  const parent = join(clusterDir, '..');
  for (const name of readdirSync(parent)) {
    const maker = /\.unfinished-((\d+)@?\w*)/.exec(name);
    if (maker === null || processIdentity(Number(maker[2])) === maker[1]) continue;
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}
