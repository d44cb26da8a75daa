import { readBuilt, type BuiltCluster } from '../built/read-built.ts';
import { compareText, sortedTexts } from '../sorted.ts';
import type { Effect, EffectFinder } from './effect.ts';
import { metallbEffects } from './metallb.ts';
import { namespaceEffects } from './namespaces.ts';
import { networkPolicyEffects } from './network-policies.ts';
import { serviceEffects } from './services.ts';
import { settingsEffects } from './settings.ts';
import { routeServerSets } from './sides.ts';
import { workloadEffects } from './stateful-sets.ts';

/** What applying a build over another one does to what runs. */
export interface Comparison {
  /** By side, then by object. */
  readonly effects: readonly Effect[];
  /** Sides whose clients certainly notice. More than one at once breaks what the two sides are for. */
  readonly disturbedSides: readonly string[];
  /** "namespace/pod" of route servers that are gone. */
  readonly removedRouteServers: readonly string[];
}

const finders: readonly EffectFinder[] = [
  namespaceEffects,
  workloadEffects,
  serviceEffects,
  metallbEffects,
  networkPolicyEffects,
  settingsEffects,
];

/**
 * Compares two builds of a cluster: what restarts pods, renumbers a VIP, resets sessions, and on which side. Both are
 * the documents that `kustomize build` gives; no document in `before`: the cluster is new, and nothing can be disturbed.
 */
export function compareBuilt(before: readonly unknown[], after: readonly unknown[]): Comparison {
  const [old, next] = [readBuilt(before), readBuilt(after)];
  const effects = finders
    .flatMap((find) => find(old, next))
    .sort((one, other) => compareText(one.sides.join(), other.sides.join()) || compareText(one.object, other.object));
  const disturbing = effects.filter(({ kind }) => kind !== 'may-reset');
  return {
    effects,
    disturbedSides: sortedTexts([...new Set(disturbing.flatMap(({ sides }) => sides))]),
    removedRouteServers: removedRouteServers(old, next),
  };
}

function removedRouteServers(old: BuiltCluster, next: BuiltCluster): string[] {
  const pods = (cluster: BuiltCluster): string[] =>
    routeServerSets(cluster).flatMap((set) => set.pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const remaining = new Set(pods(next));
  return sortedTexts(pods(old).filter((pod) => !remaining.has(pod)));
}
