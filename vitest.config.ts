import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // On a workbench as in CI: a forgotten `.only` would leave all other tests out.
    allowOnly: false,
    // Otherwise a golden that is missing is written from whatever is rendered, and the test passes.
    update: process.env['UPDATE_GOLDENS'] === '1' ? 'all' : 'none',
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Real tools on a busy machine; a test that waits for something has a deadline of its own.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    exclude: ['**/node_modules/**', '**/dist/**'],
  },
});
