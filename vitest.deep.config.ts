import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// The suites that take minutes: millions of mutated frames. They need no database.
export default defineConfig({
  test: {
    include: ['test/deep/**/*.test.ts'],
    reporters: base.test?.reporters ?? ['default'],
    testTimeout: 600_000,
  },
});
