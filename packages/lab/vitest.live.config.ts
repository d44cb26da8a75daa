import { defineConfig } from 'vitest/config';

/** Tests that bring up labs, one after the other; `./scripts/test` without "lab" leaves them out. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['live/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
