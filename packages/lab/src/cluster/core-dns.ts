import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import { apply } from '../kubernetes/kubectl.ts';
import { daemonName, type LabCluster } from '../lab/lab-cluster.ts';
import type { ClusterPlan } from '../plan/lab-plan.ts';
import type { Tools } from '../lab/tools.ts';
import { dnsUser, type Accounts } from './accounts.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/** The names of the cluster, beside the control plane; pods reach it at the usual Service. */
export async function startCoreDns(cluster: LabCluster, tools: Tools, accounts: Accounts): Promise<DaemonRecord> {
  const { lab, plan, paths } = cluster;
  await apply(cluster, tools, dnsObjects(plan));
  const file = join(paths.state, 'Corefile');
  const kubeconfig = writeKubeconfig(cluster, 'coredns', plan.apiAddress, accounts.dns);
  writeFileSync(file, corefile(kubeconfig));
  return startDaemon(lab, {
    name: daemonName(cluster, 'coredns'),
    namespace: plan.namespace,
    argv: [tools.coredns, '-conf', file],
  });
}

/** CoreDNS documentation, plugin "kubernetes"; names outside of the cluster do not exist here. */
function corefile(kubeconfig: string): string {
  return `.:53 {
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    ttl 5
  }
  loadbalance
}
`;
}

function dnsObjects({ dnsService, apiAddress }: ClusterPlan): object[] {
  const metadata = { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: dnsService, ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [apiAddress], conditions: { ready: true } }],
      ports,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: dnsUser },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: dnsUser },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: dnsUser },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: dnsUser }],
    },
  ];
}
