import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGit } from '../../test/support/run-git.ts';
import { scratch } from '../../test/support/scratch.ts';
import { findPlace } from './place.ts';
import { pushedOf, type PushedState } from './unpushed.ts';

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

async function pushed(repository: string, ...read: string[]): Promise<PushedState | undefined> {
  return pushedOf((await findPlace(repository)) ?? expect.unreachable('no repository'), read);
}

const all = { kind: 'all', elsewhere: [] };
const other = (unpushed: number, revision = 'origin/main', elsewhere: readonly string[] = []): object => ({
  ...{ kind: 'other', revision, unpushed, elsewhere },
  id: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
});

test('where all of a branch is pushed, there is nothing to tell', async () => {
  expect(await pushed(cloned().clone)).toEqual(all);
});

test.each([
  [
    'others have pushed since',
    (_: string, remote: string) => {
      commit(remote, 'theirs');
    },
  ],
  // Whoever pushes by force next gives Argo CD the difference to what is there.
  ['it is reset', (clone: string) => runGit(clone, 'reset', '--quiet', '--hard', 'HEAD~1')],
])('where %s, what is pushed is another commit, although nothing of here is missing there', async (_, change) => {
  const { clone, remote } = cloned();
  change(clone, remote);
  runGit(clone, 'fetch', '--quiet');
  expect(await pushed(clone)).toEqual(other(0));
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
  expect(await pushed(clone)).toEqual(other(unpushed));
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
  expect(await pushed(clone)).toEqual(other(1));
});

test('a branch that follows one of the same repository goes where that one goes', async () => {
  const { clone } = cloned();
  commit(clone, 'one');
  runGit(clone, 'checkout', '--quiet', '--track', '-b', 'work', 'main');
  commit(clone, 'two');
  runGit(clone, 'checkout', '--quiet', '--track', '-b', 'more', 'work');
  expect(await pushed(clone)).toEqual(other(2));
  runGit(clone, 'branch', '--unset-upstream', 'main');
  expect(await pushed(clone)).toEqual({ kind: 'unknown', because: 'follows-none', branch: 'main' });
  runGit(clone, 'branch', '--set-upstream-to=more', 'main');
  expect(await pushed(clone)).toEqual({ kind: 'unknown', because: 'follows-none', branch: 'main' });
});

/** A bare copy of the remote, to which branches are pushed that follow the remote. */
function forked({ clone, remote }: ReturnType<typeof cloned>): void {
  const fork = `${remote}-fork`;
  runGit(clone, 'clone', '--quiet', '--bare', `file://${remote}`, fork);
  runGit(clone, 'remote', 'add', 'fork', `file://${fork}`);
  runGit(clone, 'config', 'remote.pushDefault', 'fork');
}

test('a branch that is pushed to another place than it follows is pushed where both have all of it', async () => {
  const { clone, remote } = cloned();
  forked({ clone, remote });
  commit(clone, 'one');
  // Nothing of it is there yet.
  expect(await pushed(clone, 'main')).toEqual(other(1));
  runGit(clone, 'push', '--quiet', 'fork', 'main');
  // The fork has it, and what Argo CD reads may be the other one, which has not.
  expect(await pushed(clone, 'main')).toEqual(other(1));
  commit(clone, 'two');
  expect(await pushed(clone, 'main')).toEqual(other(2));
  runGit(remote, 'checkout', '--quiet', '--detach');
  runGit(clone, 'push', '--quiet', 'origin', 'main');
  // Now it is the fork that lacks one.
  expect(await pushed(clone, 'main')).toEqual(other(1, 'fork/main'));
  runGit(clone, 'push', '--quiet', 'fork', 'main');
  expect(await pushed(clone, 'main')).toEqual(all);
  // Whether what it follows has it, nobody knows, whatever the fork has.
  runGit(clone, 'update-ref', '-d', 'refs/remotes/origin/main');
  expect(await pushed(clone, 'main')).toMatchObject({ because: 'upstream-gone', follows: 'origin/main' });
});

test.each<[string, (clone: string) => unknown, object, string[]]>([
  [
    'pushed with a branch of its own: whether it runs nobody knows',
    (clone) => runGit(clone, 'push', '--quiet', '--set-upstream', 'origin', 'work'),
    { kind: 'all', elsewhere: ['main'] },
    ['main'],
  ],
  [
    'pushed so, and with a commit on top',
    (clone) => {
      runGit(clone, 'push', '--quiet', '--set-upstream', 'origin', 'work');
      commit(clone, 'two');
    },
    other(1, 'origin/work', ['main']),
    ['main'],
  ],
  [
    'pushed to a branch of its own, of which it follows another: what Argo CD reads counts',
    (clone) => {
      runGit(clone, 'push', '--quiet', 'origin', 'work');
      runGit(clone, 'branch', '--set-upstream-to=origin/main');
    },
    other(1),
    ['main'],
  ],
  [
    'the same, and Argo CD reads the branch of its own',
    (clone) => {
      runGit(clone, 'push', '--quiet', 'origin', 'work');
      runGit(clone, 'branch', '--set-upstream-to=origin/main');
    },
    all,
    ['refs/heads/work'],
  ],
  [
    'for two fleets, of which one has another branch',
    (clone) => runGit(clone, 'branch', '--set-upstream-to=origin/main'),
    other(1, 'origin/main', ['live']),
    ['live', 'main'],
  ],
  [
    'and Argo CD reads a tag',
    (clone) => runGit(clone, 'branch', '--set-upstream-to=origin/main'),
    other(1, 'origin/main', ['v1.0']),
    ['v1.0'],
  ],
])('a branch that is %s', async (_, change, expected, read) => {
  const { clone } = cloned();
  runGit(clone, 'config', 'push.default', 'current');
  runGit(clone, 'checkout', '--quiet', '-b', 'work');
  commit(clone, 'one');
  change(clone);
  expect(await pushed(clone, ...read)).toEqual(expected);
});

test('a branch with a name of its own goes to the one that it follows', async () => {
  const { clone } = cloned();
  runGit(clone, 'checkout', '--quiet', '-b', 'work', '--track', 'origin/main');
  commit(clone, 'one');
  expect(await pushed(clone)).toEqual(other(1));
});

test.each<[string, (clone: string) => unknown, object | undefined]>([
  [
    'a branch that follows none',
    (clone) => runGit(clone, 'branch', '--unset-upstream'),
    { kind: 'unknown', because: 'follows-none', branch: 'main' },
  ],
  [
    'a new branch',
    (clone) => runGit(clone, 'checkout', '--quiet', '-b', 'work'),
    { kind: 'unknown', because: 'follows-none', branch: 'work' },
  ],
  ['no branch', (clone) => runGit(clone, 'checkout', '--quiet', '--detach'), { kind: 'unknown', because: 'no-branch' }],
  [
    'a branch that is gone at the remote',
    (clone) => runGit(clone, 'update-ref', '-d', 'refs/remotes/origin/main'),
    { kind: 'unknown', because: 'upstream-gone', branch: 'main', follows: 'origin/main' },
  ],
  ['nothing committed', (clone) => runGit(clone, 'update-ref', '-d', 'refs/heads/main'), undefined],
])('of %s nobody knows', async (_, change, expected) => {
  const { clone } = cloned();
  commit(clone, 'one');
  change(clone);
  expect(await pushed(clone)).toEqual(expected);
});

test('a git that fails is no answer', async () => {
  const { clone } = cloned();
  commit(clone, 'one');
  const place = (await findPlace(clone)) ?? expect.unreachable('no repository');
  rmSync(join(clone, '.git'), { recursive: true });
  await expect(pushedOf(place, [])).rejects.toMatchObject({ code: 'git-failed' });
});
