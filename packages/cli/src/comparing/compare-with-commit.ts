import type { Act } from '@meshrs/impact';
import { clustersWithCustom, isSelfContained } from '../kustomize/custom-folder.ts';
import { findCommit, ownCommit, readCommittedTree, unknownRevision, type Commit } from '../git/committed-tree.ts';
import { listCommitted, readCommitted } from '../git/committed-files.ts';
import { historyOf } from '../git/history.ts';
import { blobId, isCommitted } from '../git/is-committed.ts';
import { findPlace } from '../git/place.ts';
import { pushedOf, type PushedState } from '../git/unpushed.ts';
import type { Problem } from '../problems/problem.ts';
import type { Tree } from '../repository/tree.ts';
import { readTopologyTexts } from '../topologies/topology-files.ts';
import { programAt } from '../tools/program.ts';
import { cacheOf } from '../tools/result-cache.ts';
import { behind, misplaced, revisionsRead } from './base-problems.ts';
import type { ClusterComparison } from './compare-clusters.ts';
import type { NodeChanges, StuckNodes } from './moved-nodes.ts';
import { routerActs } from './router-files.ts';

/** What a tree to come is compared with, and by which kustomize. */
export interface ComparedWith {
  /** Root of the repository, absolute. */
  readonly repository: string;
  /** The commit that runs; left out: what is pushed of the branch, and HEAD where nobody knows what that is. */
  readonly base?: string | undefined;
  /** Path of kustomize; asked for only when there is something to build. */
  readonly kustomize: () => string;
}

/** What was compared with, so that no comparison is never taken for "nothing is disturbed". */
export type Base =
  | {
      readonly kind: 'commit';
      readonly revision: string;
      readonly id: string;
      /** What is known of what is pushed; undefined: somebody has named the commit. */
      readonly pushed: PushedState | undefined;
      /** Its files are those to come. */
      readonly isSame: boolean;
    }
  /** Nobody has committed anything that could run: why. */
  | { readonly kind: 'nothing'; readonly because: NothingRuns; readonly revision: string };

/** Why nothing is known to run. */
export type NothingRuns = 'no-repository' | 'no-commit' | 'nothing-generated';

export interface CommitComparison {
  readonly base: Base;
  readonly comparisons: readonly ClusterComparison[];
  /** What there is to do beside the change, of which nothing generated tells. */
  readonly acts: readonly Act[];
  /** Nodes that cannot change their sides in one commit. */
  readonly stuckNodes: readonly StuckNodes[];
  /** What could not be compared, and what makes the comparison another one than was meant. */
  readonly problems: readonly Problem[];
}

/** What runs is what is committed, and pushed; without a commit nothing runs. */
export async function compareWithCommit(
  future: Tree,
  { repository, base, kustomize }: ComparedWith,
): Promise<CommitComparison> {
  const place = await findPlace(repository);
  if (!place) {
    // Who names a revision himself wants a comparison.
    if (base !== undefined && base !== ownCommit) throw unknownRevision(base, `${repository} is in no git repository`);
    return nothing('no-repository', ownCommit, []);
  }
  const pushed = base === undefined ? await pushedOf(place, revisionsRead(future)) : undefined;
  const revision = base ?? (pushed?.kind === 'other' ? pushed.revision : ownCommit);
  const commit = pushed?.kind === 'other' ? { ...place, revision, id: pushed.id } : await findCommit(place, revision);
  if (!commit) return nothing('no-commit', revision, misplaced(future, place));
  const problems = [...behind(commit, await historyOf(repository, commit)), ...misplaced(future, commit)];
  const isSame = (await isCommitted(repository, commit.id, future)) && (await areSelfContained(future));
  const { acts, stuck: stuckNodes } = await movedNodes(repository, commit);
  const compared = { kind: 'commit', revision, id: commit.id, pushed, isSame } as const;
  if (isSame) return { base: compared, comparisons: [], acts, stuckNodes, problems };
  const tree = await readCommittedTree(repository, commit);
  if (tree.size === 0) return nothing('nothing-generated', revision, problems);
  const found = await compareTrees({ commit, tree }, future, { repository, kustomize });
  const allActs = [...acts, ...routerActs(tree, future, revision)];
  return { base: compared, ...found, acts: allActs, stuckNodes, problems: [...problems, ...found.problems] };
}

/** Of nothing where the topologies are those of the commit. */
async function movedNodes(repository: string, commit: Commit): Promise<NodeChanges> {
  const committed = (await listCommitted(commit, 'topologies')).filter(({ path }) => /\.ya?ml$/.test(path));
  const objects = new Map(committed.map(({ path, object }) => [path, object]));
  const changed = readTopologyTexts(repository).filter(({ file, text }) => {
    const object = objects.get(file);
    if (object === undefined || blobId(Buffer.from(text), object.length) !== object) return true;
    objects.delete(file);
    return false;
  });
  if (changed.length === 0) return { acts: [], stuck: [] };
  const before = await Promise.all(
    committed
      .filter(({ path }) => objects.has(path))
      .map(async (entry) => ({ file: entry.path, text: await readCommitted(commit, entry) })),
  );
  const generated = (await listCommitted(commit, 'overlays')).map(({ path }) => path.replace(/^overlays\//, ''));
  const { nodeChanges } = await import('./moved-nodes.ts');
  return nodeChanges(before, changed, generated);
}

async function compareTrees(
  committed: { readonly commit: Commit; readonly tree: Tree },
  future: Tree,
  { repository, kustomize }: Pick<ComparedWith, 'repository' | 'kustomize'>,
) {
  const cache = cacheOf(repository);
  const program = programAt(kustomize(), cache);
  const { compareClusters } = await import('./compare-clusters.ts');
  return compareClusters(repository, committed, future, program, cache);
}

function nothing(because: NothingRuns, revision: string, problems: readonly Problem[]): CommitComparison {
  return { base: { kind: 'nothing', because, revision }, comparisons: [], acts: [], stuckNodes: [], problems };
}

/** Whether the files of all overlays tell all that builds of them depend on. */
async function areSelfContained(tree: Tree): Promise<boolean> {
  const closed = await Promise.all(clustersWithCustom(tree).map((cluster) => isSelfContained(tree, cluster)));
  return closed.every(Boolean);
}
