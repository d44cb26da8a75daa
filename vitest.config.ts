import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Real tools on a busy machine; a test that waits for something has a deadline of its own.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    exclude: ['**/node_modules/**', '**/dist/**'],
  },
});
