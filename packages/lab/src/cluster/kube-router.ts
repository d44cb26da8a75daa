import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabFailure } from '../host/failure.ts';
import { inNamespace } from '../host/namespaces.ts';
import { run, tryRun } from '../host/run.ts';
import { waitFor, waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { apply } from '../kubernetes/kubectl.ts';
import type { ClusterContext } from '../lab/context.ts';
import { assertRunning, cleanEnvironment, startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { Tools } from '../lab/tools.ts';
import type { NodePlan } from '../plan/lab-plan.ts';
import { firewallUser, type Accounts } from './accounts.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { listNodeAddresses } from './nodes-ready.ts';

/**
 * Has every node keep NetworkPolicies, by kube-router's firewall alone. It puts rules of iptables and sets of ipset into the
 * node's network namespace, with which they go.
 */
export async function enforceNetworkPolicies(
  context: ClusterContext,
  api: KubernetesApi,
  accounts: Accounts,
): Promise<void> {
  const { lab, tools, cluster, progress } = context;
  const { plan } = cluster;
  await apply(cluster, tools, accessObjects);
  const kubeconfig = writeKubeconfig(cluster, 'kube-router', plan.apiAddress, accounts.firewall);
  // kube-router ends where it finds no Node, or one without an address.
  await waitUntil('every node has told its address', () => haveAddresses(api, plan.nodes), {
    deadlineMs: 120_000,
    intervalMs: 100,
    signal: context.signal,
    next: 'read the logs of the nodes: meshrs lab logs LAB kubelet.NODE',
  });
  const daemons = await Promise.all(
    plan.nodes.map(async (node) => {
      await filterBridgedPackets(node);
      return startKubeRouter(cluster, tools, node, kubeconfig);
    }),
  );
  await Promise.all(plan.nodes.map((node) => waitForRules(context, node, daemons)));
  assertRunning(lab, daemons);
  progress.done('every node keeps NetworkPolicies');
}

function kubeRouterName(node: string): string {
  return `kube-router.${node}`;
}

function startKubeRouter({ lab, plan }: LabCluster, tools: Tools, node: NodePlan, kubeconfig: string): DaemonRecord {
  return startDaemon(lab, {
    name: kubeRouterName(node.name),
    namespace: node.namespace,
    argv: [
      tools['kube-router'],
      ...['--run-firewall=true', '--run-router=false', '--run-service-proxy=false'],
      `--kubeconfig=${kubeconfig}`,
      `--service-cluster-ip-range=${plan.serviceRange}`,
      '--health-port=0',
      // A write of the rules that fails is not tried again before; each costs the machine four tenths of a second, on every node.
      '--iptables-sync-period=60s',
      // How long each change of the rules took.
      '--v=1',
    ],
    env: {
      // Asked before the name of the machine, which all nodes here share.
      NODE_NAME: node.name,
      PATH: `${dirname(tools.iptables)}:${dirname(tools.ipset)}:${cleanEnvironment.PATH}`,
    },
  });
}

/**
 * Pods of one node talk over its bridge, where iptables sees packets only if the kernel is told so (kernel documentation,
 * "ip-sysctl", bridge-nf-call-iptables), for each network namespace.
 */
async function filterBridgedPackets({ namespace }: NodePlan): Promise<void> {
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (!existsSync(setting)) {
    throw new LabFailure({
      code: 'refused',
      message: `The kernel does not show bridged packets to iptables (there is no ${setting}), so nobody keeps NetworkPolicies between pods of one node.`,
      next: 'load the module: modprobe br_netfilter',
    });
  }
  await run(inNamespace(namespace, ['sh', '-ec', `echo 1 >${setting}`]));
}

/**
 * A chain that kube-router makes before it looks at any policy. What it makes of the policies, and writes for the first pods, the check
 * `network-policies` waits for.
 */
async function waitForRules(
  { lab, tools, signal }: ClusterContext,
  node: NodePlan,
  daemons: readonly DaemonRecord[],
): Promise<void> {
  const list = inNamespace(node.namespace, [tools.iptables, '-w', '-n', '-L', 'KUBE-NWPLCY-DEFAULT']);
  await waitFor(
    `${kubeRouterName(node.name)} has its rules in place`,
    async () => ((await tryRun(list)).status === 0 ? true : undefined),
    {
      deadlineMs: 60_000,
      intervalMs: 250,
      signal,
      next: `read its log: meshrs lab logs ${lab.name} ${kubeRouterName(node.name)}`,
      check: () => {
        assertRunning(lab, daemons);
      },
    },
  );
}

async function haveAddresses(api: KubernetesApi, nodes: readonly NodePlan[]): Promise<boolean> {
  const seen = await listNodeAddresses(api);
  return nodes.every(({ name, managementAddress }) => seen.get(name)?.includes(managementAddress));
}

/** What kube-router's own manifests give it, for the firewall. */
const accessObjects: readonly object[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: firewallUser },
    rules: [
      {
        apiGroups: [''],
        resources: ['namespaces', 'pods', 'services', 'nodes', 'endpoints'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: firewallUser },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: firewallUser },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: firewallUser }],
  },
];
