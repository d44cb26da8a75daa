import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repositoryFolder } from './places.ts';

const clone = mkdtempSync(join(tmpdir(), 'meshrs-clone-'));
beforeAll(() => {
  const source = join(repositoryFolder, 'packages/tools');
  cpSync(source, join(clone, 'packages/tools'), {
    recursive: true,
    filter: (path) => !path.includes('node_modules'),
  });
  for (const name of ['ensure', 'lab-tools']) {
    cpSync(join(repositoryFolder, 'scripts', name), join(clone, 'scripts', name), { recursive: true });
  }
});
afterAll(() => {
  rmSync(clone, { recursive: true });
});

// The Node of the workspace is one of the packages: before they are there, the one on PATH has to do.
const env = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}` };

it.each([
  ['ensure', 'usage: scripts/ensure TOOL...'],
  ['lab-tools', 'usage: scripts/lab-tools TARGET...'],
])('scripts/%s starts in a clone without node_modules', (name, usage) => {
  const { status, stderr } = spawnSync(join(clone, 'scripts', name), [], { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({ status: 64, stderr: expect.stringContaining(usage) as string });
});
