import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readVitestReport } from './test/vitest-report.ts';

/**
 * What `npm test` runs: format and lint, types, then every test. Stops at the first part that fails.
 * Arguments go to vitest: `npm test -- test/postgres`.
 */
const root = dirname(import.meta.dirname);
const reportFolder = mkdtempSync(join(tmpdir(), 'countersign-report-'));
process.on('exit', () => rmSync(reportFolder, { recursive: true, force: true }));

process.exitCode =
  (await run('Biome', 'biome', ['check', '.'])) ||
  (await run('TypeScript', 'tsc', [])) ||
  (await runTests(process.argv.slice(2)));

async function runTests(args: readonly string[]): Promise<number> {
  const report = join(reportFolder, 'vitest.json');
  const exitCode = await run('vitest', 'vitest', [
    'run',
    // Loads the configuration as it is; the default writes a bundled copy into node_modules first.
    '--configLoader=native',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  const counts = readVitestReport(report);
  if (counts === undefined) {
    console.log('vitest ended before it had results (see above).');
    return exitCode || 1;
  }
  const { passed, failed, skipped } = counts;
  if (skipped > 0) console.log(`${skipped} skipped`);
  if (exitCode !== 0 && failed === 0) console.log('vitest itself failed (see above).');
  console.log(`${passed} passed, ${failed} failed`);
  // Nothing to test is not a pass: a mistyped path, or a whole suite skipped.
  return exitCode || (passed === 0 ? 1 : 0);
}

/** Runs one part with its output in sight and returns its exit code. */
async function run(name: string, program: string, args: readonly string[]): Promise<number> {
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'test', PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  // Signals come to this process alone (scripts/bootstrap/run-entry.mjs).
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
  process.off('SIGINT', pass).off('SIGTERM', pass);
  if (exitCode !== 0 && program !== 'vitest') {
    console.error(
      `${name} found problems (above), so no test was run. "npm run format" mends what Biome can.`,
    );
  }
  return exitCode;
}
