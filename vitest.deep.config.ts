import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// The suites that take minutes: millions of mutated frames, a simulated month, real services. Those that need a database
// start a PostgreSQL of their own.
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    reporters: base.test?.reporters ?? ['default'],
    testTimeout: 600_000,
  },
});
