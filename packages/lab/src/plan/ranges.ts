import {
  addressAt,
  hostPrefix,
  overlaps,
  parsePrefix,
  rangeOf,
  subnetOf,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import type { Topology } from '@meshrs/topology';

/** Ranges that the topology does not speak of, for what the lab adds to it. */
export interface LabRanges {
  /** The nodes' addresses for Kubernetes' own traffic, a range for each cluster. */
  readonly management: readonly IpPrefix[];
  /** Links between routers, core and clients. */
  readonly links: IpPrefix;
  /** Tunnel end points, the next hops of EVPN routes. */
  readonly tunnels: IpPrefix;
}

/** In the order of preference: benchmarking (RFC 2544), shared address space (RFC 6598), private (RFC 1918). */
const candidates = ['198.18.0.0/15', '100.64.0.0/10', '10.0.0.0/8', '172.16.0.0/12'].map(prefix);

/** The first /16 of the candidates that overlaps nothing of the topology; undefined when there is none. */
export function chooseRanges(topology: Topology): LabRanges | undefined {
  const taken = rangesOf(topology).map(rangeOf);
  for (const candidate of candidates) {
    const range = rangeOf(candidate);
    for (let offset = 0n; range.first + offset <= range.last; offset += 65536n) {
      const block = prefix(`${at(candidate, offset)}/16`);
      if (!taken.some((one) => overlaps(one, rangeOf(block))))
        return split(block, Object.keys(topology.placement.clusters).length);
    }
  }
  return undefined;
}

/** The address at a distance from a prefix' first one. */
export function at(prefix: IpPrefix, offset: bigint): IpAddress {
  const address = addressAt(rangeOf(prefix), offset);
  if (address === undefined) throw new RangeError(`${prefix} has no address number ${String(offset)}`);
  return address;
}

/** Every range and address of a topology. */
export function rangesOf(topology: Topology): IpPrefix[] {
  const { placement, clientGroups, clients, sides, metallb, management, routers, nodes } = topology;
  return [
    ...Object.values(placement.clusters).flatMap(({ nodeRanges, podRanges, serviceRanges }) => [
      ...nodeRanges,
      ...podRanges,
      ...serviceRanges,
    ]),
    ...Object.values(clientGroups).flatMap(({ prefixes }) => prefixes),
    ...Object.values(clients).flatMap(({ addresses }) => addresses.map(hostPrefix)),
    ...Object.values(sides).flatMap(({ vips }) => vips.map(hostPrefix)),
    ...Object.values(metallb.anycastLoopbacks).map(({ address }) => hostPrefix(address)),
    ...Object.values(routers).flatMap(({ loopbacks }) => loopbacks.map(hostPrefix)),
    ...Object.values(nodes).flatMap(({ links }) =>
      links.flatMap((link) => [...link.routerAddresses, ...link.nodeAddresses].map(subnetOf)),
    ),
    ...(management ? [management.pool] : []),
  ];
}

function split(block: IpPrefix, clusters: number): LabRanges {
  const part = (index: bigint): IpPrefix => prefix(`${at(block, index * 4096n)}/20`);
  // The first cluster's stands before the links, as in a lab of one.
  const management = Array.from({ length: clusters }, (_, index) => part(BigInt(index === 0 ? 0 : index + 2)));
  return { management, links: part(1n), tunnels: part(2n) };
}

function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (!parsed || !('prefix' in parsed)) throw new RangeError(`${text} is not a prefix`);
  return parsed.prefix;
}
