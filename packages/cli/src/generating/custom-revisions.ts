import { customFolder } from '@meshrs/manifests/folders';
import { revisionsOfBuild, type ClusterFacts } from '@meshrs/manifests';
import { buildOverlay } from '../kustomize/build-overlay.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { remoteReferences } from '../kustomize/remote-references.ts';
import { problem, type Problem } from '../problems/problem.ts';
import { withStagedTree } from '../repository/staged-tree.ts';
import { subtree, type Tree } from '../repository/tree.ts';
import { programAt } from '../tools/program.ts';
import type { ResultCache } from '../tools/result-cache.ts';

/** What the users' components make of the sides. */
export interface CustomRevisions {
  /** By cluster and side. */
  readonly revisions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Clusters of which it cannot be told, and why. */
  readonly unknown: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Builds the clusters that have a component of the user's, and tells the revision of each of their sides. Only the whole
 * build shows which sides a patch reaches. `future`: the tree that will stand on disk, its objects without a revision.
 */
export async function customRevisions(
  future: Tree,
  clusters: readonly ClusterFacts[],
  { repository, kustomize, cache }: { repository: string; kustomize: () => string; cache: ResultCache },
): Promise<CustomRevisions> {
  if (clusters.length === 0) return { revisions: {}, unknown: [], problems: [] };
  const remote = clusters.flatMap(({ cluster }) => readsElsewhere(future, cluster));
  if (remote.length > 0) return { revisions: {}, unknown: clusters.map(({ cluster }) => cluster), problems: remote };
  const program = programAt(kustomize(), cache);
  const builds = await withStagedTree(repository, future, (root) =>
    Promise.all(
      clusters.map(async (facts) => ({
        facts,
        build: await buildOverlay(program, { root, tree: future }, facts.cluster, cache),
      })),
    ),
  );
  return {
    revisions: Object.fromEntries(
      builds.flatMap(({ facts, build }) =>
        build.ok ? [[facts.cluster, revisionsOfBuild(parseBuild(build.yaml), facts)]] : [],
      ),
    ),
    unknown: builds.flatMap(({ facts, build }) => (build.ok ? [] : [facts.cluster])),
    problems: builds.flatMap(({ facts, build }) => (build.ok ? [] : [brokenComponent(facts.cluster, build.error)])),
  };
}

function readsElsewhere(future: Tree, cluster: string): Problem[] {
  return remoteReferences(subtree(future, [customFolder(cluster)])).map(({ path, reference }) =>
    problem('custom-remote', {
      where: path,
      message: 'The component reads what is not in this repository.',
      seen: reference,
      allowed: 'files and folders of this repository',
      hint: 'download it into the folder and name it there; a commit that changes it then shows what it changes',
    }),
  );
}

function brokenComponent(cluster: string, error: string): Problem {
  return problem('kustomize-failed', {
    where: `overlays/${cluster}`,
    message: error === '' ? 'kustomize ended with an error and said nothing.' : error,
    hint: `correct ${customFolder(cluster)}; generated files alone can be built`,
  });
}
