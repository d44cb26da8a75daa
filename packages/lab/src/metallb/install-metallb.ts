import { passwordSecretsOf, type Topology } from '@meshrs/topology';
import { z } from 'zod';
import type { ClusterContext } from '../lab/context.ts';
import { waitUntil } from '../host/wait.ts';
import { tryRun } from '../host/run.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { apply, kubectlCommand } from '../kubernetes/kubectl.ts';
import type { Passwords } from '../plan/passwords.ts';
import { renderMetallb } from './render-chart.ts';

/** Applies MetalLB's chart, and the Secrets with the passwords of its sessions. */
export async function installMetallb(context: ClusterContext, topology: Topology, passwords: Passwords): Promise<void> {
  const { cluster, tools, metallb } = context;
  const objects = await renderMetallb(tools, topology.metallb.namespace, metallb);
  await makeMetallbNamespace(context, topology, passwords);
  const isDefinition = ({ kind }: { kind: string }): boolean => kind === 'CustomResourceDefinition';
  // Definitions first, so that what follows finds them.
  await apply(cluster, tools, objects.filter(isDefinition));
  await apply(
    cluster,
    tools,
    objects.filter((object) => !isDefinition(object)),
  );
}

/** Makes what an operator makes before MetalLB comes: its namespace, and a Secret with the password of each side. */
export async function makeMetallbNamespace(
  { cluster, tools }: Pick<ClusterContext, 'cluster' | 'tools'>,
  topology: Topology,
  passwords: Passwords,
): Promise<void> {
  const { namespace } = topology.metallb;
  const sides = topology.placement.clusters[cluster.plan.name]?.sides ?? [];
  const secrets = [...passwordSecretsOf(topology, sides)].map(([name, having]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/basic-auth',
    stringData: { username: 'metallb', password: having.flatMap((side) => passwords.get(side) ?? [])[0] ?? '' },
  }));
  await apply(cluster, tools, [namespaceObject(namespace), ...secrets]);
}

/** Waits until MetalLB's webhook takes an object: it answers only some seconds after its pod is Ready. */
export async function waitForWebhook({ cluster, tools, signal }: ClusterContext, topology: Topology): Promise<void> {
  const sample = JSON.stringify({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'meshrs-lab-probe', namespace: topology.metallb.namespace },
    spec: { addresses: ['192.0.2.1/32'], autoAssign: false },
  });
  let seen = '';
  await waitUntil(
    "MetalLB's webhook accepts an object",
    async () => {
      const args = ['apply', '--server-side', '--dry-run=server', '--field-manager=meshrs-lab', '-f', '-'];
      const result = await tryRun(kubectlCommand(cluster, tools, args), { input: sample });
      seen = result.stderr.trim();
      return result.status === 0;
    },
    {
      deadlineMs: 300_000,
      intervalMs: 500,
      signal,
      next: `look at its pods: kubectl -n ${topology.metallb.namespace} get pods`,
      seen: () => seen,
    },
  );
}

const daemonSets = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ desiredNumberScheduled: z.number().default(0), numberReady: z.number().default(0) }),
    }),
  ),
});

/** Waits until a speaker is Ready on every node of a cluster. */
export async function waitForSpeakers(
  { cluster, signal }: Pick<ClusterContext, 'cluster' | 'signal'>,
  api: KubernetesApi,
  topology: Topology,
): Promise<void> {
  const { namespace } = topology.metallb;
  let seen = '';
  await waitUntil(
    "MetalLB's speakers are Ready",
    async () => {
      const { items } = daemonSets.parse(await api.get(`/apis/apps/v1/namespaces/${namespace}/daemonsets`));
      seen = items
        .map(
          ({ metadata, status }) =>
            `${metadata.name} ${String(status.numberReady)}/${String(status.desiredNumberScheduled)}`,
        )
        .join(', ');
      return (
        items.length > 0 &&
        items.every(
          ({ status }) =>
            status.desiredNumberScheduled === cluster.plan.nodes.length &&
            status.numberReady === status.desiredNumberScheduled,
        )
      );
    },
    {
      deadlineMs: 300_000,
      intervalMs: 500,
      signal,
      next: `look at its pods: kubectl -n ${namespace} get pods`,
      seen: () => seen,
    },
  );
}

/**
 * Its speakers work on the node's network, which the restricted levels forbid (Kubernetes "Pod Security Standards").
 */
function namespaceObject(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  };
}
