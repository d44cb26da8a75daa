import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@meshrs/tools/failure';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { readTree, treeFolders, type Tree } from '../repository/tree.ts';
import { git, gitFailed } from './git.ts';
import type { GitPlace } from './place.ts';

/** A commit that was asked for by a name. */
export interface Commit extends GitPlace {
  readonly revision: string;
  /** Its full name. */
  readonly id: string;
}

/** The commit behind a name; undefined: nothing is committed yet. Who names a revision himself wants one. */
export async function findCommit(place: GitPlace, revision: string): Promise<Commit | undefined> {
  const { top, isShallow } = place;
  const commit = await git(top, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (commit.exitCode === 0) return { ...place, revision, id: commit.stdout.trim() };
  if (revision === ownCommit && !(await hasCommits(top))) return undefined;
  throw unknownRevision(revision, isShallow ? 'this clone is a shallow one' : undefined);
}

/** What is checked out. */
export const ownCommit = 'HEAD';

/** base/, overlays/ and clusters/ as a commit has them, the custom folders included. */
export async function readCommittedTree(repository: string, { id, top, prefix }: Commit): Promise<Tree> {
  return withCheckOut(repository, async (folder, index) => {
    for (const name of treeFolders) {
      const tree = `${id}:${prefix}${name}`;
      const known = await git(top, ['rev-parse', '--verify', '--quiet', tree]);
      if (known.exitCode === 0) await mustSucceed(top, ['read-tree', `--prefix=${name}/`, tree], index);
    }
    await mustSucceed(top, ['checkout-index', '--all', `--prefix=${folder}/`], index);
    return readTree(folder, treeFolders);
  });
}

/** Everything of a commit in a folder of its own, for as long as an action runs. */
export function withWholeCommit<T>(
  repository: string,
  { id, top, prefix }: Commit,
  action: (root: string) => Promise<T>,
): Promise<T> {
  return withCheckOut(repository, async (folder, index) => {
    await mustSucceed(top, ['read-tree', `${id}:${prefix}`], index);
    await mustSucceed(top, ['checkout-index', '--all', `--prefix=${folder}/`], index);
    return action(folder);
  });
}

/** Checks out into scratch through an index of its own, so that nobody's index or files change. */
async function withCheckOut<T>(repository: string, action: (folder: string, index: string) => Promise<T>): Promise<T> {
  mkdirSync(scratchFolder(repository), { recursive: true });
  const folder = mkdtempSync(join(scratchFolder(repository), 'committed-'));
  try {
    return await action(join(folder, 'tree'), join(folder, 'index'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mustSucceed(repository: string, args: readonly string[], index: string): Promise<void> {
  const result = await git(repository, args, index);
  if (result.exitCode !== 0) throw gitFailed(repository, args, result);
}

export function unknownRevision(revision: string, because: string | undefined): Failure {
  return new Failure({
    code: 'unknown-revision',
    message: `git knows no commit ${revision}${because === undefined ? '' : `: ${because}`}.`,
    next: 'name a branch, a tag or a commit that is in this clone; a shallow clone, or one of a single branch, lacks others: git fetch --unshallow, git fetch origin main:refs/remotes/origin/main; after a forced push no branch has what was there before: git fetch origin COMMIT',
  });
}

/** HEAD has a name already when its commit is missing or broken. */
async function hasCommits(repository: string): Promise<boolean> {
  const { exitCode } = await git(repository, ['rev-parse', '--verify', '--quiet', ownCommit]);
  return exitCode === 0;
}
