import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/deep/**'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: process.env['CI']
      ? ['dot', './test/support/count-reporter.ts']
      : ['default', './test/support/count-reporter.ts'],
    // Most of a test's time is spent waiting for frames, processes and deadlines.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
