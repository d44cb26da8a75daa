import { allowedBesideClients, overlappingRanges, type NamedRange } from '@meshrs/contract';
import { contains, hostOf, isPossiblePeer, overlaps, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { Finding, Path } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { groupNameOf, groupOf, routeServersOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { at, listWords } from './check.ts';
import { unknownReference } from './placement.ts';

interface ClusterOrClientRange extends NamedRange {
  readonly kind: 'clients' | 'nodes' | 'pods' | 'services';
  readonly group: string;
}

/** Ranges keep apart from each other, and addresses lie where they belong. */
export function checkRanges(topology: Topology): Finding<CheckCode>[] {
  return [
    ...overlappingRanges(namedRanges(topology), allowedBeside),
    ...addressesInsideClusterRanges(topology),
    ...nodeAddressesOutsideRange(topology),
    ...clientAddressesOutsideGroup(topology),
    ...managementAddresses(topology),
  ];
}

function namedRanges({ placement, clientGroups }: Topology): ClusterOrClientRange[] {
  const clusters = Object.entries(placement.clusters).flatMap(([cluster, ranges]) => {
    const path = ['placement', 'clusters', cluster];
    return [
      ...named('nodes', cluster, `the node range of cluster ${cluster}`, [...path, 'nodeRanges'], ranges.nodeRanges),
      ...named('pods', cluster, `the pod range of cluster ${cluster}`, [...path, 'podRanges'], ranges.podRanges),
      ...named(
        'services',
        cluster,
        `the Service range of cluster ${cluster}`,
        [...path, 'serviceRanges'],
        ranges.serviceRanges,
      ),
    ];
  });
  const clients = Object.entries(clientGroups).flatMap(([group, { prefixes }]) =>
    named('clients', group, `the client group ${group}`, ['clientGroups', group, 'prefixes'], prefixes),
  );
  return [...clusters, ...clients];
}

function named(
  kind: ClusterOrClientRange['kind'],
  group: string,
  owner: string,
  path: Path,
  prefixes: readonly IpPrefix[],
): ClusterOrClientRange[] {
  return prefixes.map((prefix, index) => ({
    path: [...path, index],
    kind,
    group,
    owner,
    prefix,
    range: rangeOf(prefix),
  }));
}

function allowedBeside(one: ClusterOrClientRange, other: ClusterOrClientRange): string | undefined {
  const isSameGroup = one.kind === other.kind && one.group === other.group;
  // Service addresses never leave their cluster, so two clusters may use the same ones.
  if (one.kind === 'services' && other.kind === 'services' && !isSameGroup) return undefined;
  if (isSameGroup || (one.kind === 'clients' && other.kind === 'clients')) return allowedBesideClients(isSameGroup);
  return one.kind === 'clients' || other.kind === 'clients'
    ? 'a client range may contain VIPs, loopbacks, anycast and management addresses, never node, pod or Service ranges'
    : 'node, pod and Service ranges of all clusters apart';
}

function addressesInsideClusterRanges(topology: Topology): Finding<CheckCode>[] {
  const ranges = namedRanges(topology).filter(({ kind }) => kind !== 'clients');
  const { sides, metallb, routers, clients } = topology;
  const addresses: { path: Path; owner: string; address: IpAddress }[] = [
    ...Object.entries(sides).flatMap(([side, { vips }]) =>
      vips.map((address, index) => ({
        path: ['sides', side, 'vips', index],
        owner: `The VIP of side ${side}`,
        address,
      })),
    ),
    ...Object.entries(metallb.anycastLoopbacks).map(([name, { address }]) => ({
      path: ['metallb', 'anycastLoopbacks', name, 'address'],
      owner: `The anycast loopback ${name}`,
      address,
    })),
    ...Object.entries(routers).flatMap(([name, { loopbacks }]) =>
      loopbacks.map((address, index) => ({
        path: ['routers', name, 'loopbacks', index],
        owner: `The loopback of router ${name}`,
        address,
      })),
    ),
    ...Object.entries(clients).flatMap(([name, client]) =>
      client.addresses.map((address, index) => ({
        path: ['clients', name, 'addresses', index],
        owner: `The address of client ${name}`,
        address,
      })),
    ),
  ];
  return addresses.flatMap(({ path, owner, address }) => {
    const range = rangeOf(address);
    const around = ranges.find((candidate) => overlaps(candidate.range, range));
    if (!around) return [];
    return [
      {
        code: 'address-inside-range',
        path,
        message: `${owner}, ${address}, lies inside ${around.prefix}, ${around.owner} (${at(around.path)}).`,
        allowed: 'an address outside node, pod and Service ranges',
        hint: 'choose another address, or correct the range',
      },
    ];
  });
}

function nodeAddressesOutsideRange(topology: Topology): Finding<CheckCode>[] {
  return Object.entries(topology.nodes).flatMap(([node, { side, links }]) => {
    const clusters = Object.entries(topology.placement.clusters).filter(([, { sides }]) => sides.includes(side));
    const [entry] = clusters;
    // A side on no cluster or on two is an issue already.
    if (!entry || clusters.length > 1) return [];
    const [clusterName, cluster] = entry;
    const ranges = cluster.nodeRanges.map(rangeOf);
    return links.flatMap((link, index) =>
      link.nodeAddresses.flatMap((address, position): Finding<CheckCode>[] => {
        const range = rangeOf(hostOf(address));
        if (ranges.some((candidate) => contains(candidate, range))) return [];
        return [
          {
            code: 'address-outside-range',
            path: ['nodes', node, 'links', index, 'nodeAddresses', position],
            message: `The address of node ${node} lies outside the node range of its cluster ${clusterName}; routers would refuse its MetalLB session.`,
            allowed: `an address in ${listWords(cluster.nodeRanges)}`,
            hint: `correct the address, or add its range to placement.clusters.${clusterName}.nodeRanges`,
          },
        ];
      }),
    );
  });
}

function clientAddressesOutsideGroup(topology: Topology): Finding<CheckCode>[] {
  return Object.entries(topology.clients).flatMap(([name, { addresses }]) => {
    const group = groupOf(topology, name);
    if (!group) return [];
    const ranges = group.prefixes.map(rangeOf);
    return addresses.flatMap((address, index): Finding<CheckCode>[] => {
      const range = rangeOf(address);
      // An address that is set aside is an issue already, and lies nowhere.
      if (!isPossiblePeer(address) || ranges.some((candidate) => contains(candidate, range))) return [];
      return [
        {
          code: 'address-outside-range',
          path: ['clients', name, 'addresses', index],
          message: `The address of client ${name} lies outside the prefixes of its group ${groupNameOf(topology, name) ?? ''}; the route servers would refuse it.`,
          allowed: `an address in ${listWords(group.prefixes)}`,
          hint: 'correct the address, or add its prefix to the group',
        },
      ];
    });
  });
}

function managementAddresses(topology: Topology): Finding<CheckCode>[] {
  const { management } = topology;
  if (!management) return [];
  const pods = routeServersOf(topology).map(({ name }) => name);
  const pool = rangeOf(management.pool);
  const entries = Object.entries(management.addresses);
  const unknown = entries
    .filter(([pod]) => !pods.includes(pod) && !isReservedOrdinal(topology, pod))
    .map(([pod]) =>
      unknownReference(
        'unknown-route-server',
        pod,
        ['management', 'addresses', pod],
        'route server',
        'sides.*.statefulSets (name-ordinal)',
        pods,
      ),
    );
  const outside = entries
    .filter(([, address]) => !contains(pool, rangeOf(address)))
    .map(([pod, address]): Finding<CheckCode> => ({
      code: 'address-outside-range',
      path: ['management', 'addresses', pod],
      message: `The management address of ${pod}, ${address}, lies outside the pool.`,
      allowed: `an address in ${management.pool}`,
      hint: 'correct the address or the pool',
    }));
  const missing = pods
    .filter((pod) => management.enabled && !(pod in management.addresses))
    .map((pod): Finding<CheckCode> => ({
      code: 'management-incomplete',
      path: ['management', 'addresses'],
      message: `Management is enabled, and ${pod} has no address.`,
      seen: listWords(entries.map(([name]) => name)),
      allowed: 'an address for each route server',
      hint: `add ${pod}: with an address in ${management.pool}`,
    }));
  return [...unknown, ...outside, ...missing];
}

/** An address may be kept ready for a replica that has a router-id already but does not run yet. */
function isReservedOrdinal({ sides }: Topology, pod: string): boolean {
  return Object.values(sides).some(({ statefulSets }) =>
    Object.entries(statefulSets).some(([name, { routerIds }]) =>
      routerIds.some((_, ordinal) => pod === `${name}-${String(ordinal)}`),
    ),
  );
}
