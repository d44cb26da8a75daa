import type { IpAddress, IpPrefix } from '@meshrs/network';
import {
  unboundedAttributeNames,
  type ClientGroupIntent,
  type ClientNeighborIntent,
  type MeshGroupIntent,
  type RouteServerIntent,
} from '@meshrs/contract';
import fc from 'fast-check';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';

const timers = fc.constantFrom(
  { keepaliveSeconds: 3, holdSeconds: 9 },
  { keepaliveSeconds: 10, holdSeconds: 30 },
  { keepaliveSeconds: 60, holdSeconds: 180 },
);

function meshGroups(): fc.Arbitrary<MeshGroupIntent> {
  const pods = [1, 2, 3, 4, 5, 6].flatMap((host) => [`10.42.0.${String(host)}`, `2001:db8:42::${String(host)}`]);
  return fc.record({
    name: fc.constant(''),
    timers,
    neighbors: fc.subarray(pods.map(address)),
  });
}

function clientGroups(): fc.Arbitrary<ClientGroupIntent> {
  const ranges = ['192.168.0.0/18', '192.168.64.0/18', '192.168.128.0/17', '192.0.2.0/24', '2001:db8:100::/40'];
  return fc.record(
    {
      name: fc.constant(''),
      prefixes: fc.subarray(ranges.map(prefix)),
      asns: fc.subarray(['65001-65535', '64512', '65000.5-65000.20'].map(asnRange)),
      timers,
      distance: fc.oneof(
        fc.constantFrom(2, 10, 255).map((ttl) => ({ kind: 'multihop' as const, ttl })),
        fc.constantFrom(1, 2).map((hops) => ({ kind: 'ttl-security' as const, hops })),
      ),
      maximumPrefixes: limits,
      passedAttributes: fc.subarray([...unboundedAttributeNames]),
      neighbors: fc.uniqueArray(declaredClients, { selector: (one) => one.address, maxLength: 4 }),
    },
    { requiredKeys: ['name', 'prefixes', 'asns', 'timers', 'distance', 'neighbors'] },
  );
}

const limits = fc.constantFrom(10, 20000);

const declaredClients: fc.Arbitrary<ClientNeighborIntent> = fc.record(
  {
    name: fc.constantFrom('dc1-leaf1', 'dc2-border1'),
    address: fc
      .constantFrom('192.168.1.1', '192.168.70.1', '198.51.100.1', '2001:db8:100::1', '10.42.0.3')
      .map(address),
    asn: fc.constantFrom(asn(65001), asn(65002), asn('65000.9')),
    maximumPrefixes: limits,
  },
  { requiredKeys: ['name', 'address', 'asn'] },
);

/**
 * Intents that settings could give: groups have different names, ranges do not overlap, an address belongs to one group.
 * All addresses are few, so that two intents have much in common.
 */
export const intents: fc.Arbitrary<RouteServerIntent> = fc
  .record({
    asn: fc.constantFrom(asn('65000.1'), asn('65000.1'), asn('65000.1'), asn('64999')),
    routerId: fc.constantFrom(address('192.168.255.11'), address('192.168.255.12')),
    name: fc.constantFrom('routeserver-a-0', 'routeserver-b-0'),
    mesh: fc.array(meshGroups(), { maxLength: 2 }),
    clients: fc.array(clientGroups(), { maxLength: 3 }),
  })
  .map(({ mesh, clients, ...rest }) => {
    const addresses = new Set<IpAddress>();
    const isNew = (one: IpAddress): boolean => !addresses.has(one) && addresses.add(one).size > 0;
    const prefixes = new Set<IpPrefix>();
    const meshGroups = mesh.map((group, index) => ({
      ...group,
      name: `MESH-${String(index)}`,
      neighbors: group.neighbors.filter(isNew),
    }));
    const clientGroups = clients.map((group, index) => ({
      ...group,
      name: `CLIENTS-${String(index)}`,
      prefixes: group.prefixes.filter((one) => !prefixes.has(one) && prefixes.add(one).size > 0),
      neighbors: group.neighbors.filter((neighbor) => isNew(neighbor.address)),
    }));
    return { ...rest, mode: 'evpn-route-server', meshGroups, clientGroups };
  });
