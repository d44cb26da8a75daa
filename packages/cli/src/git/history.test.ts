import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchRepository, type ScratchRepository } from '../../test/support/scratch-repository.ts';
import { findCommit } from './committed-tree.ts';
import { historyOf, type History } from './history.ts';
import { findPlace } from './place.ts';

function git(repository: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', ['-C', repository, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** Two commits on main; a branch that leaves after the first, with one of its own. */
function withBranch(): ScratchRepository {
  const repository = scratchRepository();
  repository.commit();
  git(repository.path, 'branch', '--move', 'main');
  git(repository.path, 'branch', 'work');
  repository.write('base/main.yaml', '');
  repository.commit();
  git(repository.path, 'checkout', '--quiet', 'work');
  repository.write('base/work.yaml', '');
  repository.commit();
  return repository;
}

async function history(repository: string, revision: string): Promise<History> {
  const place = (await findPlace(repository)) ?? expect.unreachable('no repository');
  const commit = (await findCommit(place, revision)) ?? expect.unreachable('no commit');
  return historyOf(repository, commit);
}

test('what is checked out holds itself, and its ancestors', async () => {
  const { path } = withBranch();
  for (const revision of ['HEAD', 'work', 'HEAD~1']) {
    expect(await history(path, revision)).toEqual({ kind: 'contained' });
  }
});

test('it lacks what a branch has got meanwhile, until that is merged', async () => {
  const { path } = withBranch();
  expect(await history(path, 'main')).toEqual({ kind: 'behind', commits: 1 });
  git(path, 'merge', '--quiet', 'main');
  expect(await history(path, 'main')).toEqual({ kind: 'contained' });
});

test('a branch with a beginning of its own is none of it', async () => {
  const { path } = withBranch();
  git(path, 'checkout', '--quiet', '--orphan', 'other');
  git(path, 'commit', '--quiet', '--allow-empty', '--message', 'other');
  expect(await history(path, 'main')).toEqual({ kind: 'unrelated' });
});

test('of a shallow clone in which the two never meet it is unknown', async () => {
  const { path } = withBranch();
  const clone = join(path, 'clone');
  git(path, 'clone', '--quiet', '--depth=1', '--no-single-branch', '--branch=work', `file://${path}`, clone);
  expect(await history(clone, 'origin/main')).toEqual({ kind: 'unknown' });
  git(clone, 'fetch', '--quiet', '--unshallow');
  expect(await history(clone, 'origin/main')).toEqual({ kind: 'behind', commits: 1 });
});
