import type { BudgetIntent } from '@meshrs/contract';
import { routeServersOf } from '@meshrs/topology';
import { gateDeadlineSeconds } from './durations.ts';
import type { ClusterScope } from './scope.ts';

/** The same budget, as those know it who hold it while a side is open, and give it back. */
export function budgetIntent(scope: Pick<ClusterScope, 'topology'>): BudgetIntent {
  const { minAvailable, maxUnavailable } = oneAtATime(scope);
  return {
    name: scope.topology.routeServers.app,
    ...(minAvailable === undefined
      ? { field: 'maxUnavailable', value: String(maxUnavailable) }
      : { field: 'minAvailable', value: minAvailable }),
    heldSeconds: gateDeadlineSeconds(scope.topology),
  };
}

/**
 * All but one stay. Kubernetes counts whom there should be over the StatefulSets of the pods that are there: in the moment
 * between the end of a lone pod and the next of its name, `maxUnavailable: 1` lets the other side's go (seen). A share of
 * them, which is rounded up, does not. It must fit the number of route servers: of more than 100, and where each cluster
 * has a part of them, it does not. It stands from the first wave on, over those that are about to go, too: `meshrs build`
 * refuses a change in which it would let two of them go (`looseBudgets` of impact).
 */
export function oneAtATime({ topology }: Pick<ClusterScope, 'topology'>): {
  readonly minAvailable?: string;
  readonly maxUnavailable?: number;
} {
  const count = routeServersOf(topology).length;
  const isFitting = Object.keys(topology.placement.clusters).length === 1 && count >= 2 && count <= 100;
  return isFitting ? { minAvailable: `${String(Math.floor((100 * (count - 1)) / count))}%` } : { maxUnavailable: 1 };
}
