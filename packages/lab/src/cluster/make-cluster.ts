import { writeFileSync } from 'node:fs';
import type { ClusterContext } from '../lab/context.ts';
import { assertRunning, type DaemonRecord } from '../lab/daemons.ts';
import { makeForwarding } from '../host/forwarding.ts';
import { together } from '../host/together.ts';
import { waitUntil } from '../host/wait.ts';
import { giveNodesTheirImages } from '../images/image-store.ts';
import type { KubernetesApi, ProbeAnswer } from '../kubernetes/api.ts';
import { makeAccounts, type Accounts } from './accounts.ts';
import { connect } from './connect.ts';
import { startContainerd, waitForContainerd } from '../containerd/containerd.ts';
import { startApi, startControllers } from './control-plane.ts';
import { installCoreDns } from './core-dns.ts';
import { makeHostLink } from './host-link.ts';
import { makeKeys } from './keys.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';
import { startKubeProxy } from './kube-proxy.ts';
import { enforceNetworkPolicies } from './kube-router.ts';
import { prepareKubelet, startKubelet } from './kubelet.ts';
import { makeManagementNetwork } from './network.ts';
import { areNodesReady } from './nodes-ready.ts';

/** Brings up the control plane and the nodes' container runtimes, and returns when kube-apiserver answers. */
export async function startCluster(context: ClusterContext): Promise<{ api: KubernetesApi; accounts: Accounts }> {
  const { lab, tools, cluster, progress } = context;
  const { plan, paths } = cluster;
  const accounts = makeAccounts(plan.nodes.map(({ name }) => name));
  const hostLink = await makeHostLink(lab.name, plan.namespace);
  await makeKeys(cluster, tools, hostLink.controlAddress, accounts);
  writeFileSync(paths.kubeconfig, kubeconfig(cluster, hostLink.controlAddress, accounts.admin), { mode: 0o600 });
  await Promise.all([
    makeManagementNetwork(plan),
    ...[plan, ...plan.nodes].map(({ namespace }) => makeForwarding(namespace)),
  ]);
  const api = connect(cluster);
  const daemons = startApi(cluster, tools);
  await together(context.signal, [
    (signal) => startRuntimes({ ...context, signal }),
    (signal) => progress.step('kube-apiserver answers', () => waitForApi({ ...context, signal }, api, daemons)),
  ]);
  startControllers(cluster, tools, accounts);
  await installCoreDns(cluster, tools);
  return { api, accounts };
}

/** Starts kubelets, proxies and what keeps NetworkPolicies, and returns when every node is Ready and keeps them. */
export async function startNodes(context: ClusterContext, api: KubernetesApi, accounts: Accounts): Promise<void> {
  const { lab, tools, cluster, progress } = context;
  const { plan } = cluster;
  const proxyConfig = writeKubeconfig(cluster, 'kube-proxy', plan.apiAddress, accounts.proxy);
  const daemons = plan.nodes.flatMap((node) => {
    prepareKubelet(cluster, node, accounts);
    return [startKubelet(cluster, tools, node), startKubeProxy(cluster, tools, node, proxyConfig)];
  });
  const waitForNodes = async (signal: AbortSignal): Promise<void> => {
    await waitUntil('every node is Ready', () => areNodesReady(api, plan), {
      deadlineMs: 120_000,
      intervalMs: 250,
      signal,
      next: 'read the logs of the nodes: meshrs lab logs LAB kubelet.NODE, containerd.NODE',
      check: () => {
        assertRunning(lab, daemons);
      },
    });
    progress.done(`${String(plan.nodes.length)} nodes are Ready`);
  };
  await together(context.signal, [
    waitForNodes,
    (signal) => enforceNetworkPolicies({ ...context, signal }, api, accounts),
  ]);
}

async function startRuntimes(context: ClusterContext): Promise<void> {
  const { lab, tools, cluster, progress, signal } = context;
  const store = await giveNodesTheirImages(context);
  if (store.isNew) progress.done('images are unpacked, for this lab and later ones');
  await Promise.all(
    cluster.plan.nodes.map((node) => waitForContainerd(lab, node, startContainerd(lab, tools, node), signal)),
  );
  progress.done('every node has its images');
}

async function waitForApi(
  { lab, signal }: ClusterContext,
  api: KubernetesApi,
  daemons: readonly DaemonRecord[],
): Promise<void> {
  let seen: ProbeAnswer | undefined;
  const isReady = async (): Promise<boolean> => {
    seen = await api.probe('/readyz');
    return seen === 200;
  };
  await waitUntil('kube-apiserver is ready', isReady, {
    deadlineMs: 120_000,
    intervalMs: 200,
    signal,
    seen: () => (typeof seen === 'object' ? seen.silent : `status ${String(seen)}`),
    next: 'read its log: meshrs lab logs LAB kube-apiserver',
    check: () => {
      assertRunning(lab, daemons);
    },
  });
}
