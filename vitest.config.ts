import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';
import { patience } from './packages/test-kit/src/patience.ts';

/** Packages that decide only; no test of theirs waits for what another one did. */
const purePackages = globSync('packages/*/turbo.json', { cwd: import.meta.dirname })
  .filter((path) => {
    const { tags } = JSON.parse(readFileSync(`${import.meta.dirname}/${path}`, 'utf8')) as { tags: readonly string[] };
    return tags.includes('pure');
  })
  .map((path) => dirname(path));
const pureTests = purePackages.flatMap((folder) => [`${folder}/src/**/*.test.ts`, `${folder}/test/**/*.test.ts`]);
const agentTests = ['packages/mesh-agent/src/**/*.test.ts', 'packages/mesh-agent/test/**/*.test.ts'];

export default defineConfig({
  test: {
    // On a workbench as in CI: a forgotten `.only` would leave all other tests out.
    allowOnly: false,
    // Otherwise a golden that is missing is written from whatever is rendered, and the test passes.
    update: process.env['UPDATE_GOLDENS'] === '1' ? 'all' : 'none',
    // What a program said is all that is left of it when a run of all tests is over.
    chaiConfig: { truncateThreshold: 2000 },
    // Real tools on a busy machine; a test that waits for something has a deadline of its own.
    // What only computes gives way to daemons in a run of all tests (scripts/suite.ts): its time would say nothing of it.
    testTimeout: 600_000 * patience,
    hookTimeout: 240_000 * patience,
    // Tests of daemons wait most of the time: of two processors three workers leave none idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        // Each run in another order; the seed is printed, and `--sequence.seed` repeats it.
        test: { name: 'pure', include: pureTests, sequence: { shuffle: { tests: true } } },
      },
      {
        extends: true,
        test: {
          name: 'shell',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...pureTests, ...agentTests],
        },
      },
      // Real daemons with real timers: scripts/test gives them the processors before the others.
      { extends: true, test: { name: 'agent', include: agentTests, testTimeout: 120_000 * patience } },
    ],
  },
});
