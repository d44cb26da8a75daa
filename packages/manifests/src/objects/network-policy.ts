import { compareAddresses, contains, hostPrefix, rangeOf, type IpPrefix } from '@meshrs/network';
import { labels, ports, roles } from '@meshrs/contract';
import type { Cluster, Topology } from '@meshrs/topology';
import type {
  NetworkPolicy,
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from '../kubernetes/core-types.ts';
import type { SideScope } from '../scope.ts';
import { sideMetadata } from '../metadata.ts';
import { sortedMapping } from '../pod/options.ts';

/**
 * What may reach a side's route servers, and what they may reach (Kubernetes documentation, "Network Policies"; the
 * kubelet of a pod's own node always may). NETCONF and SSH stay inside the pod unless management is on. Policies add up:
 * one in custom/ can open more.
 */
export function networkPolicy(scope: SideScope): NetworkPolicy {
  const { topology, side, service, cluster } = scope;
  const clusters = clustersOf(topology, cluster);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: sideMetadata(scope, service),
    spec: {
      podSelector: { matchLabels: { [labels.app]: topology.routeServers.app, [labels.side]: side } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [sessions(topology), monitoring(topology), ...management(topology)],
      egress: [mesh(topology), ...dnsOf(clusters), kubernetesApi(clusters)],
    },
  };
}

/** BGP from clients and routers, by their true addresses, and from the other route servers. */
function sessions(topology: Topology): NetworkPolicyIngressRule {
  const prefixes = [
    ...Object.values(topology.clientGroups).flatMap((group) => group.prefixes),
    ...Object.values(topology.routers).flatMap(({ loopbacks }) => loopbacks.map(hostPrefix)),
  ];
  return {
    ports: [tcp(ports.bgp)],
    from: [routeServerPods(topology), ...widestOf(prefixes).map((cidr) => ({ ipBlock: { cidr } }))],
  };
}

/** The agent's HTTP, read-only: namespaces with the label, the gate between the sides, and the other agents. */
function monitoring(topology: Topology): NetworkPolicyIngressRule {
  return {
    ports: [tcp(ports.agent)],
    from: [
      { namespaceSelector: { matchLabels: { [labels.monitoring]: 'true' } } },
      { podSelector: { matchLabels: { [labels.role]: roles.gate } } },
      routeServerPods(topology),
    ],
  };
}

/** From anywhere: the topology does not say where operators sit. */
function management(topology: Topology): NetworkPolicyIngressRule[] {
  return topology.management?.enabled === true ? [{ ports: [tcp(ports.ssh), tcp(ports.netconf)] }] : [];
}

/** Sessions of the mesh, and the clients that the other agents tell. */
function mesh(topology: Topology): NetworkPolicyEgressRule {
  return { ports: [tcp(ports.bgp), tcp(ports.agent)], to: [routeServerPods(topology)] };
}

/** A cluster's DNS: its pods by their labels, and what answers on the node itself by its address. */
function dnsOf(clusters: readonly Cluster[]): NetworkPolicyEgressRule[] {
  return clusters.map(({ dns: { namespace, podLabels, ports: numbers, addresses } }) => ({
    ports: numbers.flatMap((port) => [{ protocol: 'UDP', port }, tcp(port)]),
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        podSelector: Object.keys(podLabels).length === 0 ? {} : { matchLabels: sortedMapping(podLabels) },
      },
      ...addresses.map((address) => ({ ipBlock: { cidr: hostPrefix(address) } })),
    ],
  }));
}

/**
 * The Kubernetes API, by port, since its servers are no pods and the topology does not know their addresses: that of its
 * Service before kube-proxy, that of the servers behind it.
 */
export function kubernetesApi(clusters: readonly Cluster[]): NetworkPolicyEgressRule {
  const all = new Set(clusters.flatMap(({ apiServerPorts }) => apiServerPorts));
  return { ports: [...all].sort((one, other) => one - other).map(tcp) };
}

/** The named cluster of a topology, or all of them. */
export function clustersOf({ placement: { clusters } }: Topology, name?: string): Cluster[] {
  return Object.entries(clusters).flatMap(([each, cluster]) => (name === undefined || name === each ? [cluster] : []));
}

export function routeServerPods(topology: Topology): NetworkPolicyPeer {
  return { podSelector: { matchLabels: { [labels.app]: topology.routeServers.app } } };
}

export function tcp(port: number): { protocol: 'TCP'; port: number } {
  return { protocol: 'TCP', port };
}

/** Prefixes in order, without those that lie inside another. */
function widestOf(prefixes: readonly IpPrefix[]): IpPrefix[] {
  const kept: IpPrefix[] = [];
  // Sorted by first address, then widest first: only the last one kept can contain the next.
  for (const prefix of [...prefixes].sort(compareAddresses)) {
    const last = kept.at(-1);
    if (last === undefined || !contains(rangeOf(last), rangeOf(prefix))) kept.push(prefix);
  }
  return kept;
}
