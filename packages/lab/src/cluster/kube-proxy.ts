import { startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { NodePlan } from '../plan/lab-plan.ts';
import type { Tools } from '../lab/tools.ts';

/** Starts kube-proxy of a node. The limits of connection tracking are the machine's; a namespace cannot set them. */
export function startKubeProxy(
  { lab, plan }: LabCluster,
  tools: Tools,
  node: NodePlan,
  kubeconfig: string,
): DaemonRecord {
  return startDaemon(lab, {
    name: `kube-proxy.${node.name}`,
    namespace: node.namespace,
    argv: [
      tools['kube-proxy'],
      `--kubeconfig=${kubeconfig}`,
      '--proxy-mode=nftables',
      `--hostname-override=${node.name}`,
      `--cluster-cidr=${plan.podRange}`,
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
      '--nodeport-addresses=primary',
    ],
  });
}
