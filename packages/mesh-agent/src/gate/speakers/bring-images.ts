import { createHash, randomUUID } from 'node:crypto';
import { ids, labels, roles } from '@meshrs/contract';
import { imageOnNode, type ImageContainerSight, type SpeakerImage } from '@meshrs/gate';
import { z } from 'zod';
import { hasAborted } from '../../async/pause.ts';
import { refusalOf, type DatedApiClient, type ExchangingApiClient } from '../../sources/kubernetes/api-client.ts';
import { listObjects } from '../list-objects.ts';
import type { GateTiming } from '../gate-timing.ts';

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
  /** Secrets of that namespace; none: its account "default" may have some. */
  readonly pullSecrets: readonly string[];
  readonly timing: Pick<GateTiming, 'wait' | 'clock'>;
}

export interface LackingImage {
  readonly node: string;
  /** "image quay.io/metallb/speaker:v0.16.9 on node kube3: ErrImagePull: not found" */
  readonly what: string;
  /** `failing`: the kubelet says why not; `slow`: it was still at it; `not-asked`: nodes before it lack some. */
  readonly kind: 'failing' | 'slow' | 'not-asked';
}

export interface ImageBringer {
  /**
   * Brings images to nodes before anything on them is touched: by a pod on each that names them all and a program that none
   * has, so that nothing of them runs. What is lacking; empty: they are there. What it was asked for before it does not do
   * again: each pod is made once.
   * @throws AgentFailure
   */
  bring(
    images: readonly SpeakerImage[],
    nodes: readonly string[],
    ending: AbortSignal,
  ): Promise<readonly LackingImage[]>;
}

/** What a Role must give to who brings images. */
export const imageRights = 'verbs create and list on pods';

/** The kubelet tries again by itself; a registry that is away for a moment is not one without the image. */
const failingForMs = 15_000;
const askAgainMs = 500;
/** A registry is not asked by more nodes than this at a time. */
const mostNodes = 20;
const deadlineSeconds = 900;

export function createImageBringer(place: ImagePlace): ImageBringer {
  const { timing } = place;
  // Names of pods are made from it, so that a second try of the same gate finds what the first has made.
  const life = place.own?.uid ?? randomUUID();
  const made = new Set<string>();

  return {
    bring: async (images, nodes, ending) => {
      for (let start = 0; start < nodes.length && images.length > 0; start += mostNodes) {
        const end = start + mostNodes;
        const lacking = await bringTo(nodes.slice(start, end), images, ending);
        if (lacking.length > 0) return [...lacking, ...nodes.slice(end).map(notAsked)];
      }
      return [];
    },
  };

  async function bringTo(
    nodes: readonly string[],
    images: readonly SpeakerImage[],
    ending: AbortSignal,
  ): Promise<readonly LackingImage[]> {
    const pods = new Map(nodes.map((node) => [podName(node, images, life, place.own), node] as const));
    for (const [name, node] of pods) {
      if (made.has(name)) continue;
      await makePod(imagePod({ name, node, images, own: place.own, pullSecrets: place.pullSecrets }), place, ending);
      made.add(name);
    }
    let failingSinceMs: number | undefined;
    for (;;) {
      const seen = await seeContainers(pods, images, place, ending);
      if (seen.lacking.length === 0) return [];
      const nowMs = timing.clock.monotonicMs();
      const isFailing = seen.lacking.some(({ kind }) => kind === 'failing');
      failingSinceMs = isFailing ? (failingSinceMs ?? nowMs) : undefined;
      const isLong = failingSinceMs !== undefined && nowMs - failingSinceMs >= failingForMs;
      if (seen.isFinal || isLong || hasAborted(ending)) return seen.lacking;
      await timing.wait(askAgainMs, ending);
      if (hasAborted(ending)) return seen.lacking;
    }
  }
}

function notAsked(node: string): LackingImage {
  return { node, what: `images on node ${node}, since nodes before it lack some`, kind: 'not-asked' };
}

function podName(node: string, images: readonly SpeakerImage[], life: string, own: OwnPod | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([life, node, images]));
  return `${own?.name ?? 'gate'}-image-${hash.digest('hex').slice(0, 16)}`;
}

/** One that is there already was made by this gate, whose try got no answer. */
async function makePod(body: object, { client, namespace }: ImagePlace, ending: AbortSignal): Promise<void> {
  const request = { method: 'POST', path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, body } as const;
  const answer = await client.exchange(request, ending);
  if (![201, 409].includes(answer.status)) throw refusalOf(request, answer, imageRights);
}

/** It keeps to the strictest level of Pod Security, and no scheduler is asked. */
function imagePod({
  name,
  node,
  images,
  own,
  pullSecrets,
}: {
  readonly name: string;
  readonly node: string;
  readonly images: readonly SpeakerImage[];
  readonly own: OwnPod | undefined;
  readonly pullSecrets: readonly string[];
}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
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
      ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
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

const words = { reason: z.string().optional(), message: z.string().optional() };

const podSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      phase: z.string().optional(),
      ...words,
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            state: z
              .object({
                waiting: z.object(words).optional(),
                running: z.object({}).optional(),
                terminated: z.object(words).optional(),
              })
              .optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

interface SeenImages {
  readonly lacking: readonly LackingImage[];
  readonly isFinal: boolean;
}

async function seeContainers(
  made: ReadonlyMap<string, string>,
  images: readonly SpeakerImage[],
  { client, namespace }: ImagePlace,
  ending: AbortSignal,
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
    lacking: states.flatMap(({ node, image, on }): readonly LackingImage[] => {
      const what = `image ${image} on node ${node}`;
      if (on.kind === 'there') return [];
      return [
        on.kind === 'failing' ? { node, what: `${what}: ${on.why}`, kind: 'failing' } : { node, what, kind: 'slow' },
      ];
    }),
    isFinal: states.some(({ on }) => on.kind === 'failing' && on.isFinal),
  };
}

function stateOf(pod: z.output<typeof podSchema> | undefined, name: string): ImageContainerSight['state'] {
  if (!pod) return { kind: 'rejected', reason: 'its pod is gone', message: '' };
  const { phase, reason = '', message = '', containerStatuses = [] } = pod.status ?? {};
  // A pod whose containers alone have ended has no reason of its own; of one that was ended, no container tells the truth.
  if (phase === 'Failed' && reason !== '') return { kind: 'rejected', reason, message };
  const state = containerStatuses.find((each) => each.name === name)?.state;
  if (state?.waiting && phase !== 'Failed') return { kind: 'waiting', ...said(state.waiting) };
  if (state?.running) return { kind: 'running' };
  if (state?.terminated) return { kind: 'terminated', ...said(state.terminated) };
  return phase === 'Failed' ? { kind: 'rejected', reason, message } : { kind: 'unknown' };
}

function said({
  reason = '',
  message = '',
}: {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}) {
  return { reason, message };
}
