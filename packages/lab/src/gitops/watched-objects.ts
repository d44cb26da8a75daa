import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseApplication } from '../argocd/applications.ts';
import type { RollOutEvent } from './roll-out-log.ts';

/** An event of a watch (Kubernetes API concepts); what ends a watch is no object. */
const eventSchema = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: z.unknown() });

/** What an event says, read by the kind that is watched; undefined for an event that is about no object. */
export function readEvent(
  event: unknown,
  read: (object: unknown, isGone: boolean) => RollOutEvent,
): RollOutEvent | undefined {
  const parsed = eventSchema.safeParse(event);
  return parsed.success ? read(parsed.data.object, parsed.data.type === 'DELETED') : undefined;
}

const containerStatuses = z
  .array(z.object({ state: z.object({ terminated: z.object({ message: z.string().optional() }).optional() }) }))
  .default([]);

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  status: z.object({
    phase: z.string().default('Unknown'),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    containerStatuses,
  }),
});

export function podEvent(object: unknown, isGone: boolean, atMs: number): RollOutEvent {
  const { metadata, status } = podSchema.parse(object);
  return {
    atMs,
    kind: 'pod',
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    phase: status.phase,
    isReady: status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'),
    isTerminating: metadata.deletionTimestamp !== undefined,
    isGone,
    lastWords: status.containerStatuses.flatMap(({ state }) => state.terminated?.message ?? []).join('\n'),
  };
}

const statefulSetSchema = z.object({
  metadata: z.object({ name: z.string(), generation: z.int() }),
  spec: z.object({ replicas: z.int().default(1) }),
  status: z.object({
    observedGeneration: z.int().default(0),
    updateRevision: z.string().default(''),
    updatedReplicas: z.int().default(0),
    readyReplicas: z.int().default(0),
  }),
});

export function statefulSetEvent(object: unknown, atMs: number): RollOutEvent {
  const { metadata, spec, status } = statefulSetSchema.parse(object);
  return {
    atMs,
    kind: 'statefulSet',
    name: metadata.name,
    generation: metadata.generation,
    updateRevision: status.updateRevision,
    isRolled:
      status.observedGeneration === metadata.generation &&
      status.updatedReplicas === spec.replicas &&
      status.readyReplicas === spec.replicas,
  };
}

export function applicationEvent(object: unknown, atMs: number): RollOutEvent {
  const { name, sync, health, operation } = parseApplication(object);
  return {
    atMs,
    kind: 'application',
    name,
    sync,
    health,
    phase: operation?.phase ?? '',
    message: operation?.message ?? '',
    revision: operation?.syncResult?.revision ?? operation?.operation.sync?.revision ?? '',
    retries: operation?.retryCount ?? 0,
    isPartial: (operation?.operation.sync?.resources ?? []).length > 0,
    startedAt: operation?.startedAt ?? '',
  };
}

const configMapSchema = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
});

/** Of the data only a hash is kept: enough to see that it changes. */
export function configMapEvent(object: unknown, atMs: number): RollOutEvent {
  const { metadata, data } = configMapSchema.parse(object);
  return {
    atMs,
    kind: 'configMap',
    name: metadata.name,
    data: createHash('sha256').update(JSON.stringify(data)).digest('hex'),
  };
}
