import { z } from 'zod';
import type { KubernetesApi } from './api.ts';

const podSchema = z
  .object({
    metadata: z.object({
      name: z.string(),
      uid: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
      deletionTimestamp: z.string().optional(),
    }),
    spec: z.object({ nodeName: z.string().optional() }),
    status: z.object({
      phase: z.string().default('Unknown'),
      podIP: z.string().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() }))
        .default([]),
      containerStatuses: z.array(z.object({ name: z.string(), restartCount: z.number() })).default([]),
      initContainerStatuses: z.array(z.object({ name: z.string(), restartCount: z.number() })).default([]),
    }),
  })
  .transform(({ metadata, spec, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    isTerminating: metadata.deletionTimestamp !== undefined,
    node: spec.nodeName,
    phase: status.phase,
    address: status.podIP,
    isReady: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    restarts: [...status.containerStatuses, ...status.initContainerStatuses].reduce(
      (sum, { restartCount }) => sum + restartCount,
      0,
    ),
  }));

/** A pod, as far as the lab looks at it. */
export type ListedPod = z.output<typeof podSchema>;

export async function listPods(api: KubernetesApi, namespace: string): Promise<ListedPod[]> {
  const answer = await api.get(`/api/v1/namespaces/${namespace}/pods`);
  return z.object({ items: z.array(podSchema) }).parse(answer).items;
}
