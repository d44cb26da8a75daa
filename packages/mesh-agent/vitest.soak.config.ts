import { defineConfig } from 'vitest/config';

/** The soak, which takes minutes and wants the machine for itself: after the other tests, not beside them. */
export default defineConfig({
  test: {
    // As in the repository's own vitest.config.ts.
    allowOnly: false,
    update: 'none',
    root: import.meta.dirname,
    include: ['soak/**/*.test.ts'],
    hookTimeout: 60_000,
  },
});
