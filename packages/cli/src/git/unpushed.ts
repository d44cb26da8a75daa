import { git, gitFailed } from './git.ts';
import type { GitPlace } from './place.ts';

/** How what is checked out stands to what is pushed of its branch. */
export type PushedState =
  /** It is that commit. */
  | { readonly kind: 'all'; readonly elsewhere: Elsewhere }
  /** What is pushed is another commit, and lacks so many commits of here. */
  | {
      readonly kind: 'other';
      /** As people call it, "origin/main"; a branch or a tag may have the same name. */
      readonly revision: string;
      /** The commit's full name. */
      readonly id: string;
      readonly unpushed: number;
      readonly elsewhere: Elsewhere;
    }
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

/** What Argo CD reads (`gitops.revision`) and the branch neither is pushed to nor follows: whether that has the commit nobody knows. */
export type Elsewhere = readonly string[];

/** Where commits of a branch come to: a branch of a remote. */
interface Target {
  /** Its name here, "refs/remotes/origin/main". */
  readonly ref: string;
  /** Its name at the remote, "main". */
  readonly name: string;
  /** The branch of here that follows it; undefined: one is pushed there, no more. */
  readonly follower: string | undefined;
  /** Undefined: it is not in this clone. */
  readonly id: string | undefined;
}

const branchPrefix = 'refs/heads/';

/**
 * Commits that are pushed together reach Argo CD as one change: none of them runs yet. Undefined: nothing is committed. `revisions`:
 * those that Argo CD reads.
 *
 * Where a branch is pushed to is git's "push" of it, which differs from its upstream with `remote.pushDefault` alone or the
 * like (git-for-each-ref(1)). Which of the two Argo CD reads, a fork or where it came from, git does not know: where they have one
 * name, what lacks more of here counts, and only where both have all of it is all of it pushed.
 */
export async function pushedOf({ top }: GitPlace, revisions: readonly string[]): Promise<PushedState | undefined> {
  const read = revisions.map(branchName);
  const head = await commitOf(top, 'HEAD');
  if (head === undefined) return undefined;
  const branch = await ask(top, ['symbolic-ref', '--quiet', 'HEAD'], [1]);
  if (branch === undefined) return { kind: 'unknown', because: 'no-branch' };
  const { targets, last } = await targetsOf(top, branch);
  const isRead = ({ name }: Target): boolean => read.includes(name);
  const counted = targets.some(isRead) ? targets.filter(isRead) : targets;
  const elsewhere = read.filter((revision) => !targets.some(({ name }) => name === revision));

  const others = await Promise.all(
    counted.flatMap(({ ref, id }) =>
      id === undefined || id === head
        ? []
        : [countUnpushed(top, id).then((unpushed) => ({ revision: shortName(ref), id, unpushed }))],
    ),
  );
  const [most] = others.sort((one, other) => other.unpushed - one.unpushed);
  if (most) return { kind: 'other', ...most, elsewhere };
  for (const { id, follower, ref } of counted) {
    if (id !== undefined || follower === undefined) continue;
    return { kind: 'unknown', because: 'upstream-gone', branch: follower, follows: shortName(ref) };
  }
  if (counted.some(({ id }) => id !== undefined)) return { kind: 'all', elsewhere };
  return { kind: 'unknown', because: 'follows-none', branch: last };
}

/** Those of a branch; one that follows another one of the same repository goes where that one goes. */
async function targetsOf(
  top: string,
  checkedOut: string,
): Promise<{ readonly targets: readonly Target[]; readonly last: string }> {
  const targets = new Map<string, Target>();
  const seen = new Set<string>();
  for (let branch = checkedOut; ;) {
    seen.add(branch);
    const last = branch.slice(branchPrefix.length);
    const { upstream, push } = await followed(top, branch);
    for (const { ref, name, follower } of [
      { ...upstream, follower: last },
      { ...push, follower: undefined },
    ]) {
      if (ref === '' || ref.startsWith(branchPrefix) || targets.has(ref)) continue;
      targets.set(ref, { ref, name, follower, id: await commitOf(top, ref) });
    }
    // In a ring of branches nobody pushes any.
    if (!upstream.ref.startsWith(branchPrefix) || seen.has(upstream.ref))
      return { targets: [...targets.values()], last };
    branch = upstream.ref;
  }
}

/**
 * Where a branch is pushed, and what it follows; an empty text where it is not said. Of a remote that it does not follow, "simple"
 * takes the branch of the same name (git-config(1), "push.default"), which git 2.39 does not tell.
 */
async function followed(
  top: string,
  branch: string,
): Promise<Readonly<Record<'push' | 'upstream', Pick<Target, 'ref' | 'name'>>>> {
  const fields = ['push', 'push:remotename', 'push:remoteref', 'upstream', 'upstream:remotename', 'upstream:remoteref'];
  const format = fields.map((field) => `%(${field})`).join('%00');
  const said = await ask(top, ['for-each-ref', `--format=${format}`, branch]);
  const [push = '', pushRemote = '', pushed = '', ref = '', remote = '', name = ''] = (said ?? '').split('\0');
  const upstream = { ref, name: branchName(name) };
  const own = branchName(branch);
  if (push !== '') return { upstream, push: { ref: push, name: pushed === '' ? own : branchName(pushed) } };
  const isElsewhere = pushRemote !== '' && pushRemote !== remote;
  return { upstream, push: { ref: isElsewhere ? `refs/remotes/${pushRemote}/${own}` : '', name: own } };
}

function branchName(ref: string): string {
  return ref.startsWith(branchPrefix) ? ref.slice(branchPrefix.length) : ref;
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/remotes\//, '');
}

async function countUnpushed(top: string, id: string): Promise<number> {
  return Number(await ask(top, ['rev-list', '--count', `${id}..HEAD`]));
}

/** The commit of a name; undefined where there is none. */
async function commitOf(top: string, name: string): Promise<string | undefined> {
  return ask(top, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], [1]);
}

/** Undefined where git ends with one of the codes that mean "none". */
async function ask(top: string, args: readonly string[], none: readonly number[] = []): Promise<string | undefined> {
  const result = await git(top, args);
  if (none.includes(result.exitCode)) return undefined;
  if (result.exitCode !== 0) throw gitFailed(top, args, result);
  return result.stdout.trim();
}
