import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '@meshrs/tools/failure';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { readTree, treeFolders, type Tree } from '../repository/tree.ts';
import { git, gitFailed } from './git.ts';

/** A commit that was asked for by a name. */
export interface Commit {
  readonly revision: string;
  /** Its full name. */
  readonly id: string;
  /** Root of the git repository, absolute. */
  readonly top: string;
  /** Where the files of meshrs stand in it, "" or "network/meshrs/". */
  readonly prefix: string;
  /** The clone lacks what was before some commit. */
  readonly isShallow: boolean;
}

/** No commit, and why: then nothing is known to run. */
export type NoCommit = 'no-repository' | 'no-commit';

/**
 * The commit behind a name. A git that fails says neither that there is one nor that there is none. Who names a revision
 * himself wants a comparison: of no repository it is a failure.
 */
export async function findCommit(repository: string, revision: string): Promise<Commit | NoCommit> {
  const args = ['rev-parse', '--show-toplevel', '--show-prefix', '--is-shallow-repository'];
  const place = await git(repository, args);
  if (place.exitCode !== 0) {
    if (!isOutsideGit(repository)) throw gitFailed(repository, args, place);
    if (revision === ownCommit) return 'no-repository';
    throw unknownRevision(revision, `${repository} is in no git repository`);
  }
  // The repository may be a folder inside a larger one.
  const [top = repository, prefix = '', shallow] = place.stdout.split('\n');
  const commit = await git(repository, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (commit.exitCode === 0) {
    return { revision, id: commit.stdout.trim(), top, prefix, isShallow: shallow === 'true' };
  }
  if (revision === ownCommit && !(await hasCommits(repository))) return 'no-commit';
  throw unknownRevision(revision, shallow === 'true' ? 'this clone is a shallow one' : undefined);
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

function unknownRevision(revision: string, because: string | undefined): Failure {
  return new Failure({
    code: 'unknown-revision',
    message: `git knows no commit ${revision}${because === undefined ? '' : `: ${because}`}.`,
    next: 'name a branch, a tag or a commit that is in this clone; a shallow clone, or one of a single branch, lacks others: git fetch --unshallow, git fetch origin main:refs/remotes/origin/main',
  });
}

/** HEAD has a name already when its commit is missing or broken. */
async function hasCommits(repository: string): Promise<boolean> {
  const { exitCode } = await git(repository, ['rev-parse', '--verify', '--quiet', ownCommit]);
  return exitCode === 0;
}

/** By the files, since git's words for it come in many languages. */
function isOutsideGit(repository: string): boolean {
  if (process.env['GIT_DIR'] !== undefined) return false;
  for (let folder = resolve(repository); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return false;
    if (folder === dirname(folder)) return true;
  }
}
