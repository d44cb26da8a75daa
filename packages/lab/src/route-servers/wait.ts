import { routeServersOf, type Topology } from '@meshrs/topology';
import { z } from 'zod';
import type { ClusterContext } from '../cluster/make-cluster.ts';
import { readSessions } from '../clients/sessions.ts';
import type { GobgpClient } from '../gobgp/client.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        phase: z.string().default('Unknown'),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

/** Waits until the pod of every route server is Ready. */
export async function waitForRouteServers(
  { signal }: ClusterContext,
  api: KubernetesApi,
  topology: Topology,
): Promise<void> {
  const { namespace } = topology.routeServers;
  const wanted = routeServersOf(topology).map(({ name }) => name);
  let seen = '';
  await waitUntil(
    'every route server is Ready',
    async () => {
      const { items } = podList.parse(await api.get(`/api/v1/namespaces/${namespace}/pods`));
      const isReady = (name: string): boolean =>
        items.some(
          ({ metadata, status }) =>
            metadata.name === name && status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
        );
      seen = items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`).join(', ') || 'no pods';
      return wanted.every(isReady);
    },
    {
      deadlineMs: 180_000,
      intervalMs: 250,
      signal,
      next: `look at them: kubectl -n ${namespace} describe pods`,
      seen: () => seen,
    },
  );
}

/** Waits until every client has a session with every VIP. */
export async function waitForSessions(
  { lab, plan, signal }: ClusterContext,
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
      deadlineMs: 180_000,
      intervalMs: 250,
      signal,
      next: 'follow the way of a packet: meshrs lab status says which VIP is announced where',
      seen: () => missing.join('; '),
    },
  );
}
