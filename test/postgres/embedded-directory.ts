import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { z } from 'zod';
import { dropEmbeddedPostgres } from '../../src/postgres/embedded.ts';

export const isRoot = process.getuid?.() === 0;
/** An unprivileged account that every Linux has: 65534 is `nobody`. */
export const NOBODY = { uid: 65_534, gid: 65_534 };

const dataDirs: string[] = [];
const holders: ChildProcess[] = [];

afterEach(async () => {
  for (const holder of holders.splice(0)) {
    if (holder.exitCode !== null || holder.signalCode !== null) continue;
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
  }
  for (const dataDir of dataDirs.splice(0)) {
    await dropEmbeddedPostgres({ dataDir, log: () => {} });
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  }
});

/** A data directory of the test's own, dropped after it together with a server left on it. */
export function embeddedDirectory(options: { readonly isPrivate?: boolean } = {}): string {
  const parent = mkdtempSync(join(tmpdir(), 'countersign-embedded-'));
  chmodSync(parent, options.isPrivate ? 0o700 : 0o777);
  const dataDir = join(parent, 'postgres');
  dataDirs.push(dataDir);
  return dataDir;
}

const announcement = z.object({ superuserUrl: z.string(), ownerUrl: z.string() });

/** Another process that holds the data directory. */
export function holdEmbedded(dataDir: string, options: { readonly ending?: 'exit' } = {}) {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'programs', 'hold-embedded.ts'), dataDir, ...(options.ending ? ['exit'] : [])],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  holders.push(child);
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  const ready = new Promise<z.infer<typeof announcement>>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('\n')) resolve(announcement.parse(JSON.parse(stdout)));
    });
    ended.then(() => reject(new Error(`The holder ended before it was ready: ${stderr}`)));
  });
  // Some tests wait for the end alone.
  ready.catch(() => {});
  return { child, ready, ended };
}

/** The PostgreSQL processes at work on a cluster. */
export function serverProcesses(clusterDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === clusterDir;
      } catch {
        return false;
      }
    });
}
