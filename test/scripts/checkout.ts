import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';

const repository = dirname(dirname(import.meta.dirname));

interface Lock {
  readonly [path: string]: {
    readonly version: string;
    readonly dev?: true;
    readonly optional?: true;
  };
}

/**
 * A small checkout: our scripts, a package-lock.json, and an `npm` on PATH that stands for the real one, noting
 * each call and "installing" what the lock asks for.
 */
export function makeCheckout(options: { readonly wanted: Lock; readonly installed?: Lock }) {
  const root = mkdtempSync(join(tmpdir(), 'countersign-checkout-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(repository, 'scripts'), join(root, 'scripts'), { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...options.wanted } }));
  const modules = join(root, 'node_modules');
  if (options.installed !== undefined) {
    mkdirSync(modules);
    writeFileSync(join(modules, '.package-lock.json'), JSON.stringify({ packages: options.installed }));
  }
  const folder = join(root, 'path');
  mkdirSync(folder);
  const calls = join(root, 'npm-calls');
  writeFileSync(calls, '');
  const writeNpm = (body: string) => {
    const file = join(folder, 'npm');
    writeFileSync(file, `#!/bin/sh\necho "$@" >> "${calls}"\n${body}\n`);
    chmodSync(file, 0o755);
  };
  writeNpm('mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json');
  return {
    root,
    writeNpm,
    npmCalls: () => readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean),
    /** Installs the real Node 24 where the package `node` would put it. */
    pinNode: () => {
      mkdirSync(join(modules, 'node', 'bin'), { recursive: true });
      symlinkSync(process.execPath, join(modules, 'node', 'bin', 'node'));
    },
    bootstrap: (entry: string, args: readonly string[] = []) =>
      startProgram(join(root, 'scripts', 'bootstrap.mjs'), [entry, ...args], `${folder}:${process.env.PATH}`),
  };
}

export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly output: () => string;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
}

function startProgram(program: string, args: readonly string[], path: string): Running {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Its own group, as a terminal gives one to each command: some tests signal all of it.
    detached: true,
    env: { ...process.env, PATH: path },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return { child, output: () => stdout, ended };
}
