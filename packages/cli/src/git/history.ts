import { git, gitFailed } from './git.ts';
import { ownCommit, type Commit } from './committed-tree.ts';

/** How what is checked out stands to a commit that it is compared with. */
export type History =
  /** It holds all of it. */
  | { readonly kind: 'contained' }
  /** It lacks so many commits of it. */
  | { readonly kind: 'behind'; readonly commits: number }
  /** No commit is in both. */
  | { readonly kind: 'unrelated' }
  /** The clone is shallow, and what it has of both never meets. */
  | { readonly kind: 'unknown' };

export async function historyOf(repository: string, { id, revision, isShallow }: Commit): Promise<History> {
  if (revision === ownCommit) return { kind: 'contained' };
  const args = ['merge-base', ownCommit, id];
  const found = await git(repository, args);
  // 1: there is none (git-merge-base(1)); else it failed.
  if (found.exitCode === 1) return { kind: isShallow ? 'unknown' : 'unrelated' };
  if (found.exitCode !== 0) throw gitFailed(repository, args, found);
  if (found.stdout.trim() === id) return { kind: 'contained' };
  const list = ['rev-list', '--count', `${ownCommit}..${id}`];
  const counted = await git(repository, list);
  if (counted.exitCode !== 0) throw gitFailed(repository, list, counted);
  return { kind: 'behind', commits: Number(counted.stdout.trim()) };
}
