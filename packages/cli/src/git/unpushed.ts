import { git, gitFailed } from './git.ts';
import type { GitPlace } from './place.ts';

/** What is here and not pushed, and what is. */
export interface UnpushedCommits {
  /** What is pushed of the branch, "origin/main". */
  readonly revision: string;
  /** How many commits here it lacks. */
  readonly unpushed: number;
}

/**
 * Commits that are pushed together reach Argo CD as one change: none of them runs yet. Undefined where all are pushed, and
 * where nobody knows, since no branch is checked out or the branch follows none.
 */
export async function pushedOf({ top }: GitPlace): Promise<UnpushedCommits | undefined> {
  const branch = await ask(top, ['symbolic-ref', '--quiet', 'HEAD'], [1]);
  if (branch === undefined) return undefined;
  const revision = await ask(top, ['for-each-ref', '--format=%(upstream:short)', branch]);
  if (revision === undefined || revision === '') return undefined;
  // It may be gone; HEAD may have no commit yet.
  for (const each of [revision, 'HEAD']) {
    const args = ['rev-parse', '--verify', '--quiet', `${each}^{commit}`];
    if ((await ask(top, args, [1])) === undefined) return undefined;
  }
  const unpushed = Number(await ask(top, ['rev-list', '--count', `${revision}..HEAD`]));
  return unpushed > 0 ? { revision, unpushed } : undefined;
}

/** Undefined where git ends with one of the codes that mean "none". */
async function ask(top: string, args: readonly string[], none: readonly number[] = []): Promise<string | undefined> {
  const result = await git(top, args);
  if (none.includes(result.exitCode)) return undefined;
  if (result.exitCode !== 0) throw gitFailed(top, args, result);
  return result.stdout.trim();
}
