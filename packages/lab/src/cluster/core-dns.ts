import { coreDnsImage } from '../plan/image-names.ts';
import { apply } from '../kubernetes/kubectl.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { ClusterPlan } from '../plan/lab-plan.ts';
import type { Tools } from '../lab/tools.ts';

const namespace = 'kube-system';
/** By which NetworkPolicies find the pods of the cluster's DNS (Kubernetes documentation, "DNS for Services and Pods"). */
const dnsLabels = { 'k8s-app': 'kube-dns' };

/** The names of the cluster, by a pod as in any other; it starts as soon as a node is Ready. */
export async function installCoreDns(cluster: LabCluster, tools: Tools): Promise<void> {
  await apply(cluster, tools, [...accessObjects(), ...workloadObjects(cluster.plan)]);
}

/** CoreDNS documentation, plugin "kubernetes"; names outside of the cluster do not exist here. */
const corefile = `.:53 {
  errors
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    ttl 5
  }
  loadbalance
}
`;

function accessObjects(): object[] {
  const metadata = { name: 'coredns', namespace };
  const role = { name: 'system:coredns' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: role,
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: role,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', ...role },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } },
  ];
}

function workloadObjects({ dnsService }: ClusterPlan): object[] {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const container = {
    name: 'coredns',
    image: coreDnsImage,
    imagePullPolicy: 'Never',
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 2 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels: dnsLabels },
      spec: { clusterIP: dnsService, selector: dnsLabels, ports },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'coredns', namespace, labels: dnsLabels },
      spec: {
        replicas: 1,
        selector: { matchLabels: dnsLabels },
        template: {
          metadata: { labels: dnsLabels },
          spec: {
            serviceAccountName: 'coredns',
            // Its own names are none that it would ask itself for.
            dnsPolicy: 'Default',
            containers: [container],
            volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
          },
        },
      },
    },
  ];
}
