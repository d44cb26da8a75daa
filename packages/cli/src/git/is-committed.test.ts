import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isCommitted } from './is-committed.ts';
import { scratchRepository, type ScratchRepository } from '../../test/support/scratch-repository.ts';
import { readTree, treeFolders } from '../repository/tree.ts';

test('files as they were committed are known', async () => {
  expect(await answerFor(filled())).toBe(true);
});

test.each<[string, (repository: ScratchRepository) => void]>([
  [
    'another byte',
    (repository) => {
      repository.edit('base/a.yaml', 'a', 'b');
    },
  ],
  [
    'a file more',
    (repository) => {
      repository.write('overlays/dci/custom/c.yaml', 'c\n');
    },
  ],
  [
    'a file less',
    (repository) => {
      repository.remove('overlays/b.yaml');
    },
  ],
  [
    'another name',
    (repository) => {
      repository.remove('overlays/b.yaml');
      repository.write('overlays/c.yaml', 'b\n');
    },
  ],
])('%s is not', async (_, change) => {
  const repository = filled();
  change(repository);

  expect(await answerFor(repository)).toBe(false);
});

test('a program among the files is left to the slow way', async () => {
  const repository = filled();
  chmodSync(join(repository.path, 'base/a.yaml'), 0o755);
  repository.commit();

  expect(await answerFor(repository)).toBe(false);
});

test('a repository with SHA-256 names is understood', async () => {
  const repository = scratchRepository();
  rmSync(join(repository.path, '.git'), { recursive: true });
  execFileSync('git', ['init', '--quiet', '--object-format=sha256', repository.path]);

  expect(await answerFor(filled(repository))).toBe(true);
});

test('of a commit that is not there it is unknown', async () => {
  const repository = scratchRepository();
  await expect(answerFor(repository)).rejects.toMatchObject({ code: 'git-failed' });
  repository.commit();
  await expect(answerFor(repository, 'no-such-branch')).rejects.toMatchObject({ code: 'git-failed' });
});

function filled(repository = scratchRepository()): ScratchRepository {
  repository.write('base/a.yaml', 'a\n');
  repository.write('overlays/b.yaml', 'b\n');
  repository.commit();
  return repository;
}

function answerFor({ path }: ScratchRepository, revision = 'HEAD'): Promise<boolean> {
  return isCommitted(path, revision, readTree(path, treeFolders));
}
