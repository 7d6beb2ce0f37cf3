import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { Fault } from '../../core/errors.ts';

/** A system account that PostgreSQL runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to run PostgreSQL as: undefined for an ordinary user (it runs as that user), and for root the
 * owner of an existing cluster or the system user `postgres`, which is created when there is none, because
 * PostgreSQL refuses to run as root.
 */
export function postgresAccount(clusterDir: string, log: (line: string) => void): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const cluster = statSync(clusterDir, { throwIfNoEntry: false });
  // Made earlier by an ordinary user in the same checkout: only that user can open it.
  if (cluster !== undefined && cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid };
  return existingAccount() ?? createAccount(log);
}

function existingAccount(): Account | undefined {
  const uid = idOf('-u');
  const gid = idOf('-g');
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function idOf(flag: '-u' | '-g'): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
}

function createAccount(log: (line: string) => void): Account {
  log('Running as root, and PostgreSQL refuses to: creating the system user "postgres".');
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', 'postgres'],
      { stdio: 'pipe' },
    );
  } catch (cause) {
    // Two starts at once: the other one made it.
    const made = existingAccount();
    if (made !== undefined) return made;
    throw new Fault(
      'no_postgres_account',
      'Could not create the system user "postgres" with useradd, and PostgreSQL refuses to run as root. Create that user, or start Countersign as an ordinary user.',
      { cause },
    );
  }
  const account = existingAccount();
  if (account === undefined) {
    throw new Fault(
      'no_postgres_account',
      'useradd reported success but the system user "postgres" does not exist. Create it, or start Countersign as an ordinary user.',
    );
  }
  return account;
}

/**
 * Whether the account can enter a directory or read a file. Asked of the kernel as that account, so that
 * parents nobody else may enter, access lists and mount options all count.
 */
export function canReach(account: Account, path: string): boolean {
  const { status } = spawnSync(
    '/bin/sh',
    ['-c', 'test -r "$1" || { test -d "$1" && cd "$1"; }', 'sh', path],
    {
      ...account,
      cwd: '/',
      stdio: 'ignore',
    },
  );
  return status === 0;
}
