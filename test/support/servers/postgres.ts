import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processIdentity } from '../../../src/postgres/embedded/process-identity.ts';
import {
  APP_ROLE,
  dropEmbeddedPostgres,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/postgres/embedded.ts';
import { migrate } from '../../../src/postgres/migrate.ts';

const PREFIX = 'countersign-test-';

/** The cluster of one test run. Its `countersign` database is the template that test files clone. */
export async function startTestPostgres(): Promise<EmbeddedPostgres> {
  await sweepKilledRuns();
  const dataDir = mkdtempSync(join(tmpdir(), `${PREFIX}${processIdentity(process.pid)}-`));
  const stopReaper = startReaper(dataDir);
  let postgres: EmbeddedPostgres | undefined;
  const stop = async () => {
    await stopReaper();
    await postgres?.stop();
    await dropEmbeddedPostgres({ dataDir, log: () => {} });
  };
  try {
    postgres = await startEmbeddedPostgres({
      dataDir,
      log: () => {},
      isDurable: false,
      // A pool of ten or so for each of the test files that run at once, and for the programs they start.
      flags: ['-c', 'max_connections=300'],
    });
    await migrate({ ownerUrl: postgres.ownerUrl, appRole: APP_ROLE, log: () => {} });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...postgres, stop };
}

/** Vitest ends at once on Ctrl-C, without its teardown; the reaper then stops the server and removes the data. */
function startReaper(dataDir: string): () => Promise<void> {
  const reaper = spawn(
    process.execPath,
    [join(import.meta.dirname, 'reaper.ts'), processIdentity(process.pid) ?? '', dataDir],
    // A group of its own, which Ctrl-C does not reach.
    { stdio: ['pipe', 'ignore', 'inherit'], detached: true },
  );
  reaper.stdin.on('error', () => {});
  reaper.unref();
  return async () => {
    if (reaper.exitCode !== null || reaper.signalCode !== null) return;
    const ended = once(reaper, 'exit');
    reaper.kill('SIGKILL');
    await ended;
  };
}

/** When the reaper was killed too. A killed test run cannot clean up after itself; the next one does. */
async function sweepKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const run = new RegExp(`^${PREFIX}((\\d+)@[\\w-]+)-\\w{6}$`).exec(name);
    if (run === null || processIdentity(Number(run[2])) === run[1]) continue;
    // Another user's leftovers are theirs to sweep.
    await dropEmbeddedPostgres({ dataDir: join(tmpdir(), name), log: () => {} }).catch(() => {});
  }
}
