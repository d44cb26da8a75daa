import { familyOf, hostOf, parsePrefix, rangeOf, sizeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import { clusterOfSide, type Client, type Link, type Router, type Topology } from '@meshrs/topology';
import { at, type LabRanges } from './ranges.ts';
import { namespaceName } from './names.ts';

/** Everything that a lab is made of, decided before anything is made. */
export interface LabPlan {
  readonly name: string;
  /** Each side is on one of them. */
  readonly clusters: readonly [ClusterPlan, ...ClusterPlan[]];
  readonly routers: readonly RouterPlan[];
  readonly core: CorePlan;
  readonly clients: readonly ClientPlan[];
  /** From which the links between the core and what is attached to it are cut, /31 by /31. */
  readonly links: IpPrefix;
  /** Ranges that the lab adds behind the core, beside those of the clients. */
  readonly rangesBehindCore: readonly IpPrefix[];
}

export interface ClusterPlan {
  readonly name: string;
  /** What its daemons' names end with: nothing where it is the only one of the lab, else its name after a ".". */
  readonly suffix: string;
  readonly sides: readonly string[];
  readonly nodes: readonly NodePlan[];
  readonly namespace: string;
  readonly management: IpPrefix;
  /** Of kube-apiserver and CoreDNS, on the management network. */
  readonly apiAddress: IpAddress;
  readonly podRange: IpPrefix;
  readonly serviceRange: IpPrefix;
  /** The Service address of kube-apiserver. */
  readonly apiService: IpAddress;
  readonly dnsService: IpAddress;
  /** Key of the label by which its nodes belong to a side. */
  readonly nodeLabel: string;
}

export interface NodePlan {
  readonly name: string;
  readonly side: string;
  readonly namespace: string;
  readonly managementAddress: IpAddress;
  readonly podRange: IpPrefix;
  readonly links: readonly Link[];
}

export interface RouterPlan {
  readonly name: string;
  readonly namespace: string;
  readonly router: Router;
  /** To the core. */
  readonly uplink: PointToPoint;
}

export interface CorePlan {
  readonly namespace: string;
  readonly routerId: IpAddress;
}

export interface ClientPlan {
  readonly name: string;
  readonly namespace: string;
  readonly client: Client;
  /** To the core. */
  readonly uplink: PointToPoint;
  /** Next hop of the routes that this client originates. */
  readonly tunnelAddress: IpAddress;
  /** Of the GoBGP that stands behind FRR; FRR takes none of 127.0.0.0/8. */
  readonly injectorAddress: IpAddress;
  readonly daemon: 'frr' | 'gobgp';
}

/** A /31 (RFC 3021) between the core and what is attached to it. */
export interface PointToPoint {
  /** Name of the core's interface. */
  readonly corePort: string;
  readonly coreAddress: IpAddress;
  readonly address: IpAddress;
}

/** Why a valid topology cannot be brought up in a lab. */
export interface Obstacle {
  readonly message: string;
  readonly next: string;
}

export type Planned = { readonly plan: LabPlan } | { readonly obstacles: readonly Obstacle[] };

/** Decides names, addresses and links of a lab; the topology's own are taken as they are. */
export function planLab(name: string, topology: Topology, ranges: LabRanges | undefined): Planned {
  // Everything below and in the lab works with a list of clusters; between two, no network is made yet.
  if (Object.keys(topology.placement.clusters).length > 1) return { obstacles: [severalClusters(topology)] };
  if (ranges === undefined) return { obstacles: [noRoom] };
  const ipv6Vip = Object.values(topology.sides)
    .flatMap(({ vips }) => vips)
    .find((vip) => familyOf(vip) === 'ipv6');
  const planned = planClusters(name, topology, ranges);
  const obstacles = [
    ...(ipv6Vip === undefined ? [] : [ipv4Only(ipv6Vip)]),
    ...planned.flatMap((one) => ('obstacles' in one ? one.obstacles : [])),
  ];
  const [cluster, ...others] = planned.flatMap((one) => ('cluster' in one ? [one.cluster] : []));
  if (cluster === undefined || obstacles.length > 0) return { obstacles };
  const routers = Object.entries(topology.routers);
  return {
    plan: {
      name,
      clusters: [cluster, ...others],
      routers: routers.map(([router, definition], index) => ({
        name: router,
        namespace: namespaceName(name, 'router', router),
        router: definition,
        uplink: pointToPoint(ranges.links, index, `r${String(index + 1)}`),
      })),
      core: { namespace: namespaceName(name, 'core'), routerId: at(ranges.links, 0n) },
      clients: planClients(name, topology, ranges, routers.length),
      links: ranges.links,
      rangesBehindCore: [ranges.links, ranges.tunnels],
    },
  };
}

/** The nodes of all clusters, in the order of the clusters. */
export function nodesOf({ clusters }: Pick<LabPlan, 'clusters'>): NodePlan[] {
  return clusters.flatMap(({ nodes }) => nodes);
}

type PlannedCluster = { readonly cluster: ClusterPlan } | { readonly obstacles: readonly Obstacle[] };

/** Every cluster of a topology, each with its own part of the lab's management range. */
export function planClusters(lab: string, topology: Topology, ranges: LabRanges): PlannedCluster[] {
  const names = Object.keys(topology.placement.clusters);
  return names.map((cluster, index) => {
    const management = ranges.management[index];
    if (management === undefined) return { obstacles: [noRoom] };
    return planCluster(lab, topology, { name: cluster, isOnly: names.length === 1, management });
  });
}

function planCluster(
  lab: string,
  topology: Topology,
  { name, isOnly, management }: { readonly name: string; readonly isOnly: boolean; readonly management: IpPrefix },
): PlannedCluster {
  const { podRanges = [], serviceRanges = [] } = topology.placement.clusters[name] ?? {};
  const sides = Object.keys(topology.sides).filter((side) => clusterOfSide(topology, side) === name);
  const nodes = Object.entries(topology.nodes).filter(([, { side }]) => sides.includes(side));
  const podRange = podRanges.find(isIpv4);
  const serviceRange = serviceRanges.find(isIpv4);
  const obstacles = [
    ...(podRange === undefined ? [noIpv4(name, 'podRanges')] : []),
    ...(serviceRange === undefined ? [noIpv4(name, 'serviceRanges')] : []),
    ...(podRange !== undefined && sizeOf(rangeOf(podRange)) < BigInt(nodes.length) * podsPerNode
      ? [tooFewPods(name, podRange, nodes.length)]
      : []),
  ];
  if (podRange === undefined || serviceRange === undefined || obstacles.length > 0) return { obstacles };
  return {
    cluster: {
      name,
      suffix: isOnly ? '' : `.${name}`,
      sides,
      nodes: nodes.map(([node, { side, links }], index) => ({
        name: node,
        side,
        namespace: namespaceName(lab, 'node', node),
        managementAddress: at(management, BigInt(index) + 11n),
        podRange: nodePodRange(podRange, index),
        links,
      })),
      namespace: namespaceName(lab, 'control', isOnly ? undefined : name),
      management,
      apiAddress: at(management, 1n),
      podRange,
      serviceRange,
      apiService: at(serviceRange, 1n),
      dnsService: at(serviceRange, 10n),
      nodeLabel: topology.placement.nodeLabel,
    },
  };
}

/** How many addresses each node has for its pods: a /24. */
const podsPerNode = 256n;

function nodePodRange(podRange: IpPrefix, index: number): IpPrefix {
  const parsed = parsePrefix(`${at(podRange, BigInt(index) * podsPerNode)}/24`);
  if (!parsed || !('prefix' in parsed)) throw new RangeError(`${podRange} cannot be cut into /24`);
  return parsed.prefix;
}

/** FRR plays the clients that are said to run it, and one in any case: it has zebra, which a missing multihop needs. */
function planClients(name: string, topology: Topology, ranges: LabRanges, firstLink: number): ClientPlan[] {
  const clients = Object.entries(topology.clients);
  const anyFrr = clients.some(([, { system }]) => system === 'frr');
  return clients.map(([client, definition], index) => ({
    name: client,
    namespace: namespaceName(name, 'client', client),
    client: definition,
    uplink: pointToPoint(ranges.links, firstLink + index, `c${String(index + 1)}`),
    tunnelAddress: at(ranges.tunnels, BigInt(index) + 1n),
    injectorAddress: at(ranges.tunnels, BigInt(index) + 2049n),
    daemon: definition.system === 'frr' || (!anyFrr && index === 0) ? 'frr' : 'gobgp',
  }));
}

function pointToPoint(links: IpPrefix, index: number, corePort: string): PointToPoint {
  return {
    corePort,
    coreAddress: at(links, BigInt(index) * 2n),
    address: at(links, BigInt(index) * 2n + 1n),
  };
}

/** The addresses of a node's fabric links. */
export function fabricAddresses(node: NodePlan): IpAddress[] {
  return node.links.flatMap(({ nodeAddresses }) => nodeAddresses.map(hostOf));
}

function isIpv4(prefix: IpPrefix): boolean {
  return rangeOf(prefix).family === 'ipv4';
}

function severalClusters({ placement }: Topology): Obstacle {
  return {
    message: `The topology places its sides on several clusters (${Object.keys(placement.clusters).join(', ')}); a lab has one.`,
    next: 'bring up a topology with one cluster: topologies/dci.yaml has the same fleet on one',
  };
}

const noRoom: Obstacle = {
  message:
    'No /16 is left for the links that the lab adds: the topology uses all of 198.18.0.0/15, 100.64.0.0/10, 10.0.0.0/8 and 172.16.0.0/12.',
  next: 'make one of the ranges of the topology smaller',
};

function ipv4Only(vip: IpAddress): Obstacle {
  return {
    message: `The topology has the IPv6 VIP ${vip}; the lab's nodes, routers and clients have IPv4 only.`,
    next: 'bring up a copy of the topology without its IPv6 VIPs: meshrs lab up FILE',
  };
}

function noIpv4(cluster: string, key: string): Obstacle {
  return {
    message: `Cluster ${cluster} has no IPv4 range under ${key}; the lab's Kubernetes runs on IPv4.`,
    next: `add an IPv4 range to placement.clusters.${cluster}.${key}`,
  };
}

function tooFewPods(cluster: string, podRange: IpPrefix, nodes: number): Obstacle {
  return {
    message: `The pod range ${podRange} of cluster ${cluster} is too small for ${String(nodes)} nodes with a /24 each.`,
    next: `widen placement.clusters.${cluster}.podRanges`,
  };
}
