import type { SeenStatus } from '@meshrs/contract/status';
import type { RouteServer, Topology } from '@meshrs/topology';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { listPods, type ListedPod } from '../kubernetes/pods.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { readAgentStatus } from '../route-servers/agent-status.ts';

/** A cluster of a lab that is up. */
export interface OpenCluster extends LabCluster {
  readonly api: KubernetesApi;
}

interface Clusters {
  readonly clusters: readonly OpenCluster[];
  readonly topology: Topology;
}

/** The cluster on which a side is. */
export function clusterOf({ clusters }: Pick<Clusters, 'clusters'>, side: string): OpenCluster {
  const found = clusters.find(({ plan }) => plan.sides.includes(side));
  if (!found) throw new RangeError(`The lab has no cluster for side ${side}.`);
  return found;
}

/** The pods in the route servers' namespace, of every cluster. */
export async function listRouteServerPods({ clusters, topology }: Clusters): Promise<ListedPod[]> {
  return (await Promise.all(clusters.map(({ api }) => listPods(api, topology.routeServers.namespace)))).flat();
}

/** Asks the agent of a route server; undefined when it does not answer. */
export function askAgent(
  lab: Clusters,
  { name, side }: Pick<RouteServer, 'name' | 'side'>,
): Promise<SeenStatus | undefined> {
  return readAgentStatus(clusterOf(lab, side), lab.topology.routeServers.namespace, name);
}
