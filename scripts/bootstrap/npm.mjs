import { accessSync, constants, existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/**
 * The environment to run npm in. Not with the Node of `node_modules/.bin`, which `npm run` puts first in PATH
 * and `npm ci` is about to delete; and with a cache this user can write (under `sudo`, HOME may be another's).
 */
export function npmEnvironment(root) {
  const own = join(root, 'node_modules');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(own));
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  return {
    ...process.env,
    PATH: path.join(delimiter),
    ...(canWrite(cache) ? {} : { npm_config_cache: join(tmpdir(), `npm-cache-${process.getuid?.() ?? 0}`) }),
  };
}

export function canWrite(path) {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
