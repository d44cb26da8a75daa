import { labels } from '@meshrs/contract';
import { routeServersOf } from '@meshrs/topology';
import type { PodDisruptionBudget } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { sharedMetadata } from '../metadata.ts';

/**
 * One budget over the route servers of all sides: a drain of nodes never takes two at once. A budget a side would, with
 * one replica, block drains for ever.
 *
 * A pod that is not ready may be evicted while the others are healthy (IfHealthyBudget), never both: a dead kubelet
 * makes pods unready whose sessions are up.
 */
export function podDisruptionBudget(scope: Pick<ClusterScope, 'topology'>): PodDisruptionBudget {
  const { app } = scope.topology.routeServers;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: sharedMetadata(scope, app),
    spec: {
      ...oneAtATime(scope),
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      selector: { matchLabels: { [labels.app]: app } },
    },
  };
}

/**
 * All but one stay. Kubernetes counts whom there should be over the StatefulSets of the pods that are there: in the moment
 * between the end of a lone pod and the next of its name, `maxUnavailable: 1` lets the other side's go (seen). A share of
 * them, which is rounded up, does not. It must fit the number of route servers: of more than 100, and where each cluster
 * has a part of them, it does not. It stands from the first wave on, over those that are about to go, too: `meshrs build`
 * refuses a change in which it would let two of them go (`looseBudgets` of impact).
 */
function oneAtATime({ topology }: Pick<ClusterScope, 'topology'>): {
  readonly minAvailable?: string;
  readonly maxUnavailable?: number;
} {
  const count = routeServersOf(topology).length;
  const isFitting = Object.keys(topology.placement.clusters).length === 1 && count >= 2 && count <= 100;
  return isFitting ? { minAvailable: `${String(Math.floor((100 * (count - 1)) / count))}%` } : { maxUnavailable: 1 };
}
