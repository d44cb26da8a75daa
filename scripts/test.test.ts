import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'meshrs-scripts-test-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe('scripts/test', () => {
  beforeAll(() => {
    mkdirSync(join(scratch, 'scripts'));
    copyFileSync(join(import.meta.dirname, 'test'), join(scratch, 'scripts/test'));
    const setup = "#!/bin/sh\necho 'go is missing' >&2\nexit 69\n";
    writeFileSync(join(scratch, 'scripts/setup'), setup, { mode: 0o755 });
  });

  it('counts a set-up that fails as one failed test, with its exit status and what it said', () => {
    const { status, stdout, stderr } = spawnSync(join(scratch, 'scripts/test'), ['lab'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 69, stderr: 'go is missing\n' });
    expect(stdout).toBe('failed: set-up; no suite was begun\n0 passed, 1 failed, 0 skipped\n');
  });

  it.each([[['labs']], [['lab', '--fast']], [['']], [['--only-lint']]])(
    'refuses %j with what is allowed, before anything is set up',
    (args) => {
      const { status, stdout, stderr } = spawnSync(join(scratch, 'scripts/test'), args, { encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toBe(
        `scripts/test cannot do what is asked for.\n  seen:    ${args.join(' ')}\n  allowed: nothing, or one of lab, --only-lab\n`,
      );
    },
  );
});
