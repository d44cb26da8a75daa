import {
  compareAddresses,
  familyOf,
  hostOf,
  hostPrefix,
  subnetOf,
  type InterfaceAddress,
  type IpAddress,
} from '@meshrs/network';
import {
  groupOf,
  passwordSecretOf,
  routerPortsOf,
  type Client,
  type Router,
  type RouterPort,
  type Topology,
} from '@meshrs/topology';
import { wordPart } from './words.ts';
import type { AttachedNode, AttachedRouter, AttachedSide, Device, EvpnClient } from './device.ts';

/** Fewer make a new VIP the loss of all. */
const leastPrefixLimit = 100;
const prefixLimitFactor = 10;

/** Every router and every declared client of a topology without errors, each device once, by name. */
export function devicesOf(fleet: string, topology: Topology): Device[] {
  const portsByRouter = Map.groupBy(routerPortsOf(topology), ({ router }) => router);
  const names = new Set([...Object.keys(topology.routers), ...Object.keys(topology.clients)]);
  return [...names].sort().map((name) => {
    const router = own(topology.routers, name);
    const client = own(topology.clients, name);
    const ports = portsByRouter.get(name) ?? [];
    // A router without nodes has no VIPs to let in, and nobody to speak with.
    const withNodes = ports.length > 0 ? router : undefined;
    const attached = withNodes && attachedRouter(withNodes, ports, topology);
    const evpn = client && evpnClient(name, client, topology);
    return {
      ...identity(name, { router, client }, topology),
      fleet: wordPart(fleet),
      ipv6: ipv6Of({ router: withNodes, client }, ports, topology),
      ...(attached && { attached }),
      ...(evpn && { client: evpn }),
    };
  });
}

interface Roles {
  readonly router: Router | undefined;
  readonly client: Client | undefined;
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

/** A device in two roles has one system and one AS: a check says so. */
function identity(
  name: string,
  { router, client }: Roles,
  topology: Topology,
): Pick<Device, 'name' | 'system' | 'asn' | 'ownAddress'> {
  const position = router && topology.metallb.anycastLoopbacks[router.anycast];
  const asn = client?.asn ?? router?.asn ?? position?.routerAsn;
  const system = router?.system ?? client?.system;
  if (asn === undefined || system === undefined) throw new RangeError(`There is no device "${name}".`);
  return { name, system, asn, ownAddress: [...(router?.loopbacks ?? []), ...(client?.addresses ?? [])].find(isIpv4) };
}

/** A session has one family; VIPs of both may be told over it. */
function ipv6Of({ router, client }: Roles, ports: readonly RouterPort[], topology: Topology): Device['ipv6'] {
  const { metallb, nodes, sides } = topology;
  const links = ports.flatMap((port) => port.links);
  const attachedSides = new Set(links.flatMap(({ node }) => nodes[node]?.side ?? []));
  const vipsOf = (names: Iterable<string>) => [...names].map((side) => sides[side]?.vips ?? []);
  /** Lists of which each needs one of IPv4. */
  const needed: readonly (readonly (IpAddress | InterfaceAddress)[])[] = [
    ...(router ? [[metallb.anycastLoopbacks[router.anycast]?.address].filter((each) => each !== undefined)] : []),
    ...links.map(({ nodeAddresses }) => nodeAddresses),
    ...vipsOf(attachedSides),
    ...(client ? [client.addresses, ...vipsOf(Object.keys(sides))] : []),
  ];
  if (needed.some((addresses) => !addresses.some(isIpv4))) return 'needed';
  const vips = vipsOf(client ? Object.keys(sides) : attachedSides).flat();
  return vips.every(isIpv4) ? 'none' : 'beside';
}

function attachedRouter(
  { anycast: position, anycastInterface, loopbacks, vrf, underlay }: Router,
  ports: readonly RouterPort[],
  topology: Topology,
): AttachedRouter | undefined {
  const { metallb } = topology;
  const anycast = metallb.anycastLoopbacks[position];
  if (!anycast || !isIpv4(anycast.address)) return undefined;
  return {
    anycast: { ...anycast, interface: anycastInterface },
    loopback: loopbacks.find(isIpv4),
    ...(vrf && { vrf }),
    ...(underlay && { underlay }),
    ports: ports
      .map(({ port, addresses, links }) => ({ name: port, addresses, nodes: links.map(({ node }) => node).sort() }))
      .sort(byName),
    sides: Object.keys(topology.sides)
      .sort()
      .flatMap((side) => attachedSide(side, ports, topology) ?? []),
    holdSeconds: metallb.holdSeconds,
    ...(metallb.bfd && { bfd: metallb.bfd }),
  };
}

function attachedSide(side: string, ports: readonly RouterPort[], topology: Topology): AttachedSide | undefined {
  const nodes = ports.flatMap(({ port, links }) =>
    links
      .filter(({ node }) => topology.nodes[node]?.side === side)
      .flatMap(({ node, nodeAddresses }): AttachedNode[] => {
        const address = nodeAddresses.find(isIpv4);
        return address === undefined ? [] : [{ name: node, address: hostOf(address), subnet: subnetOf(address), port }];
      }),
  );
  if (nodes.length === 0) return undefined;
  nodes.sort((one, other) => compareAddresses(one.address, other.address));
  const accepted = (topology.sides[side]?.vips ?? []).filter(isIpv4).sort(compareAddresses).map(hostPrefix);
  return {
    name: side,
    secret: passwordSecretOf(topology, side),
    nodes,
    accepted,
    prefixLimit: Math.max(leastPrefixLimit, prefixLimitFactor * accepted.length),
  };
}

function evpnClient(name: string, client: Client, topology: Topology): EvpnClient | undefined {
  const group = groupOf(topology, name);
  const source = client.addresses.find(isIpv4);
  if (!group || source === undefined) return undefined;
  return {
    source,
    interface: client.interface,
    routeServerAsn: topology.routeServers.asn,
    sessions: Object.keys(topology.sides)
      .sort()
      .flatMap((side) => (topology.sides[side]?.vips ?? []).filter(isIpv4).map((vip) => ({ side, vip }))),
    multihopTtl: group.multihopTtl,
    timers: group.timers,
    connectRetrySeconds: group.connectRetrySeconds,
    prefixLimit: routesOfOthers(topology),
    isSharedAsn: client.sharedAsn,
    role: client.role,
    encapsulation: client.encapsulation,
  };
}

/**
 * All that the declared clients may tell, and as much again for those that are not declared: a limit that is too low ends the
 * sessions with both sides at once.
 */
function routesOfOthers({ clients, clientGroups }: Topology): number {
  const highest = Object.values(clientGroups).reduce((most, { maximumPrefixes }) => Math.max(most, maximumPrefixes), 0);
  const declared = Object.values(clients).reduce((sum, { maximumPrefixes }) => sum + (maximumPrefixes ?? highest), 0);
  return Math.min(2 * Math.max(declared, highest), largestPrefixLimit);
}

/** What every system takes (RFC 4486 names no limit; FRR, Junos, IOS-XR and EOS count in 32 bits). */
const largestPrefixLimit = 2 ** 32 - 1;

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isIpv4(value: IpAddress | InterfaceAddress): boolean {
  return familyOf(value) === 'ipv4';
}
