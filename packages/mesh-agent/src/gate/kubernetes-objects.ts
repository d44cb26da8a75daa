import { containers, fleetKey, gateRevision, labels, roles, settingsKeys } from '@meshrs/contract';
import { history, historySchema, lastChange, latest } from '../sources/kubernetes/last-change.ts';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FleetSight, LabelledPod, PodSight, SideSight, StatefulSetSight } from '@meshrs/gate';
import { parseAddress } from '@meshrs/network';

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
        uid: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        deletionTimestamp: z.string().optional(),
        ownerReferences: z
          .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
          .optional(),
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
  metadata: z.object({ name: z.string(), generation: z.number().optional(), ...history }),
  spec: z.object({ replicas: z.number().optional() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      updatedReplicas: z.number().optional(),
      readyReplicas: z.number().optional(),
    })
    .optional(),
});

/**
 * When who wrote the mark of the side last changed the object: another's change, of a replica count or a restart, does not
 * make the mark any younger. Undefined where it bears none, or nothing tells when.
 */
export function lastMark(value: { readonly metadata: z.output<typeof historySchema> }): number | undefined {
  return latest(timesOfMark(value));
}

/**
 * When the first of those who wrote the mark last changed the object: a copy that somebody edited and applied, mark and all,
 * is younger than that. Undefined where it bears none, or nothing tells when.
 */
export function firstMark(value: { readonly metadata: z.output<typeof historySchema> }): number | undefined {
  const known = timesOfMark(value).flatMap((time) => latest([time]) ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

function timesOfMark({ metadata }: { readonly metadata: z.output<typeof historySchema> }): readonly string[] {
  const markers = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => owned.safeParse(fieldsV1).success);
  return markers.flatMap(({ time }) => time ?? []);
}

const owned = z.object({
  'f:metadata': z.object({ 'f:annotations': z.object({ [`f:${gateRevision}`]: z.unknown() }).required() }),
});

/** What is read of a ConfigMap (v1). */
export const configMapSchema = z.object({
  metadata: historySchema,
  data: z.record(z.string(), z.string()).optional(),
});

/** The pods that may be route servers. A label alone makes none a gate: who has a StatefulSet goes with it all the same. */
export function toPods({ items }: z.output<typeof podListSchema>): readonly LabelledPod[] {
  return items
    .map((pod) => ({ pod, statefulSet: statefulSetOf(pod) }))
    .filter(({ pod, statefulSet }) => statefulSet !== undefined || pod.metadata.labels?.[labels.role] !== roles.gate)
    .map(({ pod, statefulSet }) => ({
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      side: pod.metadata.labels?.[labels.side],
      statefulSet,
      address: parseAddress(pod.status?.podIP ?? ''),
      isTerminating: pod.metadata.deletionTimestamp !== undefined,
      ...engineOf(pod),
    }));
}

function statefulSetOf({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.find(({ kind, controller }) => kind === 'StatefulSet' && controller === true)?.name;
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
      markedAtMs: lastMark(value),
      generation: metadata.generation ?? 0,
    },
  };
}

/** The revision that an agent with these settings reports. */
export function toSettings(
  configMap: string,
  value: z.output<typeof configMapSchema> | undefined,
): SideSight['settings'] {
  return {
    configMap,
    revision: revisionOf(value?.data?.[settingsKeys.settings]),
    sideRevision: value?.metadata.annotations?.[gateRevision],
    changedAtMs: value && lastChange(value),
    markedAtMs: value && firstMark(value),
  };
}

/** The revision that an agent with this fleet.yml reports. */
export function toFleet(
  configMap: string,
  value: z.output<typeof configMapSchema> | undefined,
): Pick<FleetSight, 'configMap' | 'revision'> {
  return { configMap, revision: revisionOf(value?.data?.[fleetKey]) };
}

/** As the agent takes it of the bytes of a mounted file. */
function revisionOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex');
}
