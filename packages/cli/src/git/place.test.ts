import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { runGit } from '../../test/support/run-git.ts';
import { scratch } from '../../test/support/scratch.ts';
import { scratchRepository } from '../../test/support/scratch-repository.ts';
import { findPlace } from './place.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const nowhereElse = { outerPrefix: undefined, isShallow: false };

test('a repository without any commit has a place, and so has a folder of it', async () => {
  const repository = scratchRepository();
  const { path } = repository;
  repository.write('network/meshrs/topologies/dci.yaml', '');
  expect(await findPlace(path)).toEqual({ top: path, prefix: '', ...nowhereElse });
  const folder = join(path, 'network/meshrs');
  expect(await findPlace(folder)).toEqual({ top: path, prefix: 'network/meshrs/', ...nowhereElse });
});

test('a linked worktree is a place of its own', async () => {
  const repository = scratchRepository();
  repository.write('network/note', '');
  repository.commit();
  const linked = join(scratch(), 'linked');
  runGit(repository.path, 'worktree', 'add', '--quiet', '--detach', linked);
  expect(await findPlace(join(linked, 'network'))).toEqual({ top: linked, prefix: 'network/', ...nowhereElse });
});

test('a submodule is a place of its own, in the repository around it', async () => {
  const inner = scratchRepository();
  inner.write('meshrs/note', '');
  inner.commit();
  const outer = scratchRepository();
  runGit(outer.path, 'submodule', '--quiet', 'add', inner.path, 'vendor/network');
  const top = join(outer.path, 'vendor/network');
  const place = { top, prefix: '', outerPrefix: 'vendor/network/', isShallow: false };
  expect(await findPlace(top)).toEqual(place);
  expect(await findPlace(join(top, 'meshrs'))).toEqual({
    ...place,
    prefix: 'meshrs/',
    outerPrefix: 'vendor/network/meshrs/',
  });
});

test('a folder that is in no repository has none', async () => {
  expect(await findPlace(scratch())).toBeUndefined();
});

test('a root that git takes from GIT_DIR alone, and is another one, is refused', async () => {
  const repository = scratchRepository();
  repository.write('network/note', '');
  repository.commit();
  const folder = join(repository.path, 'network');
  vi.stubEnv('GIT_DIR', join(repository.path, '.git'));
  expect(await findPlace(repository.path)).toMatchObject({ top: realpathSync(repository.path) });
  await expect(findPlace(folder)).rejects.toMatchObject({
    code: 'git-failed',
    message: expect.stringContaining(
      `takes ${folder} for the root of the repository, which is ${repository.path}`,
    ) as string,
    next: expect.stringContaining('env -u GIT_DIR') as string,
  });
  vi.stubEnv('GIT_WORK_TREE', repository.path);
  expect(await findPlace(folder)).toMatchObject({ top: repository.path, prefix: 'network/' });
});

test('with GIT_DIR alone, and no repository in the files, the folder is the root, as git has it', async () => {
  const repository = scratchRepository();
  repository.commit();
  const folder = join(scratch(), 'elsewhere');
  mkdirSync(folder);
  vi.stubEnv('GIT_DIR', join(repository.path, '.git'));
  expect(await findPlace(folder)).toMatchObject({ top: folder, prefix: '' });
});
