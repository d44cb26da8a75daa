import type { ClusterReference } from '../kubernetes/argo-cd-types.ts';
import type { ClusterScope } from '../scope.ts';

/** The cluster in which Argo CD runs. */
export const ownCluster: ClusterReference = { server: 'https://kubernetes.default.svc' };

export function destinationOf({ cluster, topology }: ClusterScope): ClusterReference {
  const name = topology.placement.clusters[cluster]?.destination;
  return name === undefined ? ownCluster : { name };
}
