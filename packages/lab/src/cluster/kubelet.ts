import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCgroup, podsCgroup } from '../host/cgroups.ts';
import { startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { NodePlan } from '../plan/lab-plan.ts';
import type { Tools } from '../lab/tools.ts';
import type { Accounts } from './accounts.ts';
import { keyFiles } from './keys.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { nodePaths } from '../containerd/node-paths.ts';

/** Writes what the kubelet of a node reads. */
export function prepareKubelet(cluster: LabCluster, node: NodePlan, accounts: Accounts): void {
  const { lab, plan } = cluster;
  const paths = nodePaths(lab, node);
  const account = accounts.nodes.get(node.name);
  if (!account) throw new RangeError(`node ${node.name} has no account`);
  mkdirSync(paths.kubelet, { recursive: true });
  makeCgroup(lab.hierarchies, podsCgroup(lab.cgroup, node.name));
  writeKubeconfig(cluster, node.name, plan.apiAddress, account);
  // Names outside of the cluster are nobody's business here.
  writeFileSync(join(paths.state, 'resolv.conf'), '');
  writeFileSync(join(paths.state, 'kubelet.json'), `${JSON.stringify(kubeletConfig(cluster, node), null, 2)}\n`);
}

export function startKubelet({ lab, plan, paths: { keys } }: LabCluster, tools: Tools, node: NodePlan): DaemonRecord {
  const paths = nodePaths(lab, node);
  return startDaemon(lab, {
    name: kubeletName(node.name),
    namespace: node.namespace,
    argv: [
      tools.kubelet,
      `--config=${join(paths.state, 'kubelet.json')}`,
      `--kubeconfig=${join(keys, `${node.name}.kubeconfig`)}`,
      `--root-dir=${paths.kubelet}`,
      `--cert-dir=${join(paths.kubelet, 'pki')}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.managementAddress}`,
      `--node-labels=${plan.nodeLabel}=${node.side}`,
    ],
  });
}

export function kubeletName(node: string): string {
  return `kubelet.${node}`;
}

/**
 * Two kubelets on one kernel: each with folders, a log folder and a cgroup of its own (KubeletConfiguration v1beta1).
 */
function kubeletConfig(cluster: LabCluster, node: NodePlan): object {
  const { lab, plan } = cluster;
  const paths = nodePaths(lab, node);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: keyFiles(cluster).apiCertificate },
    },
    // Whoever holds the API server's key may do everything.
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: podsCgroup(lab.cgroup, node.name),
    failCgroupV1: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [plan.dnsService],
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    enforceNodeAllocatable: [],
    // The machine is shared; what runs besides must not evict the route servers.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // Nor may it take images away, which come from no registry.
    imageGCHighThresholdPercent: 100,
    failSwapOn: false,
    podLogsDir: paths.podLogs,
    registerWithTaints: [],
    resolvConf: join(paths.state, 'resolv.conf'),
    syncFrequency: '10s',
  };
}
