import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scratchRepository } from '../../test/support/scratch-repository.ts';
import { readCommittedTree } from './committed-tree.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('what is committed', () => {
  it('is read without touching the index or the files', async () => {
    const repository = scratchRepository();
    repository.write('base/a.yaml', 'committed\n');
    repository.commit();
    repository.write('base/a.yaml', 'edited\n');

    const committed = await readCommittedTree(repository.path, 'HEAD');

    expect([...(committed?.tree ?? [])].map(([path, content]) => [path, content.toString('utf8')])).toEqual([
      ['base/a.yaml', 'committed\n'],
    ]);
    expect(repository.read('base/a.yaml')).toBe('edited\n');
  });

  it('is nothing without a commit, and without git', async () => {
    const repository = scratchRepository();
    expect(await readCommittedTree(repository.path, 'HEAD')).toBeUndefined();
    rmSync(join(repository.path, '.git'), { recursive: true });
    expect(await readCommittedTree(repository.path, 'HEAD')).toBeUndefined();
  });

  it('is unknown when git fails: that is no permission to change what runs', async () => {
    const repository = scratchRepository();
    repository.commit();
    writeFileSync(join(repository.path, '.git/config'), 'no config\n');
    await expect(readCommittedTree(repository.path, 'HEAD')).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('is unknown when the environment names a wrong repository', async () => {
    const repository = scratchRepository();
    rmSync(join(repository.path, '.git'), { recursive: true });
    vi.stubEnv('GIT_DIR', join(repository.path, 'gone'));
    await expect(readCommittedTree(repository.path, 'HEAD')).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('is unknown when the commit itself is missing', async () => {
    const repository = scratchRepository();
    repository.commit();
    rmSync(join(repository.path, '.git/objects'), { recursive: true });
    mkdirSync(join(repository.path, '.git/objects'));
    await expect(readCommittedTree(repository.path, 'HEAD')).rejects.toMatchObject({ code: 'unknown-revision' });
  });

  it('is unknown for a revision that the clone lacks', async () => {
    const repository = scratchRepository();
    repository.commit();
    await expect(readCommittedTree(repository.path, 'gone')).rejects.toMatchObject({ code: 'unknown-revision' });
  });
});
