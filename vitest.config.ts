import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    globalSetup: 'test/support/global-setup.ts',
    // A process per file: files that start servers and handle signals must not share one.
    pool: 'forks',
    // Most of a test's time is waiting for PostgreSQL, Redis or the browser, so two cores carry more.
    maxWorkers: 3,
    // Conditions have deadlines of their own and say what they waited for; these are only the last resort.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A first run may install Chromium.
    teardownTimeout: 30_000,
  },
});
