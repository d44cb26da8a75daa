import type { ClusterFacts, WaivedFinding } from '@meshrs/manifests';
import { digestTree, subtree } from '../build/tree.ts';
import { buildOverlay, type TreeOnDisk } from './build-overlay.ts';
import { isSelfContained } from './custom-folder.ts';
import type { Problem } from './problem.ts';
import { cacheKey, noCache, type ResultCache } from './result-cache.ts';
import type { SchemaSets } from './schema-sets.ts';

/** What all judges say of a cluster. */
export interface ClusterVerdict {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  readonly waived: readonly WaivedFinding[];
  /** Objects of the build that meshrs generated, and those of the custom folder, by id. */
  readonly generated: readonly string[];
  readonly custom: readonly string[];
  /** kubeconform's reports, by version of Kubernetes. */
  readonly junit: Readonly<Record<string, string>>;
}

/** A program, and the hash of its file. */
export interface Program {
  readonly path: string;
  readonly fingerprint: string;
}

export interface Judges {
  readonly kustomize: Program;
  readonly kustomizeOfArgoCd: Program;
  readonly kubeconform: Program;
  readonly schemas: SchemaSets & { readonly fingerprint: string };
  /** Tells one version of this program from another: its rules are judges too. */
  readonly identity: string;
}

/** Holds a cluster's overlay against every judge. What was judged before, all of it unchanged, comes from the cache. */
export async function judgeCluster(
  repository: string,
  place: TreeOnDisk,
  facts: ClusterFacts,
  judges: Judges,
  wantedCache: ResultCache,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
  const cache = (await isSelfContained(place.tree, cluster)) ? wantedCache : noCache;
  const builds = await Promise.all(
    [judges.kustomize, judges.kustomizeOfArgoCd].map((program) => buildOverlay(program, place, cluster, cache)),
  );
  const [build, buildOfArgoCd] = builds;
  if (!build?.ok || !buildOfArgoCd?.ok) {
    const failed = build?.ok === false ? build : buildOfArgoCd;
    const { judgeFailedBuild } = await import('./judge-build.ts');
    return judgeFailedBuild(place.tree, cluster, failed?.ok === false ? failed.error : '');
  }
  const key = cacheKey([
    'verdict',
    judges.identity,
    judges.kustomize.fingerprint,
    judges.kubeconform.fingerprint,
    judges.schemas.fingerprint,
    JSON.stringify(facts),
    digestTree(subtree(place.tree, ['base', `overlays/${cluster}`])),
    build.yaml,
    buildOfArgoCd.yaml,
  ]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as ClusterVerdict;
  // The rules and the readers of reports are large, and a verdict that is remembered needs none.
  const { judgeBuild } = await import('./judge-build.ts');
  const judged = await judgeBuild(repository, place.tree, facts, judges, cache, build.yaml, buildOfArgoCd.yaml);
  cache.set(key, JSON.stringify(judged));
  return judged;
}
