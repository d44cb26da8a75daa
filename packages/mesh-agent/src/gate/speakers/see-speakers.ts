import { labels, shown, speakersRevision, type SpeakersIntent } from '@meshrs/contract';
import type { NodeSight, SpeakerImage, SpeakerPodSight, SpeakerSetSight, SpeakersSight } from '@meshrs/gate';
import { z } from 'zod';
import { AgentFailure } from '../../failure.ts';
import { parseAnswer } from '../../parse-answer.ts';
import type { DatedApiClient } from '../../sources/kubernetes/api-client.ts';
import { listObjects } from '../list-objects.ts';

type Client = Pick<DatedApiClient, 'getDated'>;

/** MetalLB's pods, and what time it was at the API server. */
export interface SeenSpeakers {
  readonly sight: SpeakersSight;
  /** Undefined where it did not say. */
  readonly readAtMs: number | undefined;
}

const texts = z.record(z.string(), z.string()).optional();
const container = z.object({ image: z.string(), imagePullPolicy: z.string().optional() });

const setSchema = z.object({
  metadata: z.object({ uid: z.string(), generation: z.number().optional() }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: texts, labels: texts }).optional(),
      spec: z.object({ containers: z.array(container), initContainers: z.array(container).optional() }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      desiredNumberScheduled: z.number().optional(),
      currentNumberScheduled: z.number().optional(),
    })
    .optional(),
});

/** How the DaemonSet's controller says for which node a pod is, before a scheduler has bound it (pkg/controller/daemon/util). */
const matchFields = z.object({
  nodeAffinity: z.object({
    requiredDuringSchedulingIgnoredDuringExecution: z.object({
      nodeSelectorTerms: z.array(
        z.object({ matchFields: z.array(z.object({ key: z.string(), values: z.array(z.string()) })).optional() }),
      ),
    }),
  }),
});

const containerStatus = z.object({
  state: z
    .object({ waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional() })
    .optional(),
});
const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    annotations: texts,
    labels: texts,
    creationTimestamp: z.iso.datetime({ offset: true }),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().optional() }))
      .optional(),
  }),
  spec: z.object({ nodeName: z.string().optional(), affinity: z.unknown().optional() }),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
      containerStatuses: z.array(containerStatus).optional(),
      initContainerStatuses: z.array(containerStatus).optional(),
    })
    .optional(),
});

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: texts }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }).optional(),
});

/** Reads the DaemonSets, their pods, and which node is whose. @throws AgentFailure */
export async function seeSpeakers(
  client: Client,
  { namespace, daemonSets, absent, nodeLabel = labels.side }: SpeakersIntent,
  signal: AbortSignal,
): Promise<SeenSpeakers> {
  const seeSets = (names: readonly string[]) =>
    Promise.all(names.map((name) => seeSet(client, namespace, name, signal)));
  const [read, others] = [await seeSets(daemonSets), await seeSets(absent)];
  const pods = await seePods(client, namespace, signal);
  const nodes = await listObjects(client, '/api/v1/nodes', { labelSelector: '', schema: nodeSchema, signal });
  const dates = read.flatMap(({ dateMs }) => dateMs ?? []);
  return {
    sight: {
      ...{ sets: read.map(({ set }) => set), otherSets: others.map(({ set }) => set) },
      ...{ pods, nodes: nodes.map((node) => toNode(node, nodeLabel)) },
    },
    // The earliest: what was made after it is as young as can be.
    readAtMs: dates.length === 0 ? undefined : Math.min(...dates),
  };
}

/** Of all DaemonSets of the namespace. @throws AgentFailure */
async function seePods(client: Client, namespace: string, signal: AbortSignal): Promise<readonly SpeakerPodSight[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const pods = await listObjects(client, path, { labelSelector: '', schema: podSchema, signal });
  return pods.flatMap((pod) => toPod(pod) ?? []);
}

async function seeSet(
  client: Client,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly set: SpeakerSetSight; readonly dateMs: number | undefined }> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets/${encodeURIComponent(name)}`;
  try {
    const { value, dateMs } = await client.getDated(path, signal);
    const { metadata, spec, status } = parseAnswer(setSchema, value, (why, cause) => notUnderstood(path, why, cause));
    const found = {
      uid: metadata.uid,
      generation: metadata.generation,
      lackingPods: (status?.desiredNumberScheduled ?? 0) - (status?.currentNumberScheduled ?? 0),
      revision: revisionIn(spec.template.metadata ?? {}),
      isObserved: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
      images: imagesOf([...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers]),
    };
    return { set: { name, found }, dateMs };
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure) || thrown.code !== 'api-not-found') throw thrown;
    return { set: { name, found: undefined }, dateMs: undefined };
  }
}

function notUnderstood(path: string, why: string, cause: z.ZodError): AgentFailure {
  return new AgentFailure(`The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`, {
    ...{ code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true, cause },
  });
}

/** FRR-K8s' chart sets labels alone, that of the speakers annotations alone. */
function revisionIn({
  annotations,
  labels: marks,
}: {
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}): string | undefined {
  return annotations?.[speakersRevision] ?? marks?.[speakersRevision];
}

function imagesOf(containers: readonly z.output<typeof container>[]): readonly SpeakerImage[] {
  const images = containers.map(({ image, imagePullPolicy }) => ({ image, pullPolicy: imagePullPolicy }));
  return [...new Map(images.map((each) => [`${each.image} ${each.pullPolicy ?? ''}`, each])).values()];
}

/** Undefined: no DaemonSet controls it. */
function toPod({ metadata, spec, status }: z.output<typeof podSchema>): SpeakerPodSight | undefined {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'DaemonSet' && controller === true);
  if (!owner) return undefined;
  const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .flatMap(({ state }) => state?.waiting ?? [])
    .map(({ reason = '', message = '' }) => [reason, message].filter((text) => text !== '').join(': '))
    .find((text) => text !== '');
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? nodeMeant(spec.affinity),
    setUid: owner.uid,
    setName: owner.name,
    revision: revisionIn(metadata),
    isReady: isTrue('Ready', status?.conditions),
    isTerminating: metadata.deletionTimestamp !== undefined,
    createdAtMs: Date.parse(metadata.creationTimestamp),
    why: waiting === undefined ? undefined : shown(waiting, longestWhy),
  };
}

/** Of a pod that no scheduler has bound yet; undefined: it does not say. */
function nodeMeant(affinity: unknown): string | undefined {
  const { success, data } = matchFields.safeParse(affinity);
  if (!success) return undefined;
  return data.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms
    .flatMap((term) => term.matchFields ?? [])
    .find(({ key }) => key === 'metadata.name')?.values[0];
}

const longestWhy = 300;

function toNode({ metadata, status }: z.output<typeof nodeSchema>, nodeLabel: string): NodeSight {
  return {
    name: metadata.name,
    side: metadata.labels?.[nodeLabel],
    isReady: isTrue('Ready', status?.conditions),
  };
}

function isTrue(
  type: string,
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
): boolean {
  return conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
}
