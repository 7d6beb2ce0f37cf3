import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
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
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
          exclude: ['test/manifest.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'afterwards',
          // Judges what the end-to-end files recorded, so it waits for all of them.
          include: ['test/manifest.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
