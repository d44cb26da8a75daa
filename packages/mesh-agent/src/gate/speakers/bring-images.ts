import { ids, labels, roles } from '@meshrs/contract';
import { imageOnNode, type ImageContainerSight, type SpeakerImage } from '@meshrs/gate';
import { z } from 'zod';
import { hasAborted } from '../../async/pause.ts';
import { refusalOf, type DatedApiClient, type ExchangingApiClient } from '../../sources/kubernetes/api-client.ts';
import type { TurnLog } from '../gate-turn.ts';
import { listObjects } from '../list-objects.ts';
import type { GateTiming } from '../wait-until-open.ts';

/** The gate's own pod: with it go those that it makes. */
export interface OwnPod {
  readonly name: string;
  readonly uid: string;
}

export interface ImagePlace {
  readonly client: Pick<DatedApiClient, 'getDated'> & Pick<ExchangingApiClient, 'exchange'>;
  /** Of the route servers: in MetalLB's, whoever may make pods may make privileged ones. */
  readonly namespace: string;
  /** Undefined: nobody takes them away. */
  readonly own: OwnPod | undefined;
  readonly log: TurnLog;
  readonly timing: Pick<GateTiming, 'wait' | 'clock'>;
  readonly ending: AbortSignal;
}

/** What a Role must give to who brings images. */
export const imageRights = 'verbs create and list on pods';

/** The kubelet tries again by itself; a registry that is away for a moment is not one without the image. */
const failingForMs = 15_000;
const askAgainMs = 500;
/** A registry is not asked by more nodes than this at a time. */
const mostNodes = 20;
const deadlineSeconds = 900;

/**
 * Brings images to nodes before anything on them is touched: by a pod on each that names them all and a program that none
 * has, so that nothing of them runs. What is lacking; empty: they are there.
 * @throws AgentFailure
 */
export async function bringImages(
  images: readonly SpeakerImage[],
  nodes: readonly string[],
  place: ImagePlace,
): Promise<readonly string[]> {
  for (let start = 0; start < nodes.length && images.length > 0; start += mostNodes) {
    const lacking = await bringTo(nodes.slice(start, start + mostNodes), images, place);
    if (lacking.length > 0) return lacking;
  }
  return [];
}

async function bringTo(
  nodes: readonly string[],
  images: readonly SpeakerImage[],
  place: ImagePlace,
): Promise<readonly string[]> {
  const { timing, ending } = place;
  const made = new Map<string, string>();
  for (const node of nodes) made.set(await makePod(node, images, place), node);
  let failingSinceMs: number | undefined;
  for (;;) {
    const seen = await seeContainers(made, images, place);
    if (seen.lacking.length === 0) return [];
    const nowMs = timing.clock.monotonicMs();
    failingSinceMs = seen.isFailing ? (failingSinceMs ?? nowMs) : undefined;
    const isLong = failingSinceMs !== undefined && nowMs - failingSinceMs >= failingForMs;
    if (seen.isFinal || isLong || hasAborted(ending)) return seen.lacking;
    await timing.wait(askAgainMs, ending);
    if (hasAborted(ending)) return seen.lacking;
  }
}

const created = z.object({ metadata: z.object({ name: z.string() }) });

async function makePod(
  node: string,
  images: readonly SpeakerImage[],
  { client, namespace, own, ending }: ImagePlace,
): Promise<string> {
  const request = {
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    body: imagePod(node, images, own),
  } as const;
  const answer = await client.exchange(request, ending);
  const parsed = created.safeParse(answer.value);
  if (answer.status !== 201 || !parsed.success) throw refusalOf(request, answer, imageRights);
  return parsed.data.metadata.name;
}

/** It keeps to the strictest level of Pod Security, and no scheduler is asked. */
function imagePod(node: string, images: readonly SpeakerImage[], own: OwnPod | undefined): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${own?.name ?? 'gate'}-image-`,
      labels: { 'app.kubernetes.io/part-of': 'meshrs', [labels.role]: roles.image },
      ...(own && { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: own.name, uid: own.uid }] }),
    },
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      activeDeadlineSeconds: deadlineSeconds,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists' }],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: ids.frr.user,
        runAsGroup: ids.frr.group,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: images.map(({ image, pullPolicy }, index) => ({
        name: containerName(index),
        image,
        ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
        command: ['/meshrs-runs-nothing'],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      })),
    },
  };
}

function containerName(index: number): string {
  return `image-${String(index)}`;
}

const podSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            state: z
              .object({
                waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
                running: z.object({}).optional(),
                terminated: z.object({}).optional(),
              })
              .optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

interface SeenImages {
  readonly lacking: readonly string[];
  readonly isFailing: boolean;
  readonly isFinal: boolean;
}

async function seeContainers(
  made: ReadonlyMap<string, string>,
  images: readonly SpeakerImage[],
  { client, namespace, ending }: ImagePlace,
): Promise<SeenImages> {
  const pods = await listObjects(client, `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, {
    ...{ labelSelector: `${labels.role}=${roles.image}`, schema: podSchema, signal: ending },
  });
  const states = [...made].flatMap(([name, node]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    return images.map(({ image }, index) => ({
      node,
      image,
      on: imageOnNode({ image, state: stateOf(pod, containerName(index)) }),
    }));
  });
  return {
    lacking: states.flatMap(({ node, image, on }) =>
      on.kind === 'there' ? [] : [`image ${image} on node ${node}${on.kind === 'failing' ? `: ${on.why}` : ''}`],
    ),
    isFailing: states.some(({ on }) => on.kind === 'failing'),
    isFinal: states.some(({ on }) => on.kind === 'failing' && on.isFinal),
  };
}

function stateOf(pod: z.output<typeof podSchema> | undefined, name: string): ImageContainerSight['state'] {
  if (!pod) return { kind: 'unknown' };
  const { phase, reason = '', message = '', containerStatuses = [] } = pod.status ?? {};
  const state = containerStatuses.find((each) => each.name === name)?.state;
  if (state?.waiting) {
    return { kind: 'waiting', reason: state.waiting.reason ?? '', message: state.waiting.message ?? '' };
  }
  if (state?.running) return { kind: 'running' };
  if (state?.terminated) return { kind: 'terminated' };
  return phase === 'Failed' ? { kind: 'rejected', reason, message } : { kind: 'unknown' };
}
