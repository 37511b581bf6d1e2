import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// The suites that take minutes: millions of mutated frames, a simulated month, real services. Those that need a database
// start a PostgreSQL of their own.
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    // For those of the site, whose databases are clones of one template.
    globalSetup: ['test/support/global-setup.ts'],
    reporters: base.test?.reporters ?? ['default'],
    retry: base.test?.retry ?? 0,
    testTimeout: 1_800_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
