import type { ClusterFacts } from '@meshrs/manifests';
import { digestTree, subtree } from '../repository/tree.ts';
import { buildOverlay, type TreeOnDisk } from '../kustomize/build-overlay.ts';
import { isSelfContained } from '../kustomize/custom-folder.ts';
import type { ClusterVerdict } from './cluster-verdict.ts';
import { cacheKey, noCache, type ResultCache } from '../tools/result-cache.ts';
import type { Validators } from './validators.ts';

/** Holds a cluster's overlay against every validator. What was validated before, all of it unchanged, comes from the cache. */
export async function validateCluster(
  repository: string,
  place: TreeOnDisk,
  facts: ClusterFacts,
  validators: Validators,
  wantedCache: ResultCache,
): Promise<ClusterVerdict> {
  const { cluster } = facts;
  const cache = (await isSelfContained(place.tree, cluster)) ? wantedCache : noCache;
  const builds = await Promise.all(
    [validators.kustomize, validators.kustomizeOfArgoCd].map((program) => buildOverlay(program, place, cluster, cache)),
  );
  const [build, buildOfArgoCd] = builds;
  if (!build?.ok || !buildOfArgoCd?.ok) {
    const { describeFailedBuild } = await import('./validate-build.ts');
    return describeFailedBuild(place.tree, cluster, builds);
  }
  const key = cacheKey([
    'verdict',
    validators.identity,
    validators.kustomize.fingerprint,
    validators.kustomizeOfArgoCd.fingerprint,
    validators.kubeconform.fingerprint,
    validators.schemas.fingerprint,
    JSON.stringify(facts),
    digestTree(subtree(place.tree, ['base', `overlays/${cluster}`])),
  ]);
  const known = cache.get(key);
  if (known !== undefined) return JSON.parse(known) as ClusterVerdict;
  // The rules and the readers of reports are large, and a verdict that is remembered needs none.
  const { validateBuild } = await import('./validate-build.ts');
  const verdict = await validateBuild(repository, place.tree, facts, validators, cache, build.yaml, buildOfArgoCd.yaml);
  cache.set(key, JSON.stringify(verdict));
  return verdict;
}
