import type { ClusterReference } from '../kubernetes/argo-cd-types.ts';
import type { ClusterScope } from '../scope.ts';

/** The cluster in which Argo CD runs. */
export const ownCluster: ClusterReference = { server: 'https://kubernetes.default.svc' };

/** Argo CD's own name for it, which nobody has to give it (argo-cd, util/db/cluster.go). */
const ownName = 'in-cluster';

/** Whether Argo CD runs in another cluster than this one, by the destination that the topology gives it. */
export function isElsewhere(destination: string | undefined): boolean {
  return destination !== undefined && destination !== ownName;
}

export function destinationOf({ cluster, topology }: ClusterScope): ClusterReference {
  const name = topology.placement.clusters[cluster]?.destination;
  return name === undefined ? ownCluster : { name };
}

/**
 * The namespace that an Application of kinds without one names. Argo CD reads it before it applies cluster roles ("error
 * getting namespace", seen with 3.2.11), so it has to be there before everything of ours; no cluster lets it be deleted.
 */
export const namespaceOfNone = 'default';
