import { git, gitFailed } from './git.ts';
import type { GitPlace } from './place.ts';

/** How what is checked out stands to what is pushed of its branch. */
export type PushedState =
  /** It is that commit. */
  | { readonly kind: 'all' }
  /** What is pushed is another commit, "origin/main", and lacks so many commits of here. */
  | { readonly kind: 'other'; readonly revision: string; readonly unpushed: number }
  /** Nobody knows what of it is pushed: why, and the branch of which that is so. */
  | { readonly kind: 'unknown'; readonly because: 'no-branch' }
  | { readonly kind: 'unknown'; readonly because: 'follows-none'; readonly branch: string }
  | {
      readonly kind: 'unknown';
      readonly because: 'upstream-gone';
      readonly branch: string;
      /** What it follows, "origin/main". */
      readonly follows: string;
    };

const branchPrefix = 'refs/heads/';

/**
 * Commits that are pushed together reach Argo CD as one change: none of them runs yet. Undefined: nothing is committed.
 *
 * Where a branch is pushed to is git's "push" of it, which differs from its upstream with `remote.pushDefault` alone or the
 * like (git-for-each-ref(1)); a branch that follows one of the same repository goes where that one goes.
 */
export async function pushedOf({ top }: GitPlace): Promise<PushedState | undefined> {
  const head = await commitOf(top, 'HEAD');
  if (head === undefined) return undefined;
  const checkedOut = await ask(top, ['symbolic-ref', '--quiet', 'HEAD'], [1]);
  if (checkedOut === undefined) return { kind: 'unknown', because: 'no-branch' };
  const seen = new Set<string>();
  for (let branch = checkedOut; ;) {
    seen.add(branch);
    const name = branch.slice(branchPrefix.length);
    const [push, upstream] = await followed(top, branch);
    const pushed = push.startsWith(branchPrefix) ? undefined : await commitOf(top, push);
    const follows = pushed === undefined ? upstream : push;
    if (follows === '') return { kind: 'unknown', because: 'follows-none', branch: name };
    if (follows.startsWith(branchPrefix)) {
      // In a ring of branches nobody pushes any.
      if (seen.has(follows)) return { kind: 'unknown', because: 'follows-none', branch: name };
      branch = follows;
      continue;
    }
    const revision = follows.replace(/^refs\/remotes\//, '');
    const id = pushed ?? (await commitOf(top, follows));
    if (id === undefined) return { kind: 'unknown', because: 'upstream-gone', branch: name, follows: revision };
    if (id === head) return { kind: 'all' };
    const unpushed = Number(await ask(top, ['rev-list', '--count', `${follows}..HEAD`]));
    return { kind: 'other', revision, unpushed };
  }
}

/**
 * Where a branch is pushed, and what it follows; an empty text where it is not said. Of a remote that it does not follow, "simple"
 * takes the branch of the same name (git-config(1), "push.default"), which git 2.39 does not tell.
 */
async function followed(top: string, branch: string): Promise<readonly [push: string, upstream: string]> {
  const fields = ['push', 'push:remotename', 'upstream', 'upstream:remotename'];
  const format = fields.map((field) => `%(${field})`).join('%00');
  const said = await ask(top, ['for-each-ref', `--format=${format}`, branch]);
  const [push = '', pushRemote = '', upstream = '', remote = ''] = (said ?? '').split('\0');
  const isElsewhere = push === '' && pushRemote !== '' && pushRemote !== remote;
  return [isElsewhere ? `refs/remotes/${pushRemote}/${branch.slice(branchPrefix.length)}` : push, upstream];
}

/** The commit of a name; undefined where there is none. */
async function commitOf(top: string, name: string): Promise<string | undefined> {
  return name === '' ? undefined : ask(top, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], [1]);
}

/** Undefined where git ends with one of the codes that mean "none". */
async function ask(top: string, args: readonly string[], none: readonly number[] = []): Promise<string | undefined> {
  const result = await git(top, args);
  if (none.includes(result.exitCode)) return undefined;
  if (result.exitCode !== 0) throw gitFailed(top, args, result);
  return result.stdout.trim();
}
