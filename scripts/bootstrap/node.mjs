import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { npmEnvironment } from './npm.mjs';
import { Stop } from './stop.mjs';

/** What the dependencies need (`engines` in package.json), and the first 22 that runs TypeScript as it is. */
const OLDEST = [22, 19];

/**
 * The Node to run TypeScript with: the npm package `node` (a development dependency), else this very Node when
 * it is new enough.
 *
 * @param {string} root
 * @param {{ mayInstall: boolean }} options `mayInstall`: finish an installation of the package `node` whose
 *   install script npm did not run.
 * @returns {string} its path
 */
export function chooseNode(root, { mayInstall }) {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  if (isNewEnough(versionOf(pinned))) return pinned;
  if (isNewEnough(process.versions.node)) return process.execPath;
  if (mayInstall && fetchPinned(root) && isNewEnough(versionOf(pinned))) return pinned;
  throw new Stop(
    `Countersign needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}, and the one npm should have installed in "${pinned}" is missing or does not run on this machine. Install Node 24 (https://nodejs.org/en/download), or let npm fetch it: cd "${root}" && npm ci --ignore-scripts=false`,
  );
}

/**
 * The package holds no Node: its preinstall script fetches the one for this machine. npm does not run it
 * under `ignore-scripts=true`, nor npm 11 when it is not in `allowScripts`.
 */
function fetchPinned(root) {
  const folder = join(root, 'node_modules', 'node');
  const script = join(folder, 'installArchSpecificPackage.js');
  if (!existsSync(script)) return false;
  console.error('npm did not run the install script of the package "node"; running it now.');
  const { status } = spawnSync(process.execPath, [script], {
    cwd: folder,
    env: npmEnvironment(root),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1) : undefined;
}

function isNewEnough(version) {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
