import type { ClusterReference } from '../kubernetes/argo-cd-types.ts';
import type { ClusterScope } from '../scope.ts';

/** The cluster in which Argo CD runs. */
export const ownCluster: ClusterReference = { server: 'https://kubernetes.default.svc' };

export function destinationOf({ cluster, topology }: ClusterScope): ClusterReference {
  const name = topology.placement.clusters[cluster]?.destination;
  return name === undefined ? ownCluster : { name };
}

/**
 * The namespace that an Application of kinds without one names. Argo CD reads it before it applies cluster roles ("error
 * getting namespace", seen with 3.2.11), so it has to be there before everything of ours; no cluster lets it be deleted.
 */
export const namespaceOfNone = 'default';
