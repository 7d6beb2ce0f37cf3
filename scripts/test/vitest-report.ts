import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts vitest's JSON report. A file that failed with no failed test in it (it could not be loaded, or left
 * something open) counts as one failure: its tests alone would look like a pass.
 * @returns undefined when vitest ended before it wrote one.
 */
export function readVitestReport(file: string): Counts | undefined {
  if (!existsSync(file)) return undefined;
  const { testResults } = vitestReport.parse(JSON.parse(readFileSync(file, 'utf8')));
  const statuses = testResults.flatMap(({ status, assertionResults }) => {
    const tests = assertionResults.map((test) => test.status);
    return status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests;
  });
  const passed = statuses.filter((status) => status === 'passed').length;
  const failed = statuses.filter((status) => status === 'failed').length;
  return { passed, failed, skipped: statuses.length - passed - failed };
}
