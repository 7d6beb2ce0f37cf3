import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { canWrite, npmEnvironment } from './npm.mjs';
import { Stop } from './stop.mjs';

/**
 * Runs `npm ci` when node_modules is not what package-lock.json asks for. Of several starts at once one
 * installs and the others wait for it.
 *
 * @param {string} root
 * @param {{ needsDevelopmentPackages: boolean }} needs
 */
export async function bringPackagesUpToDate(root, needs) {
  if (whatIsStale(root, needs) === undefined) return;
  if (!canWrite(join(root, 'node_modules'))) {
    throw new Stop(
      `The packages in "${join(root, 'node_modules')}" are not those package-lock.json asks for (${whatIsStale(root, needs)}), and this user may not write there. Run "npm ci" in "${root}" as the user who owns it.`,
    );
  }
  const release = await takeInstallLock(root);
  try {
    // Whoever held the lock may just have done it.
    const stale = whatIsStale(root, needs);
    if (stale !== undefined) await npmCi(root, stale);
  } finally {
    release();
  }
}

/**
 * Compares package-lock.json with the record npm keeps of what it installed, `node_modules/.package-lock.json`.
 * npm writes that last, so an interrupted installation has none; and it is right however the packages came
 * there, which a stamp of our own would not be.
 *
 * @returns {string | undefined} the first difference
 */
export function whatIsStale(root, { needsDevelopmentPackages }) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'nothing is installed';
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(record);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const present = installed[path];
    if (present === undefined) {
      // Optional ones are for other machines; npm records a package it could not install the same way.
      if (entry.optional || entry.devOptional) continue;
      if (entry.dev && !needsDevelopmentPackages) continue;
      return `"${path}" is missing`;
    }
    if (present.version !== entry.version || present.integrity !== entry.integrity) {
      return `"${path}" is ${present.version}, not ${entry.version}`;
    }
  }
  return undefined;
}

function packagesIn(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {};
}

async function npmCi(root, reason) {
  console.error(`Installing packages (${reason}); the first time takes about a minute …`);
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=warn'], {
    cwd: root,
    env: npmEnvironment(root),
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a .cmd file on Windows.
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output = (output + chunk).slice(-20_000);
    });
  }
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`npm could not be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
  if (ended === undefined) return;
  throw new Stop(
    [
      `"npm ci" failed (${ended}). It said:`,
      ...whatNpmSaid(output).map((line) => `  ${line}`),
      `Put that right and start again; to see all of it: cd "${root}" && npm ci`,
      'Behind a proxy or a private registry: npm config set proxy … / registry …. A full disk and a missing network look like this too.',
    ].join('\n'),
  );
}

/** npm puts the reason first among its error lines and ends them with pages of usage. */
function whatNpmSaid(output) {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /^npm (error|ERR!) ./.test(line)).slice(0, 12);
  return errors.length > 0 ? errors : lines.slice(-12);
}

/** Outside node_modules, which `npm ci` empties. */
async function takeInstallLock(root) {
  mkdirSync(join(root, '.countersign'), { recursive: true });
  const file = join(root, '.countersign', 'install.lock');
  let isWaiting = false;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      const release = () => rmSync(file, { force: true });
      process.once('exit', release);
      return release;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number.parseInt(readIfPresent(file), 10);
    if (!isAlive(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!isWaiting) {
      console.error(
        `Waiting for process ${holder}, which is installing packages here (its lock: "${file}") …`,
      );
      isWaiting = true;
    }
    await pause(200);
  }
}

function readIfPresent(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
