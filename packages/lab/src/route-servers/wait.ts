import { routeServersOf, type Topology } from '@meshrs/topology';
import type { ClusterContext } from '../lab/context.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { listPods } from '../kubernetes/pods.ts';

/** Waits until the pod of every route server of a cluster is Ready. */
export async function waitForRouteServers(
  { cluster, signal }: Pick<ClusterContext, 'cluster' | 'signal'>,
  api: KubernetesApi,
  topology: Topology,
): Promise<void> {
  const { namespace } = topology.routeServers;
  const wanted = routeServersOf(topology)
    .filter(({ side }) => cluster.plan.sides.includes(side))
    .map(({ name }) => name);
  let seen = '';
  await waitUntil(
    'every route server is Ready',
    async () => {
      const pods = await listPods(api, namespace);
      seen = pods.map(({ name, phase }) => `${name} ${phase}`).join(', ') || 'no pods';
      return wanted.every((name) => pods.some((pod) => pod.name === name && pod.isReady));
    },
    {
      deadlineMs: 300_000,
      intervalMs: 250,
      signal,
      next: `look at them: kubectl -n ${namespace} describe pods`,
      seen: () => seen,
    },
  );
}
