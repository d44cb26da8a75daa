import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGit } from '../../test/support/run-git.ts';
import { scratch } from '../../test/support/scratch.ts';
import { findPlace } from './place.ts';
import { pushedOf, type UnpushedCommits } from './unpushed.ts';

/** A clone on branch main, of a remote with one commit. */
function cloned(...options: string[]): { readonly clone: string; readonly remote: string } {
  const folder = scratch();
  const [remote, clone] = [join(folder, 'remote'), join(folder, 'clone')];
  runGit(folder, 'init', '--quiet', '--initial-branch=main', remote);
  for (const text of ['before', 'first']) commit(remote, text);
  runGit(folder, 'clone', '--quiet', ...options, `file://${remote}`, clone);
  return { clone, remote };
}

function commit(repository: string, message: string): void {
  runGit(repository, 'commit', '--quiet', '--allow-empty', '--message', message);
}

async function pushed(repository: string): Promise<UnpushedCommits | undefined> {
  return pushedOf((await findPlace(repository)) ?? expect.unreachable('no repository'));
}

test('where all of a branch is pushed, there is nothing to tell', async () => {
  const { clone, remote } = cloned();
  expect(await pushed(clone)).toBeUndefined();
  // Others push; nothing of here is missing there.
  commit(remote, 'theirs');
  runGit(clone, 'fetch', '--quiet');
  expect(await pushed(clone)).toBeUndefined();
});

test.each([
  [
    'commits on top',
    (clone: string) => {
      for (const message of ['one', 'two']) commit(clone, message);
    },
    2,
  ],
  ['a merge', mergeOfTwo, 3],
  [
    'a history that was rewritten',
    (clone: string) => runGit(clone, 'commit', '--quiet', '--amend', '--allow-empty', '-m', 'x'),
    1,
  ],
])('%s: what is pushed is another commit than what is here', async (_, change, unpushed) => {
  const { clone } = cloned();
  change(clone);
  expect(await pushed(clone)).toEqual({ revision: 'origin/main', unpushed });
});

function mergeOfTwo(clone: string): void {
  runGit(clone, 'checkout', '--quiet', '-b', 'work');
  commit(clone, 'work');
  runGit(clone, 'checkout', '--quiet', 'main');
  commit(clone, 'main');
  runGit(clone, 'merge', '--quiet', '--no-edit', 'work');
}

test('a shallow clone counts its own commits', async () => {
  const { clone } = cloned('--depth=1');
  commit(clone, 'one');
  expect(await pushed(clone)).toEqual({ revision: 'origin/main', unpushed: 1 });
});

test('a branch may follow one of the same repository', async () => {
  const { clone } = cloned();
  runGit(clone, 'checkout', '--quiet', '--track', '-b', 'work', 'main');
  commit(clone, 'one');
  expect(await pushed(clone)).toEqual({ revision: 'main', unpushed: 1 });
});

test.each([
  ['a branch that follows none', (clone: string) => runGit(clone, 'branch', '--unset-upstream')],
  ['no branch', (clone: string) => runGit(clone, 'checkout', '--quiet', '--detach')],
  [
    'a branch that is gone at the remote',
    (clone: string) => runGit(clone, 'update-ref', '-d', 'refs/remotes/origin/main'),
  ],
  ['nothing committed', (clone: string) => runGit(clone, 'update-ref', '-d', 'refs/heads/main')],
])('of %s nobody knows', async (_, change) => {
  const { clone } = cloned();
  commit(clone, 'one');
  change(clone);
  expect(await pushed(clone)).toBeUndefined();
});

test('a git that fails is no answer', async () => {
  const { clone } = cloned();
  commit(clone, 'one');
  const place = (await findPlace(clone)) ?? expect.unreachable('no repository');
  rmSync(join(clone, '.git'), { recursive: true });
  await expect(pushedOf(place)).rejects.toMatchObject({ code: 'git-failed' });
});
