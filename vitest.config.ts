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
    // A machine that is busy delays real frames: CI asks once more, and count-reporter tells of whom.
    retry: process.env['CI'] ? 1 : 0,
    // No limit tells what is fast; they end what would never end.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
