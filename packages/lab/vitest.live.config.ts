import { defineConfig } from 'vitest/config';

/** Tests that bring up labs, one after the other; `./scripts/test` without "lab" leaves them out. */
export default defineConfig({
  test: {
    // As in the repository's own vitest.config.ts.
    allowOnly: false,
    update: 'none',
    root: import.meta.dirname,
    include: ['live/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
