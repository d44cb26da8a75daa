import { applicationNames } from '@meshrs/manifests/application-names';
import { compareBuilt, refusedChanges, type Comparison, type RefusedChange, type TimedEffect } from '@meshrs/impact';
import { buildOverlay, type OverlayBuild, type TreeOnDisk } from '../kustomize/build-overlay.ts';
import type { Program } from '../tools/program.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { problem, type Problem } from '../problems/problem.ts';
import type { ResultCache } from '../tools/result-cache.ts';
import { withWholeCommit, type Commit } from '../git/committed-tree.ts';
import { isSelfContained } from '../kustomize/custom-folder.ts';
import { isKustomization } from '../kustomize/kustomization-file.ts';
import { withStagedTree } from '../repository/staged-tree.ts';
import { digestTree, subtree, type Tree } from '../repository/tree.ts';

/** What committing a tree would do to a cluster. */
export interface ClusterComparison extends Comparison {
  readonly cluster: string;
  /** What the API server refuses of it in every side's turn. */
  readonly refused: readonly RefusedChange[];
  /** Whether nothing is generated for it any more: what runs stays, and no commit reaches it. */
  readonly isLeftBehind: boolean;
}

/** A commit, and what it has under base/, overlays/ and clusters/. */
export interface Committed {
  readonly commit: Commit;
  readonly tree: Tree;
}

export interface ComparisonResult {
  readonly comparisons: readonly ClusterComparison[];
  /** What could not be built, and so not be compared. */
  readonly problems: readonly Problem[];
}

/**
 * Compares each cluster's build of a commit with that of a tree to come, and what Argo CD itself reads. Clusters whose files
 * are equal are left out, unless a component of theirs reads elsewhere: that may have changed.
 */
export async function compareClusters(
  repository: string,
  committed: Committed,
  future: Tree,
  kustomize: Program,
  cache: ResultCache,
): Promise<ComparisonResult> {
  const open = await readingElsewhere(committed.tree, future);
  const changed = clustersOf(committed.tree, future).filter(
    (cluster) => open.has(cluster) || filesOf(committed.tree, cluster) !== filesOf(future, cluster),
  );
  if (changed.length === 0) return { comparisons: [], problems: [] };
  const build =
    (tree: Tree) =>
    (root: string): Promise<Map<string, OverlayBuild>> =>
      buildAll({ root, tree }, changed, kustomize, cache);
  const [before, after] = await Promise.all([
    // What a component reads elsewhere is to be as it was.
    open.size > 0
      ? withWholeCommit(repository, committed.commit, build(committed.tree))
      : withStagedTree(repository, committed.tree, build(committed.tree)),
    withStagedTree(repository, future, build(future)),
  ]);
  const comparisons: ClusterComparison[] = [];
  const problems: Problem[] = [];
  for (const cluster of changed) {
    const [old, next] = [before.get(cluster) ?? nothing, after.get(cluster) ?? nothing];
    if (!old.ok) problems.push(brokenCommit(cluster, committed.commit.revision, old.error));
    if (!next.ok) problems.push(brokenBuild(cluster, next.error));
    if (!old.ok || !next.ok) continue;
    if (old.yaml === next.yaml && filesOf(committed.tree, cluster) === filesOf(future, cluster)) continue;
    const built = { before: parseBuild(old.yaml), after: parseBuild(next.yaml) };
    const outside = { before: outsideOf(cluster, committed.tree), after: outsideOf(cluster, future) };
    if (!after.has(cluster) && outside.after.length === 0) {
      comparisons.push(leftBehind(cluster, { built: built.before, outside: outside.before }));
      continue;
    }
    const policies = { policiesBefore: outside.before, policiesAfter: outside.after };
    const refused = refusedChanges({ ...built, ...policies });
    comparisons.push({
      ...{ cluster, refused, isLeftBehind: false },
      ...compareBuilt(built.before, built.after, { cluster, ...outside }),
    });
  }
  return { comparisons, problems };
}

/** Its root was applied by hand and finds no folder any more; no Application deletes anything by its own end (decision 9). */
function leftBehind(
  cluster: string,
  { built, outside }: { readonly built: readonly unknown[]; readonly outside: readonly unknown[] },
): ClusterComparison {
  const isThere = built.length > 0;
  const effect: TimedEffect = {
    kind: 'leads',
    object: `Application.argoproj.io ${applicationNames(cluster).root}`,
    sides: [],
    detail: `it finds no folder clusters/${cluster} any more; the fleet runs on, and no commit reaches it`,
    turn: undefined,
  };
  return {
    cluster,
    ...compareBuilt(built, built, { cluster, before: outside, after: outside }),
    effects: isThere ? [effect] : [],
    refused: [],
    isLeftBehind: isThere,
  };
}

/** What Argo CD and the API server read of a cluster beside its overlay, as objects; kustomizations only list them. */
function outsideOf(cluster: string, tree: Tree): readonly unknown[] {
  const files = [...subtree(tree, [`clusters/${cluster}`])].filter(([path]) => !isKustomization(path));
  return files.flatMap(([, content]) => parseBuild(content.toString('utf8')));
}

/** Clusters whose component reads what does not stand in it. */
async function readingElsewhere(...trees: readonly Tree[]): Promise<ReadonlySet<string>> {
  const open = new Set<string>();
  for (const tree of trees) {
    for (const cluster of clustersOf(tree)) {
      if (!(await isSelfContained(tree, cluster))) open.add(cluster);
    }
  }
  return open;
}

/** A cluster that is not there builds to nothing. */
const nothing: OverlayBuild = { ok: true, yaml: '' };

async function buildAll(
  place: TreeOnDisk,
  clusters: readonly string[],
  kustomize: Program,
  cache: ResultCache,
): Promise<Map<string, OverlayBuild>> {
  const built = new Map<string, OverlayBuild>();
  for (const cluster of clusters) {
    if (place.tree.has(`overlays/${cluster}/kustomization.yaml`))
      built.set(cluster, await buildOverlay(kustomize, place, cluster, cache));
  }
  return built;
}

/** Clusters that one of the trees has files of. */
function clustersOf(...trees: readonly Tree[]): string[] {
  const names = trees.flatMap((tree) =>
    [...tree.keys()].flatMap((path) => /^(?:overlays|clusters)\/([^/]+)\/.*\.yaml$/.exec(path)?.[1] ?? []),
  );
  return [...new Set(names)].sort();
}

function filesOf(tree: Tree, cluster: string): string {
  return digestTree(subtree(tree, ['base', `overlays/${cluster}`, `clusters/${cluster}`]));
}

function brokenCommit(cluster: string, revision: string, error: string): Problem {
  return problem('committed-tree-broken', {
    where: `overlays/${cluster} at ${revision}`,
    message: `kustomize cannot build what is committed, so nobody can say what the change disturbs: ${error}`,
    hint: 'if this fleet is not deployed yet, add --allow-both-sides; otherwise compare with a commit that works: --base REVISION',
  });
}

function brokenBuild(cluster: string, error: string): Problem {
  return problem('kustomize-failed', {
    where: `overlays/${cluster}`,
    message: error,
    hint: "correct the cluster's custom folder; generated files alone can be built",
  });
}
