import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes/api.ts';
import type { ClusterPlan } from '../plan/lab-plan.ts';

const nodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      }),
    }),
  ),
});

/** Whether a cluster's API has every planned node as Ready. */
export async function areNodesReady(api: KubernetesApi, plan: ClusterPlan): Promise<boolean> {
  const ready = await listReadyNodes(api);
  return plan.nodes.every(({ name }) => ready.includes(name));
}

/** Names of the nodes that the API has as Ready. */
export async function listReadyNodes(api: KubernetesApi): Promise<string[]> {
  const { items } = nodeList.parse(await api.get('/api/v1/nodes'));
  return items
    .filter(({ status }) => status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'))
    .map(({ metadata }) => metadata.name);
}

/** The addresses of every node that the API knows, by its name. */
export async function listNodeAddresses(api: KubernetesApi): Promise<ReadonlyMap<string, readonly string[]>> {
  const { items } = nodeList.parse(await api.get('/api/v1/nodes'));
  return new Map(items.map(({ metadata, status }) => [metadata.name, status.addresses.map(({ address }) => address)]));
}
