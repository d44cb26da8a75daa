import {
  addressAt,
  asnUse,
  familyOf,
  isInAsnRange,
  overlaps,
  rangeOf,
  sizeOf,
  type Asn,
  type IpAddress,
} from '@meshrs/network';
import type { ClientGroup, Topology } from '@meshrs/topology';
import type { LabPlan, PointToPoint } from './lab-plan.ts';
import { namespaceName } from './names.ts';
import { at, rangesOf } from './ranges.ts';

/** Somebody whom the topology does not name, and who dials the VIPs all the same. */
export interface UndeclaredClientPlan {
  readonly name: string;
  readonly namespace: string;
  readonly asn: Asn;
  /** From where it dials. */
  readonly source: IpAddress;
  readonly uplink: PointToPoint;
  /** What makes it an undeclared client, in words. */
  readonly why: string;
  /** Whether it dials from an address of a client group. */
  readonly isOfGroup: boolean;
  /** Whether it keeps to the rules of a client group. */
  readonly isAllowed: boolean;
}

/** One that may come, one with a wrong AS, one from a wrong address; undefined when the topology leaves no room. */
export function planUndeclaredClients(plan: LabPlan, topology: Topology): UndeclaredClientPlan[] | undefined {
  const [group] = Object.values(topology.clientGroups);
  if (!group) return undefined;
  const [guestAddress, wrongAsAddress] = freeAddresses(group, topology, 2);
  const goodAsn = freeAsn(topology, (asn) => group.asns.some((range) => isInAsnRange(asn, range)));
  const wrongAsn = freeAsn(topology, (asn) =>
    Object.values(topology.clientGroups).every(({ asns }) => !asns.some((range) => isInAsnRange(asn, range))),
  );
  if (!guestAddress || !wrongAsAddress || goodAsn === undefined || wrongAsn === undefined) return undefined;
  const undeclared = (
    index: number,
    name: string,
    asn: Asn,
    source: IpAddress | undefined,
    rest: Pick<UndeclaredClientPlan, 'why' | 'isAllowed'>,
  ): UndeclaredClientPlan => {
    const offset = 2n * BigInt(plan.routers.length + plan.clients.length + index);
    const address = at(plan.links, offset + 1n);
    return {
      name,
      namespace: namespaceName(plan.name, 'undeclared', name),
      asn,
      source: source ?? address,
      isOfGroup: source !== undefined,
      uplink: { corePort: `s${String(index + 1)}`, coreAddress: at(plan.links, offset), address },
      ...rest,
    };
  };
  return [
    undeclared(0, 'guest', goodAsn, guestAddress, { why: 'an AS and an address of a client group', isAllowed: true }),
    undeclared(1, 'wrong-as', wrongAsn, wrongAsAddress, { why: 'an AS of no client group', isAllowed: false }),
    undeclared(2, 'wrong-source', goodAsn, undefined, { why: 'an address of no client group', isAllowed: false }),
  ];
}

/** Addresses of a group that nobody has, the last ones first. */
function freeAddresses(group: ClientGroup, topology: Topology, count: number): IpAddress[] {
  const groups = Object.values(topology.clientGroups).flatMap(({ prefixes }) => prefixes);
  const taken = rangesOf(topology)
    .filter((range) => !groups.includes(range))
    .map(rangeOf);
  const free: IpAddress[] = [];
  for (const prefix of group.prefixes.filter((one) => familyOf(one) === 'ipv4')) {
    const range = rangeOf(prefix);
    // The last address of a network is its broadcast address; a few hundred tries are plenty.
    for (
      let offset = sizeOf(range) - 2n;
      offset > 0n && offset > sizeOf(range) - 500n && free.length < count;
      offset--
    ) {
      const address = addressAt(range, offset);
      if (address && !taken.some((one) => overlaps(one, rangeOf(address)))) free.push(address);
    }
  }
  return free;
}

/** An assignable AS number that nobody has. */
function freeAsn(topology: Topology, isRight: (asn: Asn) => boolean): Asn | undefined {
  const taken = new Set<number>([
    topology.routeServers.asn,
    ...Object.values(topology.clients).map(({ asn }) => asn),
    ...Object.values(topology.metallb.anycastLoopbacks).flatMap(({ routerAsn, metallbAsn }) => [routerAsn, metallbAsn]),
  ]);
  const candidates = [
    ...Object.values(topology.clientGroups).flatMap(({ asns }) => asns.map(({ first }) => first)),
    // Private use (RFC 6996).
    4200000000,
    64512,
  ];
  for (const start of candidates) {
    for (let number = start; number < start + 200; number++) {
      // A number below 2^32; what it is used for is asked next.
      const asn = number as Asn;
      if (!taken.has(asn) && asnUse(asn).use === 'assignable' && isRight(asn)) return asn;
    }
  }
  return undefined;
}
