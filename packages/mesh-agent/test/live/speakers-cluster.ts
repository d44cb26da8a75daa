import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { speakersRevision } from '@meshrs/contract';
import { startDaemon } from '@meshrs/test-kit/daemon';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { stringify } from 'yaml';
import type { KubeApi } from './kube-api.ts';

/*
 * MetalLB's pods as Kubernetes makes them: its own DaemonSet controller over the test's API server, and in place of scheduler
 * and kubelets a loop that binds what is made, and says of it what kubelets say.
 */

/** Kubernetes' controllers on a busy machine. */
export const patienceMs = 45_000;

const place = '/api/v1/namespaces/metallb/pods';
const images = '/api/v1/namespaces/meshrr/pods';
const sets = '/apis/apps/v1/namespaces/metallb/daemonsets';

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly imagePullSecrets?: readonly { readonly name: string }[];
    readonly containers: readonly {
      readonly name: string;
      readonly image: string;
      readonly command?: readonly string[];
    }[];
    readonly affinity?: {
      readonly nodeAffinity: {
        readonly requiredDuringSchedulingIgnoredDuringExecution: {
          readonly nodeSelectorTerms: readonly {
            readonly matchFields: readonly { readonly values: readonly string[] }[];
          }[];
        };
      };
    };
  };
  readonly status: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface DaemonSet {
  readonly metadata: { readonly generation: number };
  readonly status: { readonly observedGeneration?: number };
}

export interface SpeakersCluster {
  /** Commits what MetalLB's Application applies: a DaemonSet of this revision and image. */
  applySet(name: string, revision: string, image?: string): Promise<void>;
  /** Its pods by node, each with its revision: "kube1: new". */
  revisions(name: string): Promise<readonly string[]>;
  readonly pods: () => Promise<readonly Pod[]>;
  /** What was ever made to bring images. */
  readonly imagePods: () => readonly Pod[];
  /** Pods that were made on this node from now on never get Ready. */
  breakNode(node: string): void;
  /** They do, those that are there as well. */
  mendNode(node: string): void;
  /** Deletes pods of these nodes, so that they are of the newest template, and forgets that they went. */
  renew(isOn: (node: string) => boolean): Promise<void>;
  /** In their order, who was deleted: "metallb-speaker on kube1". */
  readonly gone: () => readonly string[];
  /** Takes DaemonSets and nodes away, and forgets what was. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export function startSpeakersCluster(api: KubeApi, folder: string): SpeakersCluster {
  const kubeconfig = join(folder, 'controllers.kubeconfig');
  const ca = join(folder, 'controllers-ca.crt');
  writeFileSync(ca, api.ca());
  const named = { name: 'it' };
  writeFileSync(
    kubeconfig,
    stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
      clusters: [{ ...named, cluster: { server: `https://${api.host}:${api.port}`, 'certificate-authority': ca } }],
      users: [{ ...named, user: { token: api.tokens.admin } }],
      contexts: [{ ...named, context: { cluster: 'it', user: 'it' } }],
    }),
  );
  const controllers = startDaemon(locateTool('kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    '--controllers=daemonset-controller',
    '--use-service-account-credentials=false',
    '--leader-elect=false',
    '--secure-port=0',
  ]);
  const broken = new Set<string>();
  const known = new Map<string, string>();
  const brought = new Map<string, Pod>();
  const gone: string[] = [];
  const stop = new AbortController();
  const kubelets = actAsKubelets();

  return {
    applySet: async (name, revision, image = 'metallb/speaker:v1') => {
      await api.apply(`${sets}/${name}`, daemonSet(name, revision, image));
    },
    revisions: async (name) =>
      (await list(place))
        .filter(({ metadata }) => metadata.labels?.['app'] === name)
        .map(({ metadata, spec }) => `${spec.nodeName ?? '-'}: ${revisionOf(metadata)}`)
        .sort(),
    pods: () => list(place),
    imagePods: () => [...brought.values()],
    breakNode: (node) => {
      broken.add(node);
    },
    mendNode: (node) => {
      broken.delete(node);
    },
    renew: async (isOn) => {
      // Before, their controller would make them of the template before.
      await waitFor('the newest templates are seen', listSets, (all) => all.every(isObserved), patienceMs);
      const old = (await list(place)).filter(({ spec }) => isOn(spec.nodeName ?? ''));
      for (const { metadata } of old) await api.request('DELETE', `${place}/${metadata.name}?gracePeriodSeconds=0`);
      await waitFor(
        'their ends are told of',
        () => old.some(({ metadata }) => known.has(metadata.uid)),
        (isThere) => !isThere,
        patienceMs,
      );
      gone.splice(0);
    },
    gone: () => gone,
    clear: async () => {
      await clearSpeakers(api);
      // No garbage collector runs here, which would take them with their gate.
      await api.request('DELETE', `${images}?labelSelector=meshrs.dev/role=image&gracePeriodSeconds=0`);
      await waitFor(
        'nothing is brought',
        () => list(images),
        (pods) => pods.every((pod) => !isImagePod(pod)),
        patienceMs,
      );
      broken.clear();
      brought.clear();
      await waitFor(
        'all pods are told of as gone',
        () => known.size,
        (count) => count === 0,
        patienceMs,
      );
      gone.splice(0);
    },
    stop: async () => {
      stop.abort();
      await kubelets;
      await controllers.end('SIGKILL');
    },
  };

  async function list(path: string): Promise<readonly Pod[]> {
    return ((await api.request('GET', path)) as { items: readonly Pod[] }).items;
  }

  async function listSets(): Promise<readonly DaemonSet[]> {
    return ((await api.request('GET', sets)) as { items: readonly DaemonSet[] }).items;
  }

  async function actAsKubelets(): Promise<void> {
    while (!stop.signal.aborted) {
      const now = await list(place);
      for (const pod of now) await startSpeaker(pod).catch(ignoreGone);
      for (const [uid, what] of known) {
        if (now.some(({ metadata }) => metadata.uid === uid)) continue;
        gone.push(what);
        known.delete(uid);
      }
      for (const pod of await list(images)) {
        if (isImagePod(pod)) await pullImages(pod).catch(ignoreGone);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function startSpeaker({ metadata: { name, uid, labels }, spec, status }: Pod): Promise<void> {
    const required = spec.affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    const node = spec.nodeName ?? required?.nodeSelectorTerms[0]?.matchFields[0]?.values[0];
    if (node === undefined) return;
    known.set(uid, `${labels?.['app'] ?? ''} on ${node}`);
    if (spec.nodeName === undefined) {
      await api.request('POST', `${place}/${name}/binding`, {
        target: { kind: 'Node', name: node },
        metadata: { name },
      });
    }
    const isBroken = broken.has(node);
    const told = status.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (told === 'True' || (told === 'False' && isBroken)) return;
    await api.request('PATCH', `${place}/${name}/status`, {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: isBroken ? 'False' : 'True' }],
        containerStatuses: [
          {
            ...{ name: 'speaker', image: '', imageID: '', ready: !isBroken, restartCount: isBroken ? 3 : 0 },
            state: isBroken
              ? { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }
              : { running: { startedAt: '2026-11-22T00:00:00Z' } },
          },
        ],
      },
    });
  }

  async function pullImages(pod: Pod): Promise<void> {
    const { name, uid } = pod.metadata;
    if (brought.has(uid)) return;
    brought.set(uid, pod);
    const isEvicted = pod.spec.containers.some(({ image }) => image.includes('evicted'));
    await api.request('PATCH', `${images}/${name}/status`, {
      status: {
        // A kubelet says of an image pod that it evicts that its containers have ended.
        ...(isEvicted ? { phase: 'Failed', reason: 'Evicted', message: 'disk pressure' } : { phase: 'Pending' }),
        containerStatuses: pod.spec.containers.map((container) => ({
          ...{ name: container.name, image: container.image, imageID: '', ready: false, restartCount: 0 },
          state: container.image.includes('missing')
            ? { waiting: { reason: 'ErrImageNeverPull', message: 'not found' } }
            : { terminated: { exitCode: 128, reason: 'StartError' } },
        })),
      },
    });
  }
}

function isObserved({ metadata, status }: DaemonSet): boolean {
  return status.observedGeneration === metadata.generation;
}

function isImagePod({ metadata }: Pod): boolean {
  return metadata.labels?.['meshrs.dev/role'] === 'image';
}

function ignoreGone(error: unknown): void {
  if (!/ (404|409) /.test(String(error))) throw error;
}

function revisionOf({ annotations, labels }: Pod['metadata']): string {
  return annotations?.[speakersRevision] ?? labels?.[speakersRevision] ?? 'none';
}

/** As the charts make them: speakers bear it as annotation, those of FRR-K8s as label. */
function daemonSet(name: string, revision: string, image: string): object {
  const isFrr = name.endsWith('frr-k8s');
  const mark = { [speakersRevision]: revision };
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name },
    spec: {
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: labels },
      template: {
        metadata: isFrr ? { labels: { ...labels, ...mark } } : { labels, annotations: mark },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'speaker', image }] },
      },
    },
  };
}

/** What a kubelet says of its node from now on. */
export async function nodeIsReady(api: KubeApi, name: string): Promise<void> {
  await api.request('PATCH', `/api/v1/nodes/${name}/status`, {
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

/** Nodes with their label, Ready or not. */
export async function makeNodes(
  api: KubeApi,
  nodes: Readonly<Record<string, { readonly side?: string; readonly isReady?: boolean }>>,
): Promise<void> {
  for (const [name, { side, isReady = true }] of Object.entries(nodes)) {
    await api.request('POST', '/api/v1/nodes', { metadata: { name, ...(side !== undefined && { labels: { side } }) } });
    // The API server gives a new node a taint that a controller takes away when the node is Ready.
    await api.request('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } });
    await api.request('PATCH', `/api/v1/nodes/${name}/status`, {
      status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown' }] },
    });
  }
}

async function clearSpeakers(api: KubeApi): Promise<void> {
  await api.request('DELETE', sets);
  await api.request('DELETE', '/api/v1/nodes');
  await api.request('DELETE', `${place}?gracePeriodSeconds=0`);
  await waitFor(
    'all pods are gone',
    async () => ((await api.request('GET', place)) as { items: unknown[] }).items.length,
    (count) => count === 0,
    patienceMs,
  );
}
