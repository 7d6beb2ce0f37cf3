import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readVitestReport } from '../../scripts/test/vitest-report.ts';

function report(testResults: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'vitest.json');
  writeFileSync(file, JSON.stringify({ testResults }));
  return file;
}

const tests = (...statuses: string[]) => statuses.map((status) => ({ status }));

it('counts tests by outcome', () => {
  const file = report([
    { status: 'passed', assertionResults: tests('passed', 'passed', 'skipped') },
    { status: 'failed', assertionResults: tests('passed', 'failed') },
  ]);
  expect(readVitestReport(file)).toEqual({ passed: 3, failed: 1, skipped: 1 });
});

it('counts a file that failed outside its tests as a failure', () => {
  const file = report([
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: tests('passed') },
  ]);
  expect(readVitestReport(file)).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

it('tells when vitest wrote no report', () => {
  expect(readVitestReport('/nonexistent/vitest.json')).toBeUndefined();
});
