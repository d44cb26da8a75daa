import { routeServersOf, type Topology } from '@meshrs/topology';
import type { ClusterContext } from '../cluster/make-cluster.ts';
import { readSessions } from '../clients/sessions.ts';
import type { GobgpClient } from '../gobgp/client.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { listPods } from '../kubernetes/pods.ts';

/** Waits until the pod of every route server is Ready. */
export async function waitForRouteServers(
  { signal }: Pick<ClusterContext, 'signal'>,
  api: KubernetesApi,
  topology: Topology,
): Promise<void> {
  const { namespace } = topology.routeServers;
  const wanted = routeServersOf(topology).map(({ name }) => name);
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

/** Waits until every client has a session with every VIP. */
export async function waitForSessions(
  { lab, plan, signal }: Pick<ClusterContext, 'lab' | 'plan' | 'signal'>,
  topology: Topology,
  connectTo: (socket: string) => GobgpClient,
): Promise<void> {
  let missing: readonly string[] = [];
  await waitUntil(
    'every client has a session with every side',
    async () => {
      const sessions = await readSessions(lab, plan, topology, connectTo);
      missing = sessions
        .filter(({ isEstablished }) => !isEstablished)
        .map(({ client, side, state }) => `${client} with side ${side}: ${state}`);
      return missing.length === 0;
    },
    {
      deadlineMs: 300_000,
      intervalMs: 250,
      signal,
      next: 'follow the way of a packet: meshrs lab status LAB says which VIP is announced where',
      seen: () => missing.join('; '),
    },
  );
}
