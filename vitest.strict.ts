import type { ViteUserConfig } from 'vitest/config';

/** What every run of Vitest here keeps to, on a workbench as in CI. */
export const strictRun = {
  // A forgotten `.only` would leave all other tests out.
  allowOnly: false,
  // Otherwise a golden that is missing is written from whatever is rendered, and the test passes.
  update: process.env['UPDATE_GOLDENS'] === '1' ? 'all' : 'none',
} satisfies ViteUserConfig['test'];
