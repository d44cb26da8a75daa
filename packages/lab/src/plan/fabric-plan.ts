import { familyOf, hostOf, type Asn, type InterfaceAddress, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { AnycastLoopback, Topology } from '@meshrs/topology';
import type { NodePlan, RouterPlan } from './lab-plan.ts';

/** A cable between a node and a router. */
export interface FabricLink {
  readonly node: string;
  readonly nodePort: string;
  readonly nodeAddresses: readonly InterfaceAddress[];
  readonly router: string;
  /** The router's interface here: Linux takes no "/" in names, so it is a number, and its alias the port. */
  readonly routerInterface: string;
  readonly routerPort: string;
  readonly routerAddresses: readonly InterfaceAddress[];
}

/** All cables, in the order of the nodes. */
export function fabricLinks(nodes: readonly NodePlan[]): FabricLink[] {
  const ports = new Map<string, number>();
  return nodes.flatMap(({ name, links }) =>
    links.map(({ router, routerPort, routerAddresses, nodePort, nodeAddresses }) => {
      const number = (ports.get(router) ?? 0) + 1;
      ports.set(router, number);
      return {
        ...{ node: name, nodePort, nodeAddresses },
        ...{ router, routerInterface: `p${String(number)}`, routerPort, routerAddresses },
      };
    }),
  );
}

/** A route of a node over its fabric links. */
export interface FabricRoute {
  readonly to: IpAddress | IpPrefix;
  readonly via: readonly IpAddress[];
}

/**
 * What a node must reach over the fabric and not by its default route: the anycast addresses with which MetalLB peers,
 * and everywhere clients may be, or replies to them would go astray. A user must give such routes, too.
 */
export function nodeRoutes(
  node: NodePlan,
  routers: readonly RouterPlan[],
  topology: Topology,
  clientRanges: readonly IpPrefix[],
): FabricRoute[] {
  const gateways = node.links.flatMap(({ router, routerAddresses }) =>
    routerAddresses.map(hostOf).map((address) => ({ router, address })),
  );
  const via = (to: IpAddress | IpPrefix, isRight: (router: string) => boolean): FabricRoute => ({
    to,
    via: gateways
      .filter(({ router, address }) => familyOf(address) === familyOf(to) && isRight(router))
      .map(({ address }) => address),
  });
  return [
    ...Object.entries(topology.metallb.anycastLoopbacks).map(([position, { address }]) =>
      via(address, (router) => routers.find(({ name }) => name === router)?.router.anycast === position),
    ),
    ...clientRanges.map((range) => via(range, () => true)),
  ].filter((route) => route.via.length > 0);
}

/** Prefixes behind the core, as routers and nodes must reach them: clients' ranges and what the lab adds. */
export function rangesBehindCore(topology: Topology, added: readonly IpPrefix[]): IpPrefix[] {
  const ranges = Object.values(topology.clientGroups).flatMap(({ prefixes }) => prefixes);
  return [...ranges.filter((range) => familyOf(range) === 'ipv4'), ...added];
}

/** The anycast loopback that a router carries. */
export function anycastOf({ router }: RouterPlan, topology: Topology): AnycastLoopback {
  const anycast = topology.metallb.anycastLoopbacks[router.anycast];
  if (!anycast) throw new RangeError(`There is no anycast loopback "${router.anycast}".`);
  return anycast;
}

/** The AS of the core: private (RFC 6996), and nobody else's. */
export function coreAsn(topology: Topology): Asn {
  const taken = new Set<number>([
    topology.routeServers.asn,
    ...Object.values(topology.clients).map(({ asn }) => asn),
    ...Object.values(topology.metallb.anycastLoopbacks).flatMap(({ routerAsn, metallbAsn }) => [routerAsn, metallbAsn]),
  ]);
  let asn = 4294967294;
  while (taken.has(asn)) asn--;
  // One of 4200000000 to 4294967294; a topology cannot hold them all.
  return asn as Asn;
}
