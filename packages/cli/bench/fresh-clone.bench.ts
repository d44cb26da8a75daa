import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds, type Benchmark } from '@meshrs/bench';

const repository = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-clone-'));
let count = 0;

export const benchmarks: readonly Benchmark[] = [
  {
    name: '`./scripts/build` from a fresh clone, package caches warm',
    unit: 'ms',
    wanted: '60000 ms or less',
    runs: 3,
    sample: () => {
      const clone = join(scratch, String(count++));
      execFileSync('git', ['clone', '--quiet', repository, clone]);
      return milliseconds(() =>
        execFileSync('./scripts/build', { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] }),
      );
    },
    tearDown: () => {
      rmSync(scratch, { recursive: true, force: true });
    },
  },
];
