import { containers, gateRevision, labels, roles, settingsKeys } from '@meshrs/contract';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PodSight, SideSight, StatefulSetSight } from '@meshrs/gate';

const reason = z.object({ reason: z.string().optional() });
const containerStatus = z.object({
  name: z.string(),
  state: z
    .object({ running: z.object({}).optional(), waiting: reason.optional(), terminated: reason.optional() })
    .optional(),
});

/** What is read of a list of pods (v1). */
export const podListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).optional(),
        deletionTimestamp: z.string().optional(),
      }),
      status: z
        .object({
          phase: z.string().optional(),
          podIP: z.string().optional(),
          containerStatuses: z.array(containerStatus).optional(),
        })
        .optional(),
    }),
  ),
});
type Pod = z.output<typeof podListSchema>['items'][number];

/** What is read of a StatefulSet (apps/v1). */
export const statefulSetSchema = z.object({
  metadata: z.object({
    name: z.string(),
    generation: z.number().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    creationTimestamp: z.string().optional(),
    managedFields: z.array(z.object({ time: z.string().optional(), subresource: z.string().optional() })).optional(),
  }),
  spec: z.object({ replicas: z.number().optional() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      updatedReplicas: z.number().optional(),
      readyReplicas: z.number().optional(),
    })
    .optional(),
});

/** When anybody last changed it, its status aside; an apply that changes nothing leaves no trace (Kubernetes, "Server-Side Apply"). */
export function lastChange({ metadata }: z.output<typeof statefulSetSchema>): number {
  const times = (metadata.managedFields ?? []).flatMap(({ time, subresource }) => (subresource ? [] : (time ?? [])));
  return Math.max(...[...times, metadata.creationTimestamp ?? 0].map((time) => new Date(time).getTime()));
}

/** What is read of a ConfigMap (v1). */
export const configMapSchema = z.object({ data: z.record(z.string(), z.string()).optional() });

export interface PlacedPod extends PodSight {
  /** Undefined before its network is there. */
  readonly address: string | undefined;
}

/** The route servers among the pods. */
export function toPods({ items }: z.output<typeof podListSchema>): readonly PlacedPod[] {
  return items
    .filter(({ metadata }) => metadata.labels?.[labels.role] !== roles.gate)
    .map((pod) => ({
      name: pod.metadata.name,
      side: pod.metadata.labels?.[labels.side] ?? '',
      address: pod.status?.podIP,
      isTerminating: pod.metadata.deletionTimestamp !== undefined,
      ...engineOf(pod),
    }));
}

/** By what the kubelet said last: where it says that the engine waits or has ended, no other process starts it. */
function engineOf({ status }: Pod): Pick<PodSight, 'engine' | 'engineReason'> {
  const names: readonly string[] = Object.values(containers.engine);
  const state = status?.containerStatuses?.find(({ name }) => names.includes(name))?.state;
  if (state?.running) return { engine: 'running' };
  const ended = state?.waiting ?? state?.terminated;
  if (ended) return { engine: 'stopped', engineReason: ended.reason ?? status?.phase ?? 'unknown' };
  // Before the engine's first start there is no state of it, and after the pod's end none that is younger.
  const phase = status?.phase ?? 'Pending';
  return phase === 'Running' || phase === 'Unknown'
    ? { engine: 'unknown' }
    : { engine: 'stopped', engineReason: phase };
}

export function toStatefulSet(name: string, value: z.output<typeof statefulSetSchema> | undefined): StatefulSetSight {
  if (!value) return { name, found: undefined };
  const { metadata, spec, status } = value;
  return {
    name,
    found: {
      replicas: spec.replicas ?? 1,
      updatedReplicas: status?.updatedReplicas ?? 0,
      readyReplicas: status?.readyReplicas ?? 0,
      isObserved: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
      sideRevision: metadata.annotations?.[gateRevision],
    },
  };
}

/** The revision that an agent with these settings reports. */
export function toSettings(
  configMap: string,
  value: z.output<typeof configMapSchema> | undefined,
): SideSight['settings'] {
  const text = value?.data?.[settingsKeys.settings];
  return { configMap, revision: text === undefined ? undefined : createHash('sha256').update(text).digest('hex') };
}
