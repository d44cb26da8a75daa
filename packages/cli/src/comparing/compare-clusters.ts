import { compareBuilt, refusedChanges, type Comparison, type RefusedChange } from '@meshrs/impact';
import { interlockFolder } from '@meshrs/manifests/folders';
import { buildOverlay, type OverlayBuild, type TreeOnDisk } from '../kustomize/build-overlay.ts';
import type { Program } from '../tools/program.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { problem, type Problem } from '../problems/problem.ts';
import type { ResultCache } from '../tools/result-cache.ts';
import type { CommittedTree } from '../git/committed-tree.ts';
import { withStagedTree } from '../repository/staged-tree.ts';
import { digestTree, subtree, type Tree } from '../repository/tree.ts';

/** What committing a tree would do to a cluster. */
export interface ClusterComparison extends Comparison {
  readonly cluster: string;
  /** What the API server refuses of it in every side's turn. */
  readonly refused: readonly RefusedChange[];
}

export interface ComparisonResult {
  readonly comparisons: readonly ClusterComparison[];
  /** What could not be built, and so not be compared. */
  readonly problems: readonly Problem[];
}

/**
 * Compares each cluster's build of a commit with that of a tree to come. Clusters whose files are equal are left out.
 */
export async function compareClusters(
  repository: string,
  committed: CommittedTree,
  future: Tree,
  kustomize: Program,
  cache: ResultCache,
): Promise<ComparisonResult> {
  const changed = clustersOf(committed.tree, future).filter(
    (cluster) => filesOf(committed.tree, cluster) !== filesOf(future, cluster),
  );
  if (changed.length === 0) return { comparisons: [], problems: [] };
  const build = (tree: Tree): Promise<Map<string, OverlayBuild>> =>
    withStagedTree(repository, tree, (root) => buildAll({ root, tree }, changed, kustomize, cache));
  const [before, after] = await Promise.all([build(committed.tree), build(future)]);
  const comparisons: ClusterComparison[] = [];
  const problems: Problem[] = [];
  for (const cluster of changed) {
    const [old, next] = [before.get(cluster) ?? nothing, after.get(cluster) ?? nothing];
    if (!old.ok) problems.push(brokenCommit(cluster, committed.revision, old.error));
    if (!next.ok) problems.push(brokenBuild(cluster, next.error));
    if (!old.ok || !next.ok) continue;
    const documents = { before: parseBuild(old.yaml), after: parseBuild(next.yaml) };
    const { before: policiesBefore, after: policiesAfter } = policiesOf(cluster, committed.tree, future);
    const refused = refusedChanges({ ...documents, policiesBefore, policiesAfter });
    comparisons.push({ cluster, ...compareBuilt(documents.before, documents.after), refused });
  }
  return { comparisons, problems };
}

/** The files of the interlock of a cluster, each an object. */
function policiesOf(cluster: string, before: Tree, after: Tree): { before: unknown[]; after: unknown[] } {
  const [old, next] = [before, after].map((tree) =>
    [...subtree(tree, [interlockFolder(cluster)]).values()].flatMap((content) => parseBuild(content.toString('utf8'))),
  );
  return { before: old ?? [], after: next ?? [] };
}

/** A cluster that is not there builds to nothing. */
const nothing: OverlayBuild = { ok: true, yaml: '' };

async function buildAll(
  place: TreeOnDisk,
  clusters: readonly string[],
  kustomize: Program,
  cache: ResultCache,
): Promise<Map<string, OverlayBuild>> {
  const known = new Set(clustersOf(place.tree));
  const built = new Map<string, OverlayBuild>();
  for (const cluster of clusters) {
    if (known.has(cluster)) built.set(cluster, await buildOverlay(kustomize, place, cluster, cache));
  }
  return built;
}

/** Clusters that have an overlay in one of the trees. */
function clustersOf(...trees: readonly Tree[]): string[] {
  const names = trees.flatMap((tree) =>
    [...tree.keys()].flatMap((path) => /^overlays\/([^/]+)\/kustomization\.yaml$/.exec(path)?.[1] ?? []),
  );
  return [...new Set(names)].sort();
}

function filesOf(tree: Tree, cluster: string): string {
  return digestTree(subtree(tree, ['base', `overlays/${cluster}`]));
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
