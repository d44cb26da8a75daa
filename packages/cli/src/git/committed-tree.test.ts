import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scratchRepository } from '../../test/support/scratch-repository.ts';
import { findCommit, readCommittedTree, withWholeCommit, type Commit } from './committed-tree.ts';
import { findPlace } from './place.ts';
import { readTree } from '../repository/tree.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function commitOf(repository: string, revision = 'HEAD'): Promise<Commit | undefined> {
  const place = await findPlace(repository);
  return place ? findCommit(place, revision) : expect.unreachable('no repository');
}

async function found(repository: string): Promise<Commit> {
  return (await commitOf(repository)) ?? expect.unreachable('no commit');
}

describe('what is committed', () => {
  it('is read without touching the index or the files', async () => {
    const repository = scratchRepository();
    repository.write('base/a.yaml', 'committed\n');
    repository.commit();
    repository.write('base/a.yaml', 'edited\n');

    const tree = await readCommittedTree(repository.path, await found(repository.path));

    expect([...tree].map(([path, content]) => [path, content.toString('utf8')])).toEqual([
      ['base/a.yaml', 'committed\n'],
    ]);
    expect(repository.read('base/a.yaml')).toBe('edited\n');
  });

  it('is there whole, with what stands beside the generated folders', async () => {
    const repository = scratchRepository();
    repository.write('shared/note.yaml', 'committed\n');
    repository.commit();
    repository.write('shared/note.yaml', 'edited\n');

    const files = await withWholeCommit(repository.path, await found(repository.path), (root) =>
      Promise.resolve(readTree(root, ['shared', 'topologies'])),
    );

    expect([...files.keys()].sort()).toEqual(['shared/note.yaml', 'topologies/dci.yaml']);
    expect(files.get('shared/note.yaml')?.toString()).toBe('committed\n');
  });

  it('is nothing without a commit, and without git', async () => {
    const repository = scratchRepository();
    expect(await commitOf(repository.path)).toBeUndefined();
    rmSync(join(repository.path, '.git'), { recursive: true });
    expect(await findPlace(repository.path)).toBeUndefined();
  });

  it.each([
    ['fails by its configuration', 'no config\n', /fsck/],
    ['does not know the form of the repository', '[core]\nrepositoryformatversion = 99\n', /fsck/],
  ])('is unknown when git %s: that is no permission to change what runs', async (_, config, next) => {
    const repository = scratchRepository();
    repository.commit();
    writeFileSync(join(repository.path, '.git/config'), config);
    await expect(commitOf(repository.path)).rejects.toMatchObject({
      code: 'git-failed',
      next: expect.stringMatching(next) as string,
    });
  });

  it('is unknown where the repository belongs to another user, as usual in CI', async () => {
    const repository = scratchRepository();
    repository.commit();
    // What git itself has for tests of it (safe.directory of its own suite).
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    await expect(commitOf(repository.path)).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringContaining(repository.path) as string,
      next: expect.stringContaining('belongs to another user') as string,
    });
  });

  it('is unknown where there is no git', async () => {
    const repository = scratchRepository();
    repository.commit();
    const folder = join(repository.path, 'programs');
    mkdirSync(folder);
    vi.stubEnv('PATH', folder);
    await expect(commitOf(repository.path)).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('is unknown when the environment names a wrong repository', async () => {
    const repository = scratchRepository();
    rmSync(join(repository.path, '.git'), { recursive: true });
    vi.stubEnv('GIT_DIR', join(repository.path, 'gone'));
    await expect(commitOf(repository.path)).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('is unknown when the commit itself is missing', async () => {
    const repository = scratchRepository();
    repository.commit();
    rmSync(join(repository.path, '.git/objects'), { recursive: true });
    mkdirSync(join(repository.path, '.git/objects'));
    await expect(commitOf(repository.path)).rejects.toMatchObject({ code: 'unknown-revision' });
  });

  it('is unknown for a revision that the clone lacks', async () => {
    const repository = scratchRepository();
    repository.commit();
    await expect(commitOf(repository.path, 'gone')).rejects.toMatchObject({ code: 'unknown-revision' });
  });
});
