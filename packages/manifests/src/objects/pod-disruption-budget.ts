import { labels } from '@meshrs/contract';
import type { PodDisruptionBudget } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { oneAtATime } from '../disruption-budget.ts';
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
